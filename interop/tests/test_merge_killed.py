"""A guest's cart on its way to a user's, and a shop that is killed between two steps: nothing is lost, nothing doubled."""

import os
import signal
import threading
import time
from contextlib import contextmanager

import psycopg
import pytest
import redis
import requests

from conftest import PASSWORD, log_in, make_site

MEMBER = f"from django.contrib.auth.models import User; User.objects.create_user('member', password={PASSWORD!r})"
CART = {1: 2, 2: 1}


@pytest.fixture(params=["db", "cache"])
def site(request, tmp_path):
    engine = {"NUAGES_SESSION_ENGINE": request.param}
    if request.param == "cache":
        server = os.environ.get("NUAGES_TEST_REDIS_URL") or pytest.fail(
            "no Redis: run cargo xtask test, or set NUAGES_TEST_REDIS_URL"
        )
        engine |= {
            "NUAGES_CACHES__sessions__BACKEND": "django.core.cache.backends.redis.RedisCache",
            "NUAGES_CACHES__sessions__LOCATION": server,
            "NUAGES_SESSION_CACHE_ALIAS": "sessions",
            "NUAGES_SESSION_REDIS_URL": server,
        }
    site = make_site("postgres", tmp_path, **engine)
    site.run_shop("migrate")
    site.run_shop("seed")
    site.run_django("shell", "-v0", "-c", MEMBER)
    yield site
    site.stop(signal.SIGKILL)


def until(what, happened, within=20):
    deadline = time.monotonic() + within
    while not happened():
        assert time.monotonic() < deadline, f"not within {within} s: {what}"
        time.sleep(0.01)


WAITING = "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@contextmanager
def held(site, statement):
    """The database while another holds what this statement locks. Who still waits for it then is gone, as its process is."""
    with psycopg.connect(site.database_url) as connection:
        connection.execute(statement)
        yield connection
        site.query(f"SELECT pg_terminate_backend(pid) {WAITING}")
        connection.rollback()


def waits(site, many=1):
    return lambda: site.query(f"SELECT count(*) {WAITING}")[0][0] >= many


def logging_in(site, visitor):
    """A login in a thread of its own: no answer is expected of a shop that is killed."""

    def post():
        try:
            log_in(site, visitor, "member")
        except (requests.RequestException, AssertionError):
            pass

    thread = threading.Thread(target=post)
    thread.start()
    return thread


def stored_lines(site):
    return dict(site.query("SELECT sku_id, count FROM cart_line"))


@pytest.fixture
def guest(site, visitor):
    for sku, count in CART.items():
        form = {"sku_id": str(sku), "count": str(count)}
        assert visitor.submit(f"{site.shop}/user/login", form, to=f"{site.shop}/cart/add").status_code == 302
    return visitor


def logged_in_after_all(site, visitor):
    """The same visitor at a new process; the cart that they find."""
    log_in(site, visitor, "member")
    cart = visitor.get(f"{site.shop}/cart/", headers={"Accept": "application/json"}).json()
    return {line["sku_id"]: line["count"] for line in cart["lines"]}


def test_killed_before_the_lines_are_the_users(site, guest):
    with held(site, "LOCK TABLE cart_line IN EXCLUSIVE MODE"):
        login = logging_in(site, guest)
        until("the lines are being added", waits(site))
        site.stop(signal.SIGKILL)
    login.join()
    assert stored_lines(site) == {}
    assert logged_in_after_all(site, guest) == CART
    assert stored_lines(site) == CART


def test_killed_before_the_session_forgets_them(site, guest):
    with held(site, "LOCK TABLE cart_line IN EXCLUSIVE MODE") as database:
        login = logging_in(site, guest)
        until("the lines are being added", waits(site))
        with sessions_held(site):
            database.rollback()
            until("the lines are added", lambda: stored_lines(site) == CART)
            site.stop(signal.SIGKILL)
    login.join()
    assert logged_in_after_all(site, guest) == CART
    assert stored_lines(site) == CART


@contextmanager
def sessions_held(site):
    """While no session can be written."""
    if site.extra["NUAGES_SESSION_ENGINE"] == "db":
        with held(site, "SELECT * FROM django_session FOR UPDATE"):
            yield
    else:
        server = redis.Redis.from_url(os.environ["NUAGES_TEST_REDIS_URL"])
        server.execute_command("CLIENT", "PAUSE", "20000", "WRITE")
        yield
        server.execute_command("CLIENT", "UNPAUSE")
