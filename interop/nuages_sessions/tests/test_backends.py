"""The two backends beside each other, beside Django's own, and under threads."""

import asyncio
import threading

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DBStore
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connections

THREADS, ADDITIONS = 8, 25

with_a_cache = pytest.mark.parametrize("backend", ["cached_db"], indirect=True)


@pytest.fixture
def key(Store):
    """A stored session with a cart."""
    session = Store()
    session["cart"] = {"7": 1}
    session["user"] = "云"
    session.save()
    return session.session_key


def two(Store, key):
    """Two requests that have both loaded the session."""
    one, other = Store(key), Store(key)
    assert dict(one.items()) == dict(other.items())
    return one, other


def stored(Stock, key):
    cache.clear()
    return dict(Stock(key).items())


def test_django_reads_what_was_stored_and_the_other_way_round(Store, Stock, key):
    assert stored(Stock, key) == {"cart": {"7": 1}, "user": "云"}
    session = Stock(key)
    session["more"] = 1
    session.save()
    session = Store(key)
    assert session["more"] == 1
    assert session.key_salt == "django.contrib.sessions.SessionStore"
    assert session.decode(session.encode({"a": 1})) == Stock().decode(session.encode({"a": 1})) == {"a": 1}


def test_two_requests_keep_what_both_did(Store, Stock, key):
    one, other = two(Store, key)
    one["cart"]["8"] = 1
    one.modified = True
    other["cart"] |= {"9": 1}
    del other["user"]
    one.save()
    other.save()
    assert stored(Stock, key) == {"cart": {"7": 1, "8": 1, "9": 1}}
    # The request sees what is stored, and goes on from there.
    assert other["cart"] == {"7": 1, "8": 1, "9": 1}
    other["late"] = True
    other.save()
    assert stored(Stock, key)["late"] is True


def test_keys_that_json_makes_texts_of_are_the_same_keys(Store, Stock, key):
    one, other = two(Store, key)
    one["cart"]["8"] = 1
    other["cart"][9] = 1
    one.save()
    other.save()
    assert stored(Stock, key)["cart"] == {"7": 1, "8": 1, "9": 1}


def test_what_django_stored_meanwhile_is_kept(Store, Stock, key):
    ours, django = Store(key), Stock(key)
    assert ours["user"] == django["user"]
    ours["a"] = 1
    django["b"] = 2
    django.save()
    ours.save()
    assert stored(Stock, key) == {"cart": {"7": 1}, "user": "云", "a": 1, "b": 2}


def test_a_session_that_was_deleted_does_not_come_back(Store, Stock, key):
    one, other = two(Store, key)
    one.flush()
    other["late"] = True
    with pytest.raises(UpdateError):
        other.save()
    assert not Session.objects.filter(session_key=key).exists()
    assert stored(Stock, key) == {}


def test_a_new_key_takes_along_what_was_stored_meanwhile(Store, Stock, key):
    one, other = two(Store, key)
    one["cart"]["8"] = 1
    one.save()
    other["_auth_user_id"] = "1"
    other.cycle_key()
    other.save()
    assert other.session_key != key and not Session.objects.filter(session_key=key).exists()
    assert stored(Stock, other.session_key) == {"cart": {"7": 1, "8": 1}, "user": "云", "_auth_user_id": "1"}


def test_a_save_without_changes_moves_the_date_alone(Store, Stock, key):
    one, other = two(Store, key)
    one["a"] = 1
    one.save()
    other.set_expiry(3600)
    other.save()
    assert stored(Stock, key)["a"] == 1
    assert Session.objects.get(session_key=key).expire_date.timestamp() == pytest.approx(
        other.get_expiry_date().timestamp(), abs=5
    )


def test_counters_are_added(Store, Stock, key, monkeypatch):
    from django.conf import settings

    monkeypatch.setattr(settings, "NUAGES_SESSION_COUNTERS", ["visits"], raising=False)
    one, other = two(Store, key)
    for session in (one, other):
        session["visits"] = session.get("visits", 0) + 1
        session.save()
    assert stored(Stock, key)["visits"] == 2


def test_an_unknown_key_is_a_new_session(Store, Stock):
    session = Store("unknownunknownunknownunknownunkn")
    assert session.get("a") is None and session.session_key is None
    session["a"] = 1
    session.save()
    assert stored(Stock, session.session_key) == {"a": 1}


def test_the_asynchronous_verbs_compare_too(Store, Stock, key):
    if not hasattr(Store, "aupdate"):
        pytest.skip("this Django has none")

    async def both():
        one, other = Store(key), Store(key)
        await one.aset("a", await one.aget("user"))
        await other.aset("b", await other.aget("user"))
        await one.asave()
        await other.asave()
        await other.acycle_key()
        return other.session_key

    key = asyncio.run(both())
    assert stored(Stock, key) == {"cart": {"7": 1}, "user": "云", "a": "云", "b": "云"}


def test_a_stale_cache_costs_nothing_but_a_merge(backend, Store, Stock, key):
    if backend != "cached_db":
        return
    assert Store(key)["cart"] == {"7": 1}
    # Another process stored the row and did not come to its cache entry any more.
    elsewhere = Store(key)
    elsewhere["cart"]["8"] = 1
    elsewhere.save()
    cache.set(elsewhere.cache_key, {"cart": {"7": 1}, "user": "云"})
    stale = Store(key)
    assert stale["cart"] == {"7": 1}
    stale["cart"]["9"] = 1
    stale.save()
    assert cache.get(stale.cache_key)["cart"] == {"7": 1, "8": 1, "9": 1}
    assert stored(Stock, key)["cart"] == {"7": 1, "8": 1, "9": 1}


def test_an_entry_that_became_old_while_it_was_written_does_not_stay(backend, Store, key, monkeypatch):
    if backend != "cached_db":
        return
    slow = Store(key)
    slow["a"] = 1
    put = type(slow._cache).set

    def late(cache_, *args, **options):
        monkeypatch.setattr(type(slow._cache), "set", put)
        faster = Store(key)
        faster["b"] = 1
        faster.save()
        put(cache_, *args, **options)

    monkeypatch.setattr(type(slow._cache), "set", late)
    slow.save()
    assert cache.get(slow.cache_key) is None
    assert Store(key)["b"] == 1


def test_without_its_cache_cached_db_goes_on(backend, Store, key, monkeypatch):
    if backend != "cached_db":
        return

    def away(*args, **options):
        raise ConnectionError

    for verb in ("get", "set", "add", "delete", "__contains__"):
        monkeypatch.setattr(type(Store()._cache), verb, away)
    session = Store(key)
    session["a"] = session["user"]
    session.save()
    fresh = Store()
    fresh["new"] = True
    fresh.save()
    assert Store(key)["a"] == "云" and Store(fresh.session_key)["new"]


def test_nothing_is_lost_under_threads(Store, Stock, key):
    barrier = threading.Barrier(THREADS)
    failures = []

    def add(thread):
        barrier.wait()
        for number in range(ADDITIONS):
            try:
                session = Store(key)
                session["cart"][f"{thread}-{number}"] = 1
                session.modified = True
                session.save()
            except UpdateError as refusal:
                failures.append(refusal)
        connections.close_all()

    threads = [threading.Thread(target=add, args=(thread,)) for thread in range(THREADS)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert failures == []
    assert len(stored(Stock, key)["cart"]) == 1 + THREADS * ADDITIONS


@with_a_cache
def test_a_logout_without_the_cache_is_noted_for_nuages(database, Store, Stock, key, monkeypatch):
    session = Store(key)
    session.load()

    def away(*args, **options):
        raise ConnectionError

    def notes():
        with connections[database].cursor() as cursor:
            cursor.execute("SELECT session_key FROM nuages_session_stale")
            return cursor.fetchall()

    with monkeypatch.context() as patch:
        for verb in ["set", "delete"]:
            patch.setattr(type(session._cache), verb, away)
        with connections[database].cursor() as cursor:
            cursor.execute("CREATE TABLE nuages_session_stale (session_key varchar(40) PRIMARY KEY, mark bigint NOT NULL)")
        try:
            Store(key).delete(key)
            assert notes() == [(key,)]
            # Again, as a form that was sent twice does.
            Store(key).delete(key)
            assert notes() == [(key,)]
        finally:
            with connections[database].cursor() as cursor:
                cursor.execute("DROP TABLE nuages_session_stale")
        assert not Session.objects.using(database).filter(session_key=key).exists()
        # Nobody to tell: as Django's.
        with pytest.raises(ConnectionError):
            Store(key).delete(key)


@with_a_cache
def test_the_entry_of_a_logout_goes_before_its_row(Store, Stock, key, monkeypatch):
    def killed(*args, **options):
        raise SystemExit

    session = Store(key)
    monkeypatch.setattr(DBStore, "delete", killed)
    with pytest.raises(SystemExit):
        session.delete()
    assert cache.get(session.cache_key) is None
    monkeypatch.undo()
    session.delete()
    assert dict(Stock(key).items()) == {}
