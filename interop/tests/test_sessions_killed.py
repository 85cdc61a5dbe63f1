"""`cached_db`, and a process that is killed while the cache is away: what it owed the cache is done by the next one."""

import signal
from contextlib import contextmanager

import pytest

from conftest import PASSWORD, Process, Visitor, free_port, log_in, make_site

MEMBER = f"from django.contrib.auth.models import User; User.objects.create_user('member', password={PASSWORD!r})"
LOAD = """
from django.conf import settings
from importlib import import_module
print("loaded", import_module(settings.SESSION_ENGINE).SessionStore({key!r}).load())
"""


class DurableRedis:
    """A Redis that has every write on its disk before it answers, so that a kill loses none."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.start()

    def start(self):
        command = ["redis-server", "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self.folder)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        self.process = Process(command, None, f"http://127.0.0.1:{self.port}", self.folder / "redis.log")

    def kill(self):
        self.process.stop(signal.SIGKILL)


@pytest.fixture
def redis(tmp_path):
    redis = DurableRedis(tmp_path)
    yield redis
    redis.kill()


@pytest.fixture
def site(tmp_path, redis):
    # The sessions' cache alone is in Redis: the shop's pages need the other one. The second name is for the twin.
    cache = {
        "NUAGES_CACHES__sessions__BACKEND": "django.core.cache.backends.redis.RedisCache",
        "NUAGES_CACHES__sessions__LOCATION": redis.url,
        "NUAGES_SESSION_CACHE_ALIAS": "sessions",
        "NUAGES_SESSION_REDIS_URL": redis.url,
    }
    site = make_site("sqlite", tmp_path, NUAGES_SESSION_ENGINE="cached_db", **cache)
    site.run_shop("migrate")
    site.run_shop("seed")
    site.run_django("shell", "-v0", "-c", MEMBER)
    yield site
    site.stop()


@contextmanager
def away(redis, site):
    """Redis is killed, and before it comes back, the shop is too."""
    redis.kill()
    yield
    site.stop(signal.SIGKILL)
    redis.start()


def greeted(site, key):
    with Visitor() as visitor:
        visitor.cookies.set("sessionid", key)
        answer = visitor.get(f"{site.shop}/user/", allow_redirects=False)
        assert answer.status_code in (200, 302), answer.text[:500]
        return answer.status_code == 200


def test_a_logout_outlives_cache_and_process(site, redis, visitor):
    log_in(site, visitor, "member")
    key = visitor.cookies["sessionid"]
    assert greeted(site, key)
    with away(redis, site):
        out = visitor.submit(f"{site.shop}/user/", {}, to=f"{site.shop}/user/logout")
        assert out.status_code == 302, out.text[:500]
    assert not greeted(site, key), "logged out, and the cache did not know"
    loaded = site.run_django("shell", "-v0", "-c", LOAD.format(key=key)).stdout
    assert "loaded {}" in loaded, "nor does Django find it there any more"


def test_a_change_outlives_cache_and_process(site, redis, visitor):
    visitor.submit(f"{site.shop}/user/login", {"sku_id": "1", "count": "1"}, to=f"{site.shop}/cart/add")
    with away(redis, site):
        answer = visitor.submit(f"{site.shop}/user/login", {"sku_id": "2", "count": "1"}, to=f"{site.shop}/cart/add")
        assert answer.status_code == 302, answer.text[:500]
    cart = visitor.get(f"{site.shop}/cart/", headers={"Accept": "application/json"}).json()
    assert [line["sku_id"] for line in cart["lines"]] == [1, 2]
