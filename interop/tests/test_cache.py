"""The cache beside Django's: both on one Redis, each verb of the one seen by the other."""

import datetime
import decimal
import json
import os
import pathlib
import subprocess
import uuid

import django
import pytest
from django.conf import settings
from django.utils.safestring import mark_safe

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "cache"
REDIS_URL = os.environ.get("NUAGES_TEST_REDIS_URL")
FORMATS = ["core", "pickle", "pickle+zlib", "json", "json+zlib", "pickle+zstd", "msgpack"]
MISSING = "(missing)"
LONG = {"goods": [{"name": "新鲜草莓", "price": 16.8, "unit": None, "on": True, "stock": 2**40}] * 20}
VALUES = [None, True, False, 0, -7, 2**62, 1.5, "", "42", "新鲜草莓", [], [1, "a", None], {}, {"a": {"b": [1.0]}}, LONG]


class Ours:
    """Our program `cache`, kept running."""

    def __init__(self, format, prefix):
        if not CACHE.exists():
            pytest.fail(f"no {CACHE}: cargo build -p interop")
        self.format = format
        self.child = subprocess.Popen([CACHE, REDIS_URL, format, prefix], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __call__(self, verb, key="", **ask):
        self.child.stdin.write(json.dumps({"verb": verb, "key": key} | ask).encode() + b"\n")
        self.child.stdin.flush()
        answer = json.loads(self.child.stdout.readline())
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["ok"]

    def close(self):
        self.child.stdin.close()
        self.child.wait(timeout=10)


def django_cache(format, prefix):
    if not settings.configured:
        settings.configure()
        django.setup()
    if format == "core":
        from django.core.cache.backends.redis import RedisCache

        return RedisCache(REDIS_URL, {"KEY_PREFIX": prefix})
    from django_redis.cache import RedisCache

    serializer, _, compressor = format.partition("+")
    options = {
        "SERIALIZER": {
            "pickle": "django_redis.serializers.pickle.PickleSerializer",
            "json": "django_redis.serializers.json.JSONSerializer",
            "msgpack": "django_redis.serializers.msgpack.MSGPackSerializer",
        }[serializer],
        "COMPRESSOR": {
            "": "django_redis.compressors.identity.IdentityCompressor",
            "zlib": "django_redis.compressors.zlib.ZlibCompressor",
            "zstd": "django_redis.compressors.zstd.ZStdCompressor",
        }[compressor],
    }
    return RedisCache(REDIS_URL, {"KEY_PREFIX": prefix, "OPTIONS": options})


@pytest.fixture(params=FORMATS)
def both(request):
    if not REDIS_URL:
        pytest.fail("no Redis: run cargo xtask test, or set NUAGES_TEST_REDIS_URL")
    prefix = uuid.uuid4().hex
    ours = Ours(request.param, prefix)
    yield ours, django_cache(request.param, prefix)
    ours.close()


def test_what_one_stores_the_other_reads(both):
    ours, theirs = both
    for value in VALUES:
        ours("set", "k", value=value, timeout=60)
        assert theirs.get("k", MISSING) == value and type(theirs.get("k")) is type(value)
        theirs.set("k", value, 60)
        assert ours("get", "k") == value
    theirs.delete("k")
    assert ours("get", "k") == MISSING
    theirs.set("版本 1", 1, version=1)
    assert ours("get", "版本 1") == 1


def test_the_verbs_meet(both):
    ours, theirs = both
    assert ours("add", "n", value=1) and not theirs.add("n", 2)
    assert theirs.incr("n", 4) == 5 and ours("incr", "n", delta=-7) == -2
    assert ours("touch", "n", timeout=100) and theirs.touch("n", 50)
    assert 49 <= ours("ttl", "n") <= 50
    theirs.touch("n", None)
    assert ours("ttl", "n") is None
    assert ours("delete", "n") and not theirs.has_key("n")
    assert ours("incr", "n", delta=1) is None
    theirs.set_many({"a": 1, "b": [2]})
    assert ours("get_many", keys=["a", "b", "c"]) == {"a": 1, "b": [2]}
    assert 299 <= ours("ttl", "a") <= 300
    ours("set_many", keys=["c", "d"], value="x", timeout=None)
    assert theirs.get_many(["c", "d", "e"]) == {"c": "x", "d": "x"}
    assert ours("delete_many", keys=["a", "b", "c", "e"]) == 3
    assert not theirs.has_key("a") and theirs.has_key("d")


def test_times_are_cut_alike(both):
    ours, theirs = both
    for seconds in [0.0005, 0.5, 1.0, 1.9]:
        ours("set", "ours", value=1, timeout=seconds)
        theirs.set("theirs", 1, seconds)
        left = [ours("ttl", key) for key in ["ours", "theirs"]]
        assert abs(left[0] - left[1]) < 0.2, (seconds, left)
        assert ours("add", "new", value=1, timeout=0) == theirs.add("new", 1, 0) is True
        assert not ours("has_key", "new")


def test_what_only_python_has(both):
    ours, theirs = both
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, 123000, tzinfo=datetime.timezone.utc)
    value = {
        "when": moment,
        "day": datetime.date(2026, 1, 2),
        "price": decimal.Decimal("16.80"),
        "id": uuid.UUID(int=5),
        "pair": (1, 2),
        "html": mark_safe("<b>"),
        3: "three",
    }
    if ours.format == "msgpack":
        with pytest.raises(TypeError):
            theirs.set("k", value)
        return
    theirs.set("k", value)
    found = ours("get", "k")
    assert found["day"] == "2026-01-02" and found["price"] == "16.80" and found["pair"] == [1, 2]
    assert found["id"] == "00000000-0000-0000-0000-000000000005" and found["html"] == "<b>" and found["3"] == "three"
    theirs.set("date", moment)
    assert ours("get_date", "date") in ["2026-01-02T03:04:05.123Z"]
