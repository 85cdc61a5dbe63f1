"""Sessions with what only Python knows: Django writes them, the shop changes another entry, Django finds the rest unharmed."""

import json
import os
import subprocess
import sys

import pytest

from conftest import ROOT, SECRET_KEY, make_site

# A module of the site that Nuages has never heard of.
SITE_OBJECTS = '''
import pickle

class Order:
    def __init__(self, number):
        self.number = number
        self.lines = [("apple", 2)]

    def __eq__(self, other):
        return type(other) is Order and vars(self) == vars(other)

class Ring:
    """It holds itself, which no tree can."""
    def __init__(self):
        self.me = self

class PickleSerializer:
    def dumps(self, value):
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)

    def loads(self, data):
        return pickle.loads(data)
'''

DJANGO = '''
import json, os, sys, uuid
from collections import OrderedDict
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from importlib import import_module

import django
from django.conf import settings
from django.core.cache import cache
from django.utils.safestring import SafeString, mark_safe

options = json.loads(sys.argv[1])
settings.configure(USE_TZ=True, INSTALLED_APPS=["django.contrib.sessions"], **options)
django.setup()
from site_objects import Order, Ring

SessionStore = import_module(settings.SESSION_ENGINE).SessionStore

PLAIN = {"pair": (1, "two", (3,)), "counts": {7: 2, 9: {1: None}}, "name": "男\\ud83d", "big": 2**70, "pi": 1.0}
RICH = PLAIN | {
    "when": datetime(2026, 1, 15, 12, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8))),
    "naive": datetime(2026, 1, 15, 12, 0),
    "day": date(2026, 1, 15),
    "price": Decimal("12.50"),
    "id": uuid.UUID(int=7),
    "tags": {"a", "b"},
    "frozen": frozenset({(1, 2)}),
    "html": mark_safe("<b>"),
    "ordered": OrderedDict(b=1, a=2),
    "raw": b"\\x00\\xff",
    "order": Order(7),
    5: "a key that is no text",
}

def same_entries(one, other):
    """Whatever their order."""
    assert one.keys() == other.keys(), (one, other)
    for key in one:
        same(one[key], other[key])

def same(one, other):
    """Equal, and of the same types all the way down."""
    assert type(one) is type(other) and one == other, (one, other)
    if isinstance(one, dict):
        assert list(one) == list(other)
        for key in one:
            same(one[key], other[key])
    elif isinstance(one, (list, tuple)):
        for left, right in zip(one, other, strict=True):
            same(left, right)
'''

BACKENDS = {"core": "django.core.cache.backends.redis.RedisCache", "django_redis": "django_redis.cache.RedisCache"}
CASES = [
    ("cache", "core", "json", "RICH"),
    ("cache", "django_redis", "json", "RICH"),
    ("redis", "core", "json", "RICH"),
    ("cached_db", "core", "json", "PLAIN"),
    ("cached_db", "core", "pickle", "RICH"),
    ("cached_db", "django_redis", "pickle", "RICH"),
    ("db", "core", "pickle", "RICH"),
]


class Pickling:
    """The shop, and Django's session store on the same data, in a process for each thing it is told."""

    def __init__(self, folder, engine, backend, serializer, data):
        redis = os.environ.get("NUAGES_TEST_REDIS_URL") or pytest.fail("no Redis: run cargo xtask test, or set NUAGES_TEST_REDIS_URL")
        (folder / "site_objects.py").write_text(SITE_OBJECTS)
        serializer = {"json": "django.contrib.sessions.serializers.JSONSerializer", "pickle": "site_objects.PickleSerializer"}[serializer]
        url = "NUAGES_SESSION_REDIS_URL" if engine == "redis" else "NUAGES_CACHE_URL"
        self.site = make_site("sqlite", folder, NUAGES_SESSION_ENGINE=engine, NUAGES_SESSION_SERIALIZER=serializer, **{url: redis})
        self.site.run_shop("migrate")
        self.site.run_shop("seed")
        self.data, self.folder = data, folder
        self.options = {
            "SECRET_KEY": SECRET_KEY,
            "SESSION_ENGINE": "django.contrib.sessions.backends." + engine.replace("redis", "cache"),
            "SESSION_SERIALIZER": serializer,
            "CACHES": {"default": {"BACKEND": BACKENDS[backend], "LOCATION": redis}},
            "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "site.sqlite3"), "OPTIONS": {"timeout": 20}}},
        }

    def django(self, script):
        command = [sys.executable, "-c", DJANGO + script.replace("DATA", self.data), json.dumps(self.options)]
        path = os.pathsep.join([str(self.folder), os.environ.get("PYTHONPATH", "")])
        run = subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, cwd=ROOT, capture_output=True, text=True, timeout=60)
        assert run.returncode == 0, run.stderr
        return run.stdout.strip()

    def buy(self, visitor, sku):
        bought = visitor.submit(f"{self.site.shop}/goods/{sku}", {"sku_id": sku, "count": 1}, to=f"{self.site.shop}/cart/add")
        assert bought.status_code == 302, bought.text[:1000]


@pytest.fixture(scope="module", params=CASES, ids="-".join)
def pickling(request, tmp_path_factory):
    pickling = Pickling(tmp_path_factory.mktemp("pickled"), *request.param)
    yield pickling
    pickling.site.stop()


def test_what_django_wrote_survives_a_change_by_the_shop(pickling, visitor):
    key = pickling.django("session = SessionStore(); session.update(DATA); session.create(); print(session.session_key)")
    visitor.cookies.set("sessionid", key)
    pickling.buy(visitor, 1)
    pickling.buy(visitor, 2)
    read = f"session = SessionStore({key!r}); same_entries(session.load(), DATA | {{'cart': {{'1': 1, '2': 1}}}})"
    pickling.django(read)
    if pickling.options["SESSION_ENGINE"].endswith("cached_db"):
        # The row, which JSON makes lists of tuples of, is Django's as well.
        row = "import django.contrib.sessions.backends.db as db; print(json.dumps(sorted(map(str, db.SessionStore(%r).load()))))" % key
        assert "cart" in json.loads(pickling.django(row))


def test_what_the_shop_wrote_and_django_changed_is_read_by_both(pickling, visitor):
    pickling.buy(visitor, 3)
    key = visitor.cookies["sessionid"]
    pickling.django(f"session = SessionStore({key!r}); assert session['cart'] == {{'3': 1}}; session.update(DATA); session.save()")
    pickling.buy(visitor, 3)
    pickling.django(f"session = SessionStore({key!r}); same_entries(session.load(), {{'cart': {{'3': 2}}}} | DATA)")


def test_what_cannot_be_kept_is_left_alone(pickling, visitor):
    if pickling.data == "PLAIN":
        pytest.skip("its row is JSON, which holds no such thing")
    key = pickling.django("session = SessionStore(); session['ring'] = Ring(); session.create(); print(session.session_key)")
    visitor.cookies.set("sessionid", key)
    page = visitor.get(f"{pickling.site.shop}/goods/1")
    assert page.status_code == 200 and "sessionid" not in page.headers.get("Set-Cookie", "")
    fields = {"sku_id": 1, "count": 1, "csrfmiddlewaretoken": visitor.cookies["csrftoken"]}
    refused = visitor.post(f"{pickling.site.shop}/cart/add", data=fields, allow_redirects=False)
    assert refused.status_code == 500
    pickling.django(f"session = SessionStore({key!r}); assert session['ring'].me is session['ring'] and len(session.keys()) == 1")
