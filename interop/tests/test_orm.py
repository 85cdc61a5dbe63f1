"""The same querysets asked by Django's manager and by ours, on the same rows: the answers are equal, row by row."""

import json
import math
import os
import subprocess
import sys
import uuid
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from conftest import ROOT, postgres_database

LIBRARY = ROOT / "interop" / "library"
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
QUERYSETS = TARGET / "debug" / "querysets"
# Django promises no order for these.
UNORDERED = {"group_by_null", "distinct_fk", "distinct_meta_ordering"}


def asked(command, url):
    environment = os.environ | {"NUAGES_TEST_DATABASE": url, "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environment, cwd=LIBRARY, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def mysql_database():
    """A database of its own on a server that knows the time zones by name, as Django wants it to."""
    server = os.environ.get("NUAGES_TEST_MYSQL_URL")
    if not server:
        pytest.fail("no MariaDB: run cargo xtask test, or set NUAGES_TEST_MYSQL_URL")
    url, name = urlsplit(server), f"interop_{uuid.uuid4().hex[:12]}"
    client = ["mariadb", f"--host={url.hostname}", f"--port={url.port}", f"--user={url.username}"]
    zones = subprocess.run(["mariadb-tzinfo-to-sql", "/usr/share/zoneinfo"], capture_output=True, check=True)
    subprocess.run([*client, "mysql"], input=zones.stdout, check=True)
    subprocess.run(client, input=f"CREATE DATABASE {name} CHARACTER SET utf8mb4", text=True, check=True)
    return server.rpartition("/")[0] + "/" + name


@pytest.fixture(scope="module", params=["sqlite", "postgres", "mysql"])
def both(request, tmp_path_factory):
    if not QUERYSETS.exists():
        pytest.fail(f"{QUERYSETS} is not there: run cargo build -p interop")
    folder = tmp_path_factory.mktemp(f"library_{request.param}")
    databases = {"postgres": postgres_database, "mysql": mysql_database}
    url = databases.get(request.param, lambda: f"sqlite:///{folder}/library.sqlite3")()
    django, _ = asked([sys.executable, "answer.py"], url)
    ours, errors = asked([str(QUERYSETS)], url)
    first, second = dict(ours[: len(ours) // 2]), dict(ours[len(ours) // 2 :])
    return dict(django), first, second, errors


def same(one, other):
    """Equal, doubles to 12 digits: the two sides may add them up in another order."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, int | float):
        return math.isclose(one, other, rel_tol=1e-12)
    return one == other


def test_both_ask_the_same(both):
    django, first, second, _ = both
    assert len(django) >= 200
    assert list(django) == list(first) == list(second)


@pytest.mark.parametrize("statements", ["built", "kept"])
def test_the_answers_are_djangos(both, statements):
    django, first, second, errors = both
    ours = {"built": first, "kept": second}[statements]
    different = []
    for name, expected in django.items():
        answer = ours.get(name)
        if name in UNORDERED:
            expected, answer = sorted(expected, key=json.dumps), sorted(answer, key=json.dumps)
        if not same(expected, answer):
            different.append(f"{name}\n  Django {expected}\n  ours   {answer}")
    assert not different, "\n".join(different) + "\n" + errors


def test_most_answers_have_rows(both):
    """A case that answers nothing on both sides says little; a few of them are meant so."""
    django, _, _, _ = both
    assert sum(1 for answer in django.values() if answer) >= 0.75 * len(django)
