"""The same way in Chromium, at three widths and in two languages; the pictures are kept in `target/interop/pictures`."""

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from conftest import PASSWORD, ROOT, log_in, mail_to, make_site, register

PICTURES = ROOT / "target" / "interop" / "pictures"
WIDTHS = {360: 800, 768: 1024, 1280: 900}
# A button without a type submits its form.
SUBMIT = "button:not([type=button])"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    site = make_site("sqlite", tmp_path_factory.mktemp("browser"))
    site.run_shop("migrate")
    site.run_shop("seed")
    yield site
    site.stop()


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class Tab:
    """A page whose every error counts: a refused script, a missing picture, a line in the console."""

    def __init__(self, browser, site, width, language):
        self.context = browser.new_context(
            viewport={"width": width, "height": WIDTHS[width]},
            locale={"zh-hans": "zh-CN", "en": "en-GB"}[language],
            base_url=site.shop,
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000)
        self.name = f"{language}-{width}"
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda line: line.type == "error" and self.complaints.append(line.text))
        self.page.on("response", lambda answer: answer.status >= 400 and self.complaints.append(f"{answer.status} {answer.url}"))

    def picture(self, name):
        """Keeps a picture of a page that fits the width and whose fields, buttons and links a screen reader can name."""
        page = self.page
        too_wide = page.evaluate(
            """document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
                [...document.body.querySelectorAll('*')].filter(e => e.clientWidth && e.scrollWidth > e.clientWidth
                    && getComputedStyle(e).overflowX === 'visible').map(e => e.outerHTML.slice(0, 120))"""
        )
        assert not too_wide, f"{name} at {self.name} is too wide: {too_wide}"
        unnamed = page.evaluate(
            """[...document.querySelectorAll('input:not([type=hidden]), select, textarea, button, a')].filter(e =>
                !e.closest('[aria-hidden=true]') && !(e.labels && e.labels.length) && !e.getAttribute('aria-label')
                && !e.textContent.trim() && !e.title && !(e.querySelector('img[alt]:not([alt=""])'))).map(e => e.outerHTML)"""
        )
        assert not unnamed, f"{name}: without a name: {unnamed}"
        assert not page.evaluate("[...document.images].filter(i => !i.hasAttribute('alt')).length"), f"{name}: a picture without alt"
        # A full page shows what no visitor has scrolled to yet.
        page.evaluate(
            """Promise.all([...document.images].map(i => { i.loading = 'eager'; return i.decode(); }))"""
        )
        PICTURES.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=PICTURES / f"{name}-{self.name}.png", full_page=True)

    def close(self):
        self.context.close()
        assert not self.complaints, self.complaints


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_way(site, chromium, width, language):
    tab = Tab(chromium, site, width, language)
    page, name = tab.page, f"visitor_{language[:2]}_{width}"

    page.goto("/")
    assert page.locator("html").get_attribute("lang") == language
    tab.picture("index")
    page.goto("/list/0/1?sort=price")
    tab.picture("list")

    page.goto("/user/register")
    tab.picture("register")
    captcha = page.locator("img[src*='captcha.png']").first
    assert captcha.evaluate("image => image.naturalWidth") > 0
    fields = {"user_name": name, "password": PASSWORD, "password2": PASSWORD, "email": f"{name}@example.com", "captcha": "PASSED"}
    for field, value in fields.items():
        page.locator(f"[name={field}]").fill(value)
    page.locator("[name=allow]").check()
    page.locator(f"form:has([name=user_name]) {SUBMIT}").click()
    page.wait_for_url("**/user/login")
    tab.picture("login")
    page.goto(re.search(r"/user/active/[\w.\-]+", mail_to(site, f"{name}@example.com")["text"])[0])
    page.wait_for_url("**/user/login")
    page.locator("[name=username]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator(f"form:has([name=username]) {SUBMIT}").click()
    page.wait_for_url(f"{site.shop}/")

    # Into the cart without leaving the page.
    for sku in (1, 2):
        page.goto(f"/goods/{sku}")
        if sku == 1:
            tab.picture("detail")
        page.evaluate("window.unreloaded = true")
        page.locator(f"form[action='/cart/add'] {SUBMIT}").first.click()
        expect(page.locator("[data-cart-count]").first).to_have_text(str(sku))
        assert page.evaluate("window.unreloaded")
    page.goto("/cart/")
    tab.picture("cart")

    page.goto("/user/address")
    for field, value in {"receiver": "张三", "addr": "云南省昆明市五华区翠湖南路 1 号", "zip_code": "650031", "phone": "16612345678"}.items():
        page.locator(f"[name={field}]").fill(value)
    tab.picture("address")
    page.locator(f"form:has([name=receiver]) {SUBMIT}").click()
    page.goto("/user/")
    tab.picture("center")
    page.goto("/user/avatar")
    tab.picture("avatar")

    page.goto("/cart/")
    page.locator(f"form[action='/order/place'] {SUBMIT}").first.click()
    page.wait_for_url("**/order/place")
    tab.picture("place")
    page.locator(f"form[action='/order/commit'] {SUBMIT}").click()
    page.wait_for_url("**/order/detail/*")
    tab.picture("order")
    page.goto("/user/order/1")
    assert page.locator("[data-order-id]").count() >= 1
    tab.picture("orders")
    page.goto("/dev/mail")
    tab.picture("mail")
    tab.close()


def test_an_error_page_is_a_page(site, chromium):
    tab = Tab(chromium, site, 360, "en")
    tab.page.goto("/goods/999999")
    tab.picture("not-found")
    assert any("404" in complaint for complaint in tab.complaints)
    tab.complaints.clear()
    tab.close()


def test_the_longest_texts_fit_a_telephone(site, chromium, visitor):
    name = register(site, visitor, name="W" * 150)
    log_in(site, visitor, name)
    visitor.submit(f"{site.shop}/user/address", {"receiver": "W" * 20, "addr": "W" * 256, "zip_code": "650031", "phone": "16612345678"})
    visitor.submit(f"{site.shop}/goods/1", {"sku_id": 1, "count": 800}, to=f"{site.shop}/cart/add")
    tab = Tab(chromium, site, 360, "en")
    tab.context.add_cookies([{"name": cookie.name, "value": cookie.value, "url": site.shop} for cookie in visitor.cookies])
    for page, path in {"center": "/user/", "address": "/user/address", "cart": "/cart/", "mail": "/dev/mail"}.items():
        tab.page.goto(path)
        tab.picture(f"{page}-long")
    tab.page.goto("/cart/")
    tab.page.locator(f"form[action='/order/place'] {SUBMIT}").first.click()
    tab.page.wait_for_url("**/order/place")
    tab.picture("place-long")
    tab.page.locator(f"form[action='/order/commit'] {SUBMIT}").click()
    tab.page.wait_for_url("**/order/detail/*")
    tab.picture("order-long")
    tab.close()


def test_the_language_is_chosen_and_kept(site, chromium):
    tab = Tab(chromium, site, 1280, "zh-hans")
    tab.page.goto("/list/0/1")
    tab.page.locator("form[action='/i18n/setlang/'] [value=en]").first.click()
    tab.page.wait_for_url("**/list/0/1")
    assert tab.page.locator("html").get_attribute("lang") == "en"
    tab.page.goto("/")
    assert tab.page.locator("html").get_attribute("lang") == "en"
    tab.close()
