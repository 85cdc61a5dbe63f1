"""What nuages-wire writes, read by the real packages, and what they write, read by it: other keys and texts at each run.

The seed stands in the names of the tests; `NUAGES_WIRE_SEED=<seed>` draws the same again.
"""

import base64
import collections
import datetime
import decimal
import fractions
import json
import os
import pathlib
import pickle
import random
import string
import subprocess
import sys
import textwrap
import time
import uuid
import zoneinfo
from importlib import import_module

import celery
import django
import itsdangerous
import pytest
import redis
from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.contrib.messages.storage.base import Message
from django.contrib.messages.storage.cookie import CookieStorage
from django.core import signing
from django.core.cache import caches
from django.core.management import call_command
from django.http import HttpRequest, HttpResponse
from django.middleware import csrf

ROOT = pathlib.Path(__file__).resolve().parents[2]
WIRE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "wire"
REDIS_URL = os.environ.get("NUAGES_TEST_REDIS_URL")
SEED = int(os.environ.get("NUAGES_WIRE_SEED") or random.SystemRandom().getrandbits(32))
DRAW = random.Random(SEED)

PIECES = [
    "新鲜草莓", "购物车", "😀👩‍👩‍👧", "🦀", '"', "'", "\\", "</script>", "&amp;", "\n", "\r\n", "\t", "\x00", "\x7f", "é", "\u2028", "\ufeff",
    "%2F", "+", "=", ":", ";", ",", ".", "$", "_", "-", " ", "\U0010ffff", "ß", "İ", "a" * 300, "0", string.ascii_letters,
]  # fmt: skip


def text(most=12):
    return "".join(DRAW.choice(PIECES) for _ in range(DRAW.randint(0, most)))


def number():
    return DRAW.choice([0, -1, 1, 255, 65536, -(2**31), 2**53 + 1, 2**64, -(10**30), DRAW.getrandbits(70)])


def value(depth=3):
    """Something that JSON can say."""
    leaves = [text, number, lambda: DRAW.uniform(-1e6, 1e6), lambda: DRAW.choice([None, True, False, 1.0, 1e22, -0.0])]
    if depth == 0 or DRAW.random() < 0.4:
        return DRAW.choice(leaves)()
    if DRAW.random() < 0.5:
        return [value(depth - 1) for _ in range(DRAW.randint(0, 4))]
    return {text(3): value(depth - 1) for _ in range(DRAW.randint(0, 4))}


class Exact:
    """Equal to what JSON writes the same: `1` is not `1.0` or `True`, and the order of keys counts."""

    def __init__(self, expected):
        self.expected = json.dumps(expected)

    def __eq__(self, other):
        return json.dumps(other) == self.expected

    def __repr__(self):
        return self.expected


def session():
    return {"_auth_user_id": str(DRAW.randint(1, 10**6)), "cart": {str(n): n for n in range(DRAW.randint(0, 200))}, text(3): value()}


def rich():
    """Something that needs a pickle."""
    return {
        "json": value(),
        "bytes": (DRAW.randbytes(DRAW.randint(0, 400)), bytearray(b"\x00\xff")),
        "sets": ({1, "a"}, frozenset([text(1), 2]), set()),
        "dates": [
            datetime.datetime(2026, 1, 15, 12, 0, 0, DRAW.randint(0, 999999), tzinfo=datetime.timezone.utc),
            datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=5, minutes=45))),
            datetime.date(9999, 12, 31),
            datetime.time(23, 59, 59, 1),
            datetime.timedelta(days=-DRAW.randint(0, 999), seconds=7, microseconds=9),
        ],
        "numbers": (decimal.Decimal("-1.10"), decimal.Decimal("1E+400"), float("inf"), 2**200, uuid.UUID(int=DRAW.getrandbits(128))),
        "ordered": collections.OrderedDict([(text(1), 1), (("tuple", 2), None)]),
    }


DJANGO_REDIS = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": REDIS_URL}
SERIALIZERS = {"json": "json.JSONSerializer", "msgpack": "msgpack.MSGPackSerializer", "pickle": "pickle.PickleSerializer"}
COMPRESSORS = {"": "identity.IdentityCompressor", "zlib": "zlib.ZlibCompressor", "zstd": "zstd.ZStdCompressor"}


def django_redis(codec):
    serializer, _, compressor = codec.partition("+")
    return DJANGO_REDIS | {
        "KEY_PREFIX": codec,
        "OPTIONS": {
            "SERIALIZER": f"django_redis.serializers.{SERIALIZERS[serializer]}",
            "COMPRESSOR": f"django_redis.compressors.{COMPRESSORS[compressor]}",
        },
    }


PICKLED = ["core", "pickle", "pickle+zlib", "pickle+zstd"]
PLAIN = ["json", "json+zlib", "json+zstd", "msgpack"]
KEY, FALLBACK = text() + str(SEED), text() + "old"

settings.configure(
    SECRET_KEY=KEY,
    SECRET_KEY_FALLBACKS=[FALLBACK],
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.sessions", "django.contrib.messages"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    CACHES={"core": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL, "KEY_PREFIX": "core"}}
    | {codec: django_redis(codec) for codec in (PICKLED + PLAIN)[1:]},
    SESSION_CACHE_ALIAS="core",
    PASSWORD_HASHERS=[
        f"django.contrib.auth.hashers.{name}PasswordHasher"
        for name in ["PBKDF2", "PBKDF2SHA1", "Argon2", "BCryptSHA256", "BCrypt", "Scrypt", "MD5"]
    ],
    USE_TZ=True,
)
django.setup()

from django.contrib.auth.models import User  # noqa: E402  (models need the settings)
from django.contrib.sessions.models import Session  # noqa: E402


class Wire:
    """The example `wire` of the crate, kept running."""

    def __init__(self):
        if not WIRE.exists():
            pytest.fail(f"no {WIRE}: cargo build -p interop")
        self.child = subprocess.Popen([WIRE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")

    def __call__(self, op, **inputs):
        self.child.stdin.write(json.dumps({"op": op, "key": KEY, "fallback": FALLBACK} | inputs) + "\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        assert "ok" in answer, f"{op}: {answer}"
        return answer["ok"]

    def recoded(self, op, stored, **inputs):
        return base64.b64decode(self(op, stored=base64.b64encode(stored).decode(), **inputs))


@pytest.fixture(scope="module", params=[SEED], ids=lambda seed: f"seed-{seed}")
def wire():
    wire = Wire()
    yield wire
    wire.child.stdin.close()
    wire.child.wait(timeout=10)


@pytest.fixture(scope="module")
def server():
    if not REDIS_URL:
        pytest.fail("no Redis: run cargo xtask test, or set NUAGES_TEST_REDIS_URL")
    return redis.Redis.from_url(REDIS_URL)


def store(engine, key=None):
    return import_module(f"django.contrib.sessions.backends.{engine}").SessionStore(key)


def saved(engine, data):
    """What Django made of a session of this engine."""
    made = store(engine)
    made.update(data)
    made.save()
    return made


@pytest.fixture(scope="module")
def database():
    call_command("migrate", verbosity=0)


@pytest.mark.parametrize("engine", ["db", "cached_db"])
def test_session_rows(wire, server, database, engine):
    for _ in range(10):
        data = session()
        theirs = saved(engine, data)
        row = Session.objects.get(session_key=theirs.session_key)
        assert wire("session_decode", engine=engine, stored=row.session_data) == Exact(data)
        caches["core"].clear()
        row.session_data = wire("session_encode", engine=engine, data=data | {"ours": 1})
        row.save()
        assert dict(store(engine, theirs.session_key).load()) == Exact(data | {"ours": 1})


def test_session_files(wire, tmp_path, settings_of):
    settings_of(SESSION_FILE_PATH=str(tmp_path))
    for _ in range(10):
        data = session()
        theirs = saved("file", data)
        file = tmp_path / wire("session_file", engine="file", session_key=theirs.session_key)
        assert wire("session_decode", engine="file", stored=file.read_text()) == Exact(data)
        file.write_text(wire("session_encode", engine="file", data=data | {"ours": 1}))
        assert dict(store("file", theirs.session_key).load()) == Exact(data | {"ours": 1})


def test_session_cookies(wire):
    for _ in range(10):
        data = session()
        theirs = saved("signed_cookies", data).session_key
        assert wire("session_decode", engine="signed_cookies", stored=theirs) == Exact(data)
        ours = wire("session_encode", engine="signed_cookies", data=data)
        assert dict(store("signed_cookies", ours).load()) == Exact(data)


@pytest.mark.parametrize("codec", PICKLED + PLAIN)
def test_cached_sessions(wire, server, settings_of, codec):
    settings_of(SESSION_CACHE_ALIAS=codec)
    for _ in range(5):
        data = session() if codec in PICKLED else {"small": value(1) if codec != "msgpack" else text()}
        theirs = saved("cache", data)
        key = caches[codec].make_key(theirs.cache_key)
        stored = server.get(str(key))
        server.set(str(key), wire.recoded("pickled_cache", stored, **{"from": codec, "to": codec}))
        assert dict(store("cache", theirs.session_key).load()) == Exact(data)


@pytest.mark.parametrize("codec", PICKLED)
def test_cached_values(wire, server, codec):
    for other in PICKLED:
        expected = rich()
        caches[codec].set("value", expected)
        stored = server.get(str(caches[codec].make_key("value")))
        server.set(str(caches[other].make_key("value")), wire.recoded("pickled_cache", stored, **{"from": codec, "to": other}))
        assert caches[other].get("value") == expected


@pytest.mark.parametrize("codec", PLAIN)
def test_cached_plain_values(wire, server, codec):
    for other in PLAIN:
        expected = {"texts": [text(), text()], "numbers": [1, -7, 2**40, 0.5], "flags": [None, True, False]}
        caches[codec].set("value", expected)
        stored = server.get(str(caches[codec].make_key("value")))
        server.set(str(caches[other].make_key("value")), wire.recoded("pickled_cache", stored, **{"from": codec, "to": other}))
        assert caches[other].get("value") == Exact(expected)


@pytest.mark.parametrize("codec", PICKLED)
def test_cached_integers_can_be_counted(wire, server, codec):
    caches[codec].set("count", 41)
    key = str(caches[codec].make_key("count"))
    server.set(key, wire.recoded("pickled_cache", server.get(key), **{"from": codec, "to": codec}))
    assert caches[codec].incr("count") == 42


class Strange:
    """An object that the crate does not know."""

    def __init__(self, content):
        self.content = content

    def __eq__(self, other):
        return self.content == other.content


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_unknown_objects_are_kept(wire, protocol):
    shanghai = datetime.datetime(2026, 1, 15, 12, tzinfo=zoneinfo.ZoneInfo("Asia/Shanghai"))
    objects = [Strange(value()), fractions.Fraction(1, 3), shanghai, 1 + 2j, range(3), pathlib.PurePosixPath("/a"), rich(), Strange]
    kept = pickle.loads(wire.recoded("pickled_preserving", pickle.dumps(objects, protocol)))
    assert kept == objects
    assert str(kept[2].tzinfo) == "Asia/Shanghai"


def test_django_tokens(wire):
    for _ in range(10):
        expected, salt = value(), text()
        assert signing.loads(wire("signing_dumps", value=expected, salt=salt), salt=salt, max_age=60) == Exact(expected)
        for key in [KEY, FALLBACK]:
            theirs = signing.dumps(expected, key=key, salt=salt, compress=True)
            assert wire("signing_loads", signed=theirs, salt=salt) == Exact(expected)


def test_signed_cookies(wire):
    for _ in range(10):
        expected, salt = text(), text()
        response, request = HttpResponse(), HttpRequest()
        response.set_signed_cookie("name", expected, salt=salt)
        assert wire("signing_get_cookie", signed=response.cookies["name"].value, salt=salt) == Exact(expected)
        request.COOKIES["name"] = wire("signing_set_cookie", value=expected, salt=salt)
        assert request.get_signed_cookie("name", salt=salt, max_age=60) == Exact(expected)


def test_itsdangerous(wire):
    for _ in range(10):
        expected, salt = value(), text()
        plain = itsdangerous.URLSafeSerializer([FALLBACK, KEY], salt=salt)
        timed = itsdangerous.URLSafeTimedSerializer([FALLBACK, KEY], salt=salt)
        signer = itsdangerous.TimestampSigner([FALLBACK, KEY], salt=salt)
        assert plain.loads(wire("itsdangerous_dumps", value=expected, salt=salt)) == Exact(expected)
        assert wire("itsdangerous_loads", signed=plain.dumps(expected), salt=salt) == Exact(expected)
        assert timed.loads(wire("itsdangerous_timed_dumps", value=expected, salt=salt), max_age=60) == Exact(expected)
        assert wire("itsdangerous_timed_loads", signed=timed.dumps(expected), salt=salt) == Exact(expected)
        word = text()
        assert signer.unsign(wire("itsdangerous_sign", value=word, salt=salt), max_age=60).decode() == word
        assert wire("itsdangerous_unsign", signed=signer.sign(word).decode(), salt=salt) == word


def test_messages(wire):
    for count in [1, 2, 5]:
        messages = [[DRAW.choice([20, 25, 30, 40, 99]), f"{number} {text(4)}"] for number in range(count)]
        request, response = HttpRequest(), HttpResponse()
        request.COOKIES["messages"] = wire("messages_encode", messages=messages)
        assert [[message.level, message.message] for message in CookieStorage(request)] == messages
        storage = CookieStorage(HttpRequest())
        assert not storage._store([Message(*message) for message in messages], response)
        assert wire("messages_decode", cookie=response.cookies["messages"].value) == messages


@pytest.mark.parametrize("algorithm", ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "md5"])
def test_passwords(wire, algorithm):
    # bcrypt takes 72 bytes, and no zero byte.
    password = (DRAW.choice("密é😀'\"") * DRAW.randint(1, 15))[:18] if algorithm == "bcrypt" else text() + "密码"
    password = password.replace("\x00", "")
    assert check_password(password, wire("password_encode", algorithm=algorithm, password=password))
    theirs = make_password(password, hasher=algorithm)
    assert wire("password_verify", algorithm=algorithm, password=password, encoded=theirs) is True
    assert wire("password_verify", algorithm=algorithm, password=f"x{password}"[:17], encoded=theirs) is False


def test_csrf_tokens(wire):
    for _ in range(20):
        secret = csrf._get_new_csrf_string()
        ours, theirs = wire("csrf_mask", secret=secret), csrf._mask_cipher_secret(secret)
        assert csrf._unmask_cipher_token(ours) == secret
        assert csrf._does_token_match(ours, secret)
        assert wire("csrf_unmask", token=theirs) == secret
        assert wire("csrf_match", token=theirs, secret=secret) is True
        assert wire("csrf_match", token=theirs, secret=csrf._get_new_csrf_string()) is False


def test_logins_and_reset_links(wire):
    generator = PasswordResetTokenGenerator()
    for _ in range(10):
        login = DRAW.choice([None, datetime.datetime(2026, 1, 15, 12, 0, 0, 7, tzinfo=datetime.timezone.utc)])
        user = User(pk=DRAW.randint(1, 2**40), password=text() or "!", last_login=login, email=text(3))
        assert wire("auth_session_hash", password=user.password) == user.get_session_auth_hash()
        of_user = {"pk": str(user.pk), "password": user.password, "email": user.email}
        of_user["last_login"] = login.replace(tzinfo=None).isoformat() if login else ""
        now = datetime.datetime.now().isoformat()
        assert generator.check_token(user, wire("auth_reset_make", now=now, **of_user))
        assert wire("auth_reset_check", token=generator.make_token(user), now=now, **of_user) is True
        assert wire("auth_reset_check", token=generator.make_token(User(pk=1)), now=now, **of_user) is False


TASKS = """
    import celery
    app = celery.Celery("shop", broker={url!r}, backend={url!r})
    app.conf.broker_connection_retry_on_startup = True

    @app.task(name="shop.echo")
    def echo(*args, **kwargs):
        return [list(args), kwargs]

    @app.task(name="shop.fail")
    def fail(reason):
        raise ValueError(reason)
"""


@pytest.fixture(scope="module")
def worker(server, tmp_path_factory):
    """A stock worker, and an application that speaks to it."""
    folder = tmp_path_factory.mktemp("celery")
    (folder / "tasks.py").write_text(textwrap.dedent(TASKS).format(url=REDIS_URL))
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "solo", "--loglevel", "warning"]
    with open(folder / "log", "wb") as log:
        child = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    yield celery.Celery("shop", broker=REDIS_URL, backend=REDIS_URL)
    child.terminate()
    child.wait(timeout=30)


def test_a_stock_worker_runs_our_tasks(wire, server, worker):
    for priority, compress in [(0, False), (3, False), (9, True)]:
        identity, args, kwargs = str(uuid.uuid4()), [value(), text()], {"name": value(), "文": text()}
        sent = wire(
            "celery_send", task="shop.echo", id=identity, args=args, kwargs=kwargs, priority=priority, compress=compress
        )
        server.lpush(sent["key"], sent["message"])
        assert worker.AsyncResult(identity).get(timeout=60) == Exact([args, kwargs])
        stored = server.get(f"celery-task-meta-{identity}").decode()
        assert wire("celery_result", stored=stored) == Exact({"status": "SUCCESS", "result": [args, kwargs]})


def test_a_failure_of_a_stock_worker_is_read(wire, server, worker):
    identity = str(uuid.uuid4())
    sent = wire("celery_send", task="shop.fail", id=identity, args=[text()], kwargs={}, priority=0, compress=False)
    server.lpush(sent["key"], sent["message"])
    deadline = time.monotonic() + 60
    while not (stored := server.get(f"celery-task-meta-{identity}")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert wire("celery_result", stored=stored.decode()) == {"status": "FAILURE", "exception": "ValueError"}


def test_messages_of_a_stock_producer_are_read(wire, server):
    producer = celery.Celery("shop", broker=REDIS_URL)
    for options in [{}, {"compression": "zlib"}, {"countdown": 60}, {"expires": 60, "retries": 2}]:
        args, kwargs = [value(), text()], {"name": value()}
        sent = producer.send_task("shop.echo", args, kwargs, queue="nuages-only", **options)
        received = wire("celery_receive", message=server.rpop("nuages-only").decode())
        assert received == Exact({"task": "shop.echo", "id": sent.id, "args": args, "kwargs": kwargs})


@pytest.fixture
def settings_of():
    """Changes settings for one test."""
    from django.test import override_settings

    changed = []

    def change(**values):
        changed.append(override_settings(**values))
        changed[-1].enable()

    yield change
    for override in reversed(changed):
        override.disable()
