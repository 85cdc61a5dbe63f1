//! Every route of the shop.

use axum::routing::{get, post};
use nuages::Urls;
use nuages::site::{health, set_language};
use nuages::urls::Policy;

use crate::{cart, dev, goods, order, user};

/// Names are Django's way: `goods:detail`.
pub(crate) fn urls() -> Urls {
    Urls::new()
        .path("", get(goods::index::index), "goods:index")
        .path("goods/<int:id>", get(goods::detail::detail), "goods:detail")
        .path("list/<int:category>/<str:page>", get(goods::list::list), "goods:list")
        .path("captcha.png", get(user::captcha::picture), "captcha:picture")
        .include("user/", user_urls())
        .include("cart/", cart_urls())
        .include("order/", order_urls())
        .path("dev/mail", get(dev::mailbox), "dev:mail")
        .path("dev/mail.json", get(dev::mailbox_json), "dev:mail_json")
        .path("i18n/setlang/", post(set_language), "i18n:setlang")
        .path("healthz", get(health), "healthz")
}

fn user_urls() -> Urls {
    // A picture of 2 MB and the form around it; beyond that nobody listens.
    let picture = Policy { body_limit: 4 << 20, ..Policy::default() };
    Urls::new()
        .path("", get(user::center::center), "user:center")
        .path("register", get(user::register::form).post(user::register::register), "user:register")
        .path("active/<str:token>", get(user::activate::activate), "user:activate")
        .path("resend", post(user::activate::resend), "user:resend")
        .path("login", get(user::login::form).post(user::login::login), "user:login")
        .path("logout", post(user::login::logout), "user:logout")
        .path("address", get(user::address::form).post(user::address::add), "user:address")
        .path("avatar", get(user::avatar::form).post(user::avatar::upload), "user:avatar")
        .policy(picture)
        .path("order/<str:page>", get(user::orders::orders), "user:orders")
}

fn cart_urls() -> Urls {
    Urls::new()
        .path("", get(cart::handlers::page), "cart:cart")
        .path("add", post(cart::handlers::add), "cart:add")
        .path("update", post(cart::handlers::update), "cart:update")
        .path("delete", post(cart::handlers::delete), "cart:delete")
}

fn order_urls() -> Urls {
    Urls::new()
        .path("place", get(order::place::to_cart).post(order::place::place), "order:place")
        .path("commit", post(order::commit::commit), "order:commit")
        .path("detail/<str:order_id>", get(order::detail::detail), "order:detail")
}
