"""One site with one login: what one of the two writes, the other reads."""

import uuid

import pytest

from conftest import PASSWORD, TOKEN, Visitor, log_in, register


@pytest.fixture(scope="module")
def member(site):
    """The name of a user who registered and was activated at the shop."""
    with Visitor() as visitor:
        return register(site, visitor)


def django_sees(site, visitor):
    return visitor.get(f"{site.django}/").json()


def shop_greets(site, visitor):
    """Whether the shop's user page opens, and for whom."""
    answer = visitor.get(f"{site.shop}/user/", allow_redirects=False)
    return answer.text if answer.status_code == 200 else None


def test_django_has_nothing_left_to_migrate(site):
    assert "No planned migration operations" in site.run_django("migrate", "--plan").stdout


def test_a_login_at_django_is_one_at_the_shop(site, visitor, member):
    answer = visitor.submit(f"{site.django}/login/", {"username": member, "password": PASSWORD})
    assert answer.status_code == 302
    assert member in shop_greets(site, visitor)


def test_a_login_at_the_shop_is_one_at_django(site, visitor, member):
    log_in(site, visitor, member)
    seen = django_sees(site, visitor)
    assert seen["authenticated"] and seen["username"] == member


def test_django_accepts_the_hash_of_a_password_set_at_the_shop(site, member):
    script = f"from django.contrib.auth.models import User; u = User.objects.get(username={member!r}); print(u.check_password({PASSWORD!r}), u.password)"
    assert site.run_django("shell", "-v0", "-c", script).stdout.startswith("True pbkdf2_sha256$1000000$")


def test_a_user_made_by_django_logs_in_at_the_shop(site, visitor):
    name = f"django_{uuid.uuid4().hex[:8]}"
    script = f"from django.contrib.auth.models import User; User.objects.create_user({name!r}, password={PASSWORD!r})"
    site.run_django("shell", "-v0", "-c", script)
    log_in(site, visitor, name)
    assert name in shop_greets(site, visitor)


@pytest.mark.parametrize("leave", ["django", "shop"])
def test_a_logout_at_either_is_one_at_both(site, visitor, member, leave):
    log_in(site, visitor, member)
    assert shop_greets(site, visitor) and django_sees(site, visitor)["authenticated"]
    before = visitor.cookies["sessionid"]
    if leave == "django":
        visitor.submit(f"{site.django}/password/", {}, to=f"{site.django}/logout/")
    else:
        visitor.submit(f"{site.shop}/user/", {}, to=f"{site.shop}/user/logout")
    assert shop_greets(site, visitor) is None
    assert not django_sees(site, visitor)["authenticated"]
    # The old key is worth nothing either: the row is gone, not only the cookie.
    visitor.cookies.set("sessionid", before)
    assert shop_greets(site, visitor) is None
    assert site.query("SELECT count(*) FROM django_session WHERE session_key = ?", before) == [(0,)]


def test_a_form_of_one_is_accepted_by_the_other(site, visitor, member):
    at_django = TOKEN.search(visitor.page(f"{site.django}/login/"))[1]
    fields = {"username": member, "password": PASSWORD}
    answer = visitor.post(f"{site.shop}/user/login", data=fields | {"csrfmiddlewaretoken": at_django}, allow_redirects=False)
    assert answer.status_code == 302

    with Visitor() as other:
        at_shop = TOKEN.search(other.page(f"{site.shop}/user/login"))[1]
        answer = other.post(f"{site.django}/login/", data=fields | {"csrfmiddlewaretoken": at_shop}, allow_redirects=False)
        assert answer.status_code == 302
        wrong = other.post(f"{site.django}/login/", data=fields | {"csrfmiddlewaretoken": at_django}, allow_redirects=False)
        assert wrong.status_code == 403


def test_a_cart_that_django_filled_is_the_shops(site, visitor):
    note = "天天生鲜：草莓🍓 and \"quotes\" é"
    visitor.submit(f"{site.django}/cart/", {"sku_id": "1", "count": "2", "note": note})
    cart = visitor.get(f"{site.shop}/cart/", headers={"Accept": "application/json"}).json()
    assert cart["count"] == 2 and [(line["sku_id"], line["count"]) for line in cart["lines"]] == [(1, 2)]
    # The shop changes the cart and keeps what it does not know.
    visitor.submit(f"{site.shop}/goods/2", {"sku_id": "2", "count": "3"}, to=f"{site.shop}/cart/add")
    session = django_sees(site, visitor)["session"]
    assert session["cart"] == {"1": 2, "2": 3}
    assert session["note"] == note


def test_a_cart_that_the_shop_filled_is_djangos(site, visitor):
    visitor.submit(f"{site.shop}/goods/3", {"sku_id": "3", "count": "4"}, to=f"{site.shop}/cart/add")
    assert 'data-sku="3" data-count="4"' in visitor.page(f"{site.django}/cart/")
    visitor.submit(f"{site.django}/cart/", {"sku_id": "3", "count": "1"})
    assert visitor.get(f"{site.shop}/cart/", headers={"Accept": "application/json"}).json()["count"] == 5


def test_a_message_left_at_one_is_shown_at_the_other(site, visitor, member):
    visitor.submit(f"{site.django}/cart/", {"text": "你好，云鲜 & co"}, to=f"{site.django}/messages/")
    assert "你好，云鲜 &amp; co" in visitor.page(f"{site.shop}/user/login")
    assert "你好" not in visitor.page(f"{site.shop}/user/login")


def test_a_password_changed_at_django_ends_the_shops_other_sessions(site, visitor):
    name = register(site, visitor)
    log_in(site, visitor, name)
    with Visitor() as elsewhere:
        log_in(site, elsewhere, name)
        fresh = PASSWORD + " new"
        fields = {"old_password": PASSWORD, "new_password1": fresh, "new_password2": fresh}
        assert visitor.submit(f"{site.django}/password/", fields).status_code == 302
        assert shop_greets(site, elsewhere) is None
        assert shop_greets(site, visitor)
        log_in(site, elsewhere, name, password=fresh)
