"""Django's own defaults, on the shop's database and secret key (the same environment variables as the shop's)."""

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

sys.path.append(str(Path(__file__).resolve().parents[1] / "nuages_sessions" / "src"))

SECRET_KEY = os.environ["NUAGES_SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "urls"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
]

MIDDLEWARE = [
    "race.window",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]


def database(url):
    """One entry of DATABASES from `sqlite:////absolute/path`, `postgres://user@host:port/name` or `mysql://…`."""
    parts = urlsplit(url)
    name = unquote(parts.path[1:])
    if parts.scheme == "sqlite":
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": {"timeout": 20}}
    if parts.scheme == "mysql":
        import pymysql

        pymysql.install_as_MySQLdb()
    return {
        "ENGINE": f"django.db.backends.{'mysql' if parts.scheme == 'mysql' else 'postgresql'}",
        "NAME": name,
        "HOST": parts.hostname,
        "PORT": parts.port,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
    }


DATABASES = {"default": database(os.environ["NUAGES_DATABASE_URL"])}

CACHE_URL = os.environ.get("NUAGES_SESSION_REDIS_URL") or os.environ.get("NUAGES_CACHE_URL", "")
if CACHE_URL.startswith("redis://"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": CACHE_URL}}

# Ours are named whole, Django's own by their module, as the shop names them; its `redis` is the bytes of `cache`.
SESSION_ENGINE = os.environ.get("NUAGES_SESSION_ENGINE", "db")
if "." not in SESSION_ENGINE:
    SESSION_ENGINE = "django.contrib.sessions.backends." + SESSION_ENGINE.replace("redis", "cache")
SESSION_FILE_PATH = os.environ.get("NUAGES_SESSION_FILE_PATH")

# What `nuages_sessions` adds up: the race's counter, and how many of each goods are in a cart.
NUAGES_SESSION_COUNTERS = ["cart", "count"]
