"""A customer's whole way through the shop with a plain HTTP client, checked in the database."""

import re
from decimal import Decimal

import requests

from conftest import PASSWORD, TOKEN, log_in, register

JSON = {"Accept": "application/json"}


def stock(site, sku):
    return site.query("SELECT stock, sales FROM goods_sku WHERE id = ?", sku)[0]


def cart(site, visitor):
    return visitor.get(f"{site.shop}/cart/", headers=JSON).json()


def test_from_the_register_page_to_the_logout(site, visitor):
    shop = site.shop
    # Register, activate, and be sent back to the page that asked for the login.
    name = register(site, visitor)
    asked = visitor.get(f"{shop}/user/", allow_redirects=False)
    assert (asked.status_code, asked.headers["Location"]) == (302, "/user/login?next=/user/")
    answer = visitor.submit(f"{shop}/user/login?next=/user/", {"username": name, "password": PASSWORD, "next": "/user/", "remembered": "on"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/user/")
    assert "Max-Age=1209600" in answer.headers["Set-Cookie"]

    # Browse: the index, a list in each order, two goods; the newest viewed comes first, once.
    assert 'href="/goods/' in visitor.page(f"{shop}/")
    for sort in ("default", "price", "hot", "zzz"):
        listed = re.findall(r'href="/goods/(\d+)"', visitor.page(f"{shop}/list/0/1?sort={sort}"))
        assert len(set(listed)) == 12
    for sku in (1, 2, 1):
        visitor.page(f"{shop}/goods/{sku}")
    viewed = re.findall(r'href="/goods/(\d+)"', visitor.page(f"{shop}/user/"))
    assert list(dict.fromkeys(viewed)) == ["1", "2"]

    # Fill the cart with and without JavaScript, change it, take a line out.
    token = TOKEN.search(visitor.page(f"{shop}/goods/1"))[1]
    added = visitor.post(f"{shop}/cart/add", data={"sku_id": 1, "count": 2}, headers=JSON | {"X-CSRFToken": token})
    assert (added.status_code, added.json()) == (200, {"code": 0, "message": "", "count": 2})
    assert visitor.submit(f"{shop}/goods/2", {"sku_id": 2, "count": 1}, to=f"{shop}/cart/add").status_code == 302
    visitor.submit(f"{shop}/goods/3", {"sku_id": 3, "count": 1}, to=f"{shop}/cart/add")
    visitor.submit(f"{shop}/cart/", {"sku_id": 2, "count": 5}, to=f"{shop}/cart/update")
    visitor.submit(f"{shop}/cart/", {"sku_id": 3}, to=f"{shop}/cart/delete")
    lines = {line["sku_id"]: line for line in cart(site, visitor)["lines"]}
    assert {sku: line["count"] for sku, line in lines.items()} == {1: 2, 2: 5}
    total = sum(Decimal(line["price"]) * line["count"] for line in lines.values())
    assert total == sum(Decimal(line["amount"]) for line in lines.values())

    # Order.
    visitor.submit(f"{shop}/user/address", {"receiver": "张三", "addr": "云南省昆明市翠湖南路 1 号", "zip_code": "650031", "phone": "16612345678"})
    assert "张三" in visitor.page(f"{shop}/user/")
    before = {sku: stock(site, sku) for sku in (1, 2)}
    placed = visitor.submit(f"{shop}/cart/", {"sku_ids": "1,2"}, to=f"{shop}/order/place")
    assert placed.status_code == 200 and "10.00" in placed.text
    fields = {
        field: re.search(rf'name="{field}"[^>]*value="([^"]*)"', placed.text)[1]
        for field in ("addr_id", "sku_ids", "idempotency_key", "csrfmiddlewaretoken")
    } | {"pay_method": "1"}
    committed = visitor.post(f"{shop}/order/commit", data=fields, allow_redirects=False)
    assert committed.status_code == 302, committed.text[:2000]
    order_id = re.fullmatch(r"/order/detail/(\w+)", committed.headers["Location"])[1]

    # The same form again: the first answer, and nothing twice. The same key for something else: refused.
    again = visitor.post(f"{shop}/order/commit", data=fields, headers=JSON)
    assert (again.status_code, again.json()) == (200, {"code": 0, "message": "", "order_id": order_id, "total": str(total + 10)})
    other = visitor.post(f"{shop}/order/commit", data=fields | {"pay_method": "2"}, headers=JSON)
    assert other.status_code == 409 and other.json()["code"] != 0
    assert {sku: stock(site, sku) for sku in (1, 2)} == {
        1: (before[1][0] - 2, before[1][1] + 2),
        2: (before[2][0] - 5, before[2][1] + 5),
    }
    assert site.query("SELECT count(*) FROM order_info WHERE order_id = ?", order_id) == [(1,)]
    assert cart(site, visitor)["count"] == 0

    # What was bought stays as it was bought, whatever becomes of the goods and the address.
    sold_as = site.query("SELECT name FROM order_goods WHERE order_id = ? AND sku_id = 1", order_id)[0][0]
    site.query("UPDATE goods_sku SET name = ? WHERE id = 1 RETURNING id", "改名了")
    site.query("UPDATE user_address SET addr = ? WHERE receiver = ? RETURNING id", "搬家了", "张三")
    try:
        page = visitor.page(f"{shop}/order/detail/{order_id}")
        assert f'data-order-id="{order_id}"' in page and sold_as in page and "翠湖南路" in page and "改名了" not in page
    finally:
        site.query("UPDATE goods_sku SET name = ? WHERE id = 1 RETURNING id", sold_as)
    assert f'data-order-id="{order_id}"' in visitor.page(f"{shop}/user/order/1")

    # Leave.
    assert visitor.submit(f"{shop}/user/", {}, to=f"{shop}/user/logout").headers["Location"] == "/"
    assert visitor.get(f"{shop}/order/detail/{order_id}", allow_redirects=False).status_code == 302


def test_a_guests_cart_comes_along_at_login(site, visitor):
    name = register(site, visitor)
    log_in(site, visitor, name)
    visitor.submit(f"{site.shop}/goods/4", {"sku_id": 4, "count": 1}, to=f"{site.shop}/cart/add")
    visitor.submit(f"{site.shop}/user/", {}, to=f"{site.shop}/user/logout")
    for sku, count in ((4, 2), (5, 3)):
        visitor.submit(f"{site.shop}/goods/{sku}", {"sku_id": sku, "count": count}, to=f"{site.shop}/cart/add")
    log_in(site, visitor, name)
    assert {line["sku_id"]: line["count"] for line in cart(site, visitor)["lines"]} == {4: 3, 5: 3}
    visitor.submit(f"{site.shop}/user/", {}, to=f"{site.shop}/user/logout")
    assert cart(site, visitor)["count"] == 0


def test_orders_and_addresses_are_their_owners_alone(site, visitor):
    from conftest import Visitor

    owner = register(site, visitor)
    log_in(site, visitor, owner)
    visitor.submit(f"{site.shop}/user/address", {"receiver": "李四", "addr": "北京", "zip_code": "100000", "phone": "13912345678"})
    (address,) = site.query("SELECT max(id) FROM user_address WHERE receiver = ?", "李四")[0]
    with Visitor() as stranger:
        log_in(site, stranger, register(site, stranger))
        stranger.submit(f"{site.shop}/user/address", {"receiver": "王五", "addr": "上海", "zip_code": "200000", "phone": "13812345678"})
        stranger.submit(f"{site.shop}/goods/7", {"sku_id": 7, "count": 1}, to=f"{site.shop}/cart/add")
        placed = stranger.submit(f"{site.shop}/cart/", {"sku_ids": "7"}, to=f"{site.shop}/order/place")
        fields = {
            field: re.search(rf'name="{field}"[^>]*value="([^"]*)"', placed.text)[1]
            for field in ("sku_ids", "idempotency_key", "csrfmiddlewaretoken")
        }
        refused = stranger.post(f"{site.shop}/order/commit", data=fields | {"addr_id": address, "pay_method": 1}, headers=JSON)
        assert 400 <= refused.status_code < 500 and refused.json()["code"] != 0
        own = stranger.post(
            f"{site.shop}/order/commit",
            data=fields | {"addr_id": re.search(r'name="addr_id"[^>]*value="([^"]*)"', placed.text)[1], "pay_method": 1},
            headers=JSON,
        )
        assert own.status_code == 200
        assert visitor.get(f"{site.shop}/order/detail/{own.json()['order_id']}").status_code == 404


def test_it_is_healthy(site):
    assert requests.get(f"{site.shop}/healthz", timeout=5).status_code == 200
