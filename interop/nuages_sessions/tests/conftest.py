"""Django on two databases at once; each test runs on both, and with both backends."""

import os
import uuid
from urllib.parse import urlsplit

import django
import pytest
from django.conf import settings


class Router:
    """Everything goes to the database of the test."""

    alias = "default"

    def db_for_read(self, model, **hints):
        return self.alias

    db_for_write = db_for_read


def postgres():
    """An entry of DATABASES for a database of our own; without a server the tests that use it fail."""
    server = os.environ.get("NUAGES_TEST_POSTGRES_URL")
    if not server:
        return {"ENGINE": "django.db.backends.dummy"}
    import psycopg

    parts, name = urlsplit(server), f"sessions_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "USER": parts.username,
        "PASSWORD": parts.password or "",
    }


def pytest_configure():
    folder = os.environ.get("TMPDIR", "/tmp")
    name = os.path.join(folder, f"nuages_sessions_{uuid.uuid4().hex[:12]}.sqlite3")
    settings.configure(
        SECRET_KEY="a key for tests",
        USE_TZ=True,
        INSTALLED_APPS=["django.contrib.sessions"],
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": {"timeout": 20}},
            "postgres": postgres(),
        },
        DATABASE_ROUTERS=["conftest.Router"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    )
    django.setup()


def pytest_unconfigure():
    from django.db import connections

    connections.close_all()
    name = settings.DATABASES["default"]["NAME"]
    if os.path.exists(name):
        os.remove(name)


@pytest.fixture(params=["default", "postgres"])
def database(request):
    """The alias of the database that the test runs on, with its table."""
    from django.core.management import call_command

    if request.param == "postgres" and "NUAGES_TEST_POSTGRES_URL" not in os.environ:
        pytest.fail("no PostgreSQL: run cargo xtask test, or set NUAGES_TEST_POSTGRES_URL")
    call_command("migrate", database=request.param, verbosity=0)
    Router.alias = request.param
    yield request.param
    Router.alias = "default"


@pytest.fixture(params=["db", "cached_db"])
def backend(request, database):
    """The module's name; the cache is empty."""
    from django.core.cache import cache

    cache.clear()
    return request.param


@pytest.fixture
def Store(backend):
    from importlib import import_module

    return import_module(f"nuages_sessions.{backend}").SessionStore


@pytest.fixture
def Stock(backend):
    from importlib import import_module

    return import_module(f"django.contrib.sessions.backends.{backend}").SessionStore
