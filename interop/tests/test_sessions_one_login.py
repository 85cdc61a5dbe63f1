"""One login across two processes of the shop and one of Django's, behind a proxy that takes them in turn."""

import os
import shutil

import pytest

from conftest import PASSWORD, Process, Visitor, free_port, log_in, make_site

ENGINES = ["db", "cached_db", "cache", "redis", "file", "signed_cookies"]

CONFIGURATION = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    upstream site {{ {servers} }}
    server {{
        listen 127.0.0.1:{port};
        location / {{
            proxy_pass http://site;
            proxy_set_header Host $http_host;
            add_header Served-By $upstream_addr always;
        }}
    }}
}}
"""


class Front:
    """Three processes of one site: each at its own address, and all of them in turn at the proxy's."""

    def __init__(self, site):
        self.site = site
        self.processes = [site.shop, site.start_shop().url, site.django]
        port = free_port()
        servers = " ".join(f"server {url.removeprefix('http://')};" for url in self.processes)
        configuration = site.folder / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=site.folder, servers=servers, port=port))
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-p", str(site.folder), "-c", str(configuration)]
        self.url = f"http://127.0.0.1:{port}"
        site.processes.append(Process(command, site.env, self.url, site.folder / "nginx.out"))

    def greets(self, visitor, name):
        """How many of the three know the visitor, each asked through the proxy."""
        greeted = {}
        while len(greeted) < len(self.processes):
            answer = visitor.get(f"{self.url}/user/", allow_redirects=False)
            assert answer.status_code in (200, 302), answer.text[:500]
            greeted[answer.headers["Served-By"]] = answer.status_code == 200 and name in answer.text
        return sum(greeted.values())


@pytest.fixture(scope="module", params=ENGINES)
def front(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "sessions").mkdir()
    engine = {"NUAGES_SESSION_ENGINE": request.param, "NUAGES_SESSION_FILE_PATH": str(folder / "sessions")}
    if request.param in ("cached_db", "cache", "redis"):
        redis = os.environ.get("NUAGES_TEST_REDIS_URL") or pytest.fail(
            "no Redis: run cargo xtask test, or set NUAGES_TEST_REDIS_URL"
        )
        engine["NUAGES_SESSION_REDIS_URL" if request.param == "redis" else "NUAGES_CACHE_URL"] = redis
    site = make_site("sqlite", folder, **engine)
    site.run_shop("migrate")
    site.run_shop("seed")
    yield Front(site)
    site.stop()


@pytest.fixture(scope="module")
def member(front):
    """A user's name. Registering asks for a captcha, which a site whose sessions its visitors keep must not have."""
    script = f"from django.contrib.auth.models import User; User.objects.create_user('member', password={PASSWORD!r})"
    front.site.run_django("shell", "-v0", "-c", script)
    return "member"


def test_a_login_at_any_is_one_at_all(front, visitor, member):
    for address in [front.url, *front.processes]:
        with Visitor() as visitor:
            assert front.greets(visitor, member) == 0
            fields = {"username": member, "password": PASSWORD}
            answer = visitor.submit(f"{address}/user/login", fields)
            assert answer.status_code == 302, answer.text[:2000]
            assert front.greets(visitor, member) == 3


@pytest.mark.parametrize("process", range(3))
def test_a_logout_at_any_ends_all(front, visitor, member, process):
    log_in(front.site, visitor, member)
    before = visitor.cookies["sessionid"]
    assert front.greets(visitor, member) == 3
    address = front.processes[process]
    page = f"{address}/user/" if address != front.site.django else f"{address}/user/login"
    assert visitor.submit(page, {}, to=f"{address}/user/logout").status_code == 302
    assert front.greets(visitor, member) == 0
    # A stored session is gone. A signed cookie is all that there is of one: who kept it is still logged in.
    visitor.cookies.set("sessionid", before)
    kept = front.site.extra["NUAGES_SESSION_ENGINE"] == "signed_cookies"
    assert front.greets(visitor, member) == (3 if kept else 0)


def test_a_cart_is_filled_by_all_in_turn(front, visitor):
    for sku in [1, 2, 3] * 2:
        to = f"{front.url}/cart/add"
        answer = visitor.submit(f"{front.url}/user/login", {"sku_id": str(sku), "count": "1"}, to=to)
        assert answer.status_code in (200, 302), answer.text[:500]
    cart = visitor.get(f"{front.site.shop}/cart/", headers={"Accept": "application/json"}).json()
    assert {line["sku_id"]: line["count"] for line in cart["lines"]} == {1: 2, 2: 2, 3: 2}
