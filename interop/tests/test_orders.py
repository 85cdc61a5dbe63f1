"""Orders under pressure: many buyers of little stock, and a process that dies between an order and its mail."""

import concurrent.futures
import re
import signal
import time

import pytest

from conftest import Visitor, log_in, make_site, register

BUYERS = 100
STOCK = 10


@pytest.fixture(params=["sqlite", "postgres"])
def quick_site(request, tmp_path):
    """A site with cheap password hashes: a hundred buyers log in, and the hash is not what is tested."""
    site = make_site(request.param, tmp_path, NUAGES_PASSWORD_ITERATIONS="1000")
    site.run_shop("migrate")
    site.run_shop("seed")
    yield site
    site.stop()


def ready_to_buy(site, visitor, sku):
    """Logs in a new user with an address and a cart, opens the order page; the fields of its form."""
    log_in(site, visitor, register(site, visitor))
    visitor.submit(f"{site.shop}/user/address", {"receiver": "买家", "addr": "昆明", "zip_code": "650000", "phone": "13912345678"})
    visitor.submit(f"{site.shop}/goods/{sku}", {"sku_id": sku, "count": 1}, to=f"{site.shop}/cart/add")
    page = visitor.submit(f"{site.shop}/cart/", {"sku_ids": str(sku)}, to=f"{site.shop}/order/place").text
    names = ("addr_id", "sku_ids", "idempotency_key", "csrfmiddlewaretoken")
    return {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in names} | {"pay_method": "1"}


def commit(site, visitor, fields):
    return visitor.post(f"{site.shop}/order/commit", data=fields, headers={"Accept": "application/json"}, timeout=60)


def test_a_hundred_buyers_of_ten(quick_site):
    site = quick_site
    visitors = [Visitor() for _ in range(BUYERS)]
    site.shop
    with concurrent.futures.ThreadPoolExecutor(max_workers=16) as pool:
        forms = list(pool.map(lambda visitor: ready_to_buy(site, visitor, 1), visitors))
    site.query("UPDATE goods_sku SET stock = ?, sales = 0 WHERE id = 1 RETURNING id", STOCK)
    with concurrent.futures.ThreadPoolExecutor(max_workers=BUYERS) as pool:
        answers = list(pool.map(lambda pair: commit(site, *pair), zip(visitors, forms)))
    codes = sorted(answer.status_code for answer in answers)
    assert codes == [200] * STOCK + [409] * (BUYERS - STOCK)
    assert site.query("SELECT stock, sales FROM goods_sku WHERE id = 1") == [(0, STOCK)]
    assert site.query("SELECT count(*), sum(count) FROM order_goods WHERE sku_id = 1") == [(STOCK, STOCK)]
    assert site.query("SELECT count(*) FROM order_info") == [(STOCK,)]


def test_one_form_sent_twenty_times_at_once_is_one_order(quick_site, visitor):
    site = quick_site
    fields = ready_to_buy(site, visitor, 2)
    cookies = visitor.cookies.get_dict()

    def send(_):
        with Visitor() as tab:
            tab.cookies.update(cookies)
            return commit(site, tab, fields)

    with concurrent.futures.ThreadPoolExecutor(max_workers=20) as pool:
        answers = list(pool.map(send, range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["order_id"] for answer in answers}) == 1
    assert site.query("SELECT count(*) FROM order_info") == [(1,)]


def test_the_mail_of_an_order_goes_out_although_the_process_was_killed(quick_site, visitor):
    site = quick_site
    fields = ready_to_buy(site, visitor, 3)
    site.stop()
    # From here on the shop serves and does not work: the order's mail is still waiting when it is killed.
    site.extra["NUAGES_TASK_WORKERS"] = "0"
    order = commit(site, visitor, refreshed(site, visitor, fields)).json()["order_id"]
    assert not mails_of(site, order)
    site.stop(signal.SIGKILL)
    del site.extra["NUAGES_TASK_WORKERS"]
    deadline = time.monotonic() + 20
    while not mails_of(site, order):
        assert time.monotonic() < deadline, "the order's mail did not go out"
        time.sleep(0.1)
    assert len(mails_of(site, order)) == 1


def refreshed(site, visitor, fields):
    """The fields on the restarted server, which has another address but the same database."""
    page = visitor.submit(f"{site.shop}/cart/", {"sku_ids": fields["sku_ids"]}, to=f"{site.shop}/order/place").text
    return {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1] for name in fields if name != "pay_method"} | {
        "pay_method": "1"
    }


def mails_of(site, order):
    with Visitor() as reader:
        return [mail for mail in reader.get(f"{site.shop}/dev/mail.json").json() if order in mail["text"]]
