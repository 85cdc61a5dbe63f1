"""Sites for the tests: the shop and its Django twin on one fresh database, each a process of its own on a free port."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
TWIN = ROOT / "interop" / "twin"
SHOP = Path(os.environ.get("NUAGES_SHOP", Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "debug" / "shop"))
SECRET_KEY = "interop-secret-key-with-中文-and-50-characters-at-least-0123456789"
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A server that is started, waited for, and stopped by its process id; its output goes to a log beside the database."""

    def __init__(self, command, env, url, log, cwd=ROOT):
        self.url, self.log = url, log
        with open(log, "ab") as output:
            self.child = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.child.poll() is not None:
                raise RuntimeError(f"{command} ended with {self.child.returncode}:\n{Path(log).read_text()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", urlsplit(url).port)) == 0:
                    return
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"{command} did not listen within 30 s:\n{Path(log).read_text()}")

    def stop(self, how=signal.SIGTERM):
        if self.child.poll() is None:
            self.child.send_signal(how)
        return self.child.wait(timeout=30)


@dataclass
class Site:
    """One database with the shop on it, and the twin when it is asked for."""

    folder: Path
    database_url: str
    extra: dict = field(default_factory=dict)
    processes: list = field(default_factory=list)
    _django: Process | None = None
    _shop: Process | None = None

    @property
    def env(self):
        """The environment of both; a shop's own NUAGES_* in the caller's environment would change what is tested."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("NUAGES_")}
        return inherited | {
            "NUAGES_SECRET_KEY": SECRET_KEY,
            "NUAGES_DATABASE_URL": self.database_url,
            "NUAGES_DEBUG": "1",
            "NUAGES_CAPTCHA_TEST_MODE": "1",
            "NUAGES_MEDIA_ROOT": str(self.folder / "media"),
            "PYTHONDONTWRITEBYTECODE": "1",
        } | self.extra

    def run_shop(self, *arguments, **options):
        return subprocess.run(
            [SHOP, *arguments], env=self.env, cwd=self.folder, capture_output=True, text=True, timeout=120, check=True, **options
        )

    def run_django(self, *arguments):
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], env=self.env, cwd=TWIN, capture_output=True, text=True, timeout=120, check=True
        )

    def start_shop(self):
        """A further shop process; its address."""
        url = f"http://127.0.0.1:{free_port()}"
        command = [SHOP, "serve", "--bind", url.removeprefix("http://")]
        self.processes.append(Process(command, self.env, url, self.folder / "shop.log", cwd=self.folder))
        return self.processes[-1]

    @property
    def shop(self):
        self._shop = self._shop or self.start_shop()
        return self._shop.url

    @property
    def django(self):
        if self._django is None:
            url = f"http://127.0.0.1:{free_port()}"
            command = [sys.executable, "manage.py", "runserver", "--noreload", url.removeprefix("http://")]
            self._django = Process(command, self.env, url, self.folder / "django.log", cwd=TWIN)
            self.processes.append(self._django)
        return self._django.url

    def query(self, sql, *values):
        """Rows straight from the database; placeholders are `?`."""
        if self.database_url.startswith("sqlite"):
            with sqlite3.connect(self.database_url.removeprefix("sqlite:///"), timeout=20) as connection:
                rows = connection.execute(sql, values).fetchall()
            connection.close()
            return rows
        with psycopg.connect(self.database_url) as connection:
            cursor = connection.execute(sql.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []

    def stop(self, how=signal.SIGTERM):
        for process in self.processes:
            process.stop(how)
        self.processes.clear()
        self._shop = self._django = None


def postgres_database():
    server = os.environ.get("NUAGES_TEST_POSTGRES_URL")
    if not server:
        pytest.fail("no PostgreSQL: run cargo xtask test, or set NUAGES_TEST_POSTGRES_URL")
    name = f"interop_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.rpartition("/")[0] + "/" + name


def make_site(kind, folder, **extra):
    if not SHOP.exists():
        pytest.fail(f"{SHOP} is not there: run cargo build -p shop")
    url = f"sqlite:///{folder}/site.sqlite3" if kind == "sqlite" else postgres_database()
    return Site(folder, url, extra)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def site(request, tmp_path_factory):
    """The shop and Django on one database. On SQLite the shop made the tables, on PostgreSQL Django made its own first."""
    site = make_site(request.param, tmp_path_factory.mktemp(request.param))
    if request.param == "postgres":
        site.run_django("migrate")
    site.run_shop("migrate")
    site.run_shop("seed")
    site.run_django("migrate", "--check")
    yield site
    site.stop()


class Visitor(requests.Session):
    """A browser without JavaScript: one cookie jar, forms sent with the token of the page they stood on."""

    def __init__(self):
        super().__init__()
        self.trust_env = False

    def page(self, url):
        response = self.get(url)
        assert response.status_code == 200, f"{url}: {response.status_code}\n{response.text[:500]}"
        return response.text

    def submit(self, form_url, fields, to=None, **options):
        """Opens the page of a form, fills it in and sends it (to another address where the form says so)."""
        token = TOKEN.search(self.page(form_url))
        assert token, f"no CSRF token on {form_url}"
        options.setdefault("allow_redirects", False)
        return self.post(to or form_url, data={"csrfmiddlewaretoken": token[1]} | fields, **options)


@pytest.fixture
def visitor():
    with Visitor() as visitor:
        yield visitor


PASSWORD = "云鲜-correct horse 9"


def register(site, visitor, name=None, password=PASSWORD):
    """Registers at the shop, follows the link in the mail; the name."""
    name = name or f"user_{uuid.uuid4().hex[:10]}"
    form = visitor.page(f"{site.shop}/user/register")
    captcha = re.search(r'name="captcha_id" value="([^"]+)"', form)[1]
    fields = {
        "user_name": name,
        "password": password,
        "password2": password,
        "email": f"{name}@example.com",
        "allow": "on",
        "captcha": "PASSED",
        "captcha_id": captcha,
        "csrfmiddlewaretoken": TOKEN.search(form)[1],
    }
    answer = visitor.post(f"{site.shop}/user/register", data=fields, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/user/login"), answer.text[:2000]
    link = re.search(r"/user/active/[\w.\-]+", mail_to(site, f"{name}@example.com")["text"])[0]
    activated = visitor.get(site.shop + link, allow_redirects=False)
    assert (activated.status_code, activated.headers["Location"]) == (302, "/user/login")
    return name


def mail_to(site, address, within=30):
    """The newest mail to an address, once the worker has delivered it."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        for mail in requests.get(f"{site.shop}/dev/mail.json", timeout=5).json():
            if address in mail["to"]:
                return mail
        time.sleep(0.05)
    raise AssertionError(f"no mail to {address} within {within} s")


def log_in(site, visitor, name, password=PASSWORD, **fields):
    answer = visitor.submit(f"{site.shop}/user/login", {"username": name, "password": password} | fields)
    assert answer.status_code == 302, answer.text[:2000]
    return answer
