"""Settings of the library: Django's side of the querysets that are asked on both sides."""

import os
from urllib.parse import urlsplit

SECRET_KEY = "library"
INSTALLED_APPS = ["library"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

url = urlsplit(os.environ["NUAGES_TEST_DATABASE"])
if url.scheme == "sqlite":
    DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": url.path.removeprefix("/")}}
else:
    if url.scheme == "mysql":
        import pymysql

        pymysql.install_as_MySQLdb()
    DATABASES = {
        "default": {
            "ENGINE": f"django.db.backends.{'mysql' if url.scheme == 'mysql' else 'postgresql'}",
            "NAME": url.path.removeprefix("/"),
            "USER": url.username or "",
            "PASSWORD": url.password or "",
            "HOST": url.hostname,
            "PORT": url.port or "",
        }
    }
