//! The reference application of Nuages: an online shop.
//!
//! All routes are in `routes.rs`; a page's handler is in the folder of what it is about.

pub mod cart;
mod context;
mod dev;
mod embedded;
mod form;
pub mod goods;
mod mails;
pub mod order;
mod page;
mod routes;
mod schema;
mod seed;
pub mod user;

use nuages::Settings;
use nuages::site::{App, Command, Site};
use nuages::task::TaskSet;

/// What this application presets; the environment and `nuages.toml` go over it.
pub fn defaults() -> Settings {
    Settings {
        language_code: "zh-hans".to_owned(),
        languages: vec!["zh-hans".to_owned(), "en".to_owned()],
        login_url: "/user/login".to_owned(),
        login_redirect_url: "/".to_owned(),
        default_from_email: "Nuages Fresh <shop@localhost>".to_owned(),
        ..Settings::default()
    }
}

/// The shop with these settings.
pub fn site(settings: Settings) -> Site {
    Site::new(settings)
        .urls(routes::urls())
        .models(schema::models())
        .tasks(tasks())
        .templates(embedded::TEMPLATES)
        .static_files(embedded::STATIC_FILES)
        .locale(embedded::LOCALE)
        .context(context::context)
}

/// The shop's own subcommands.
pub fn commands() -> Vec<Command> {
    vec![
        Command::new("seed", "Put the demonstration goods on the shelves, if there are none", seed::seed),
        Command::new("demo", "Put goods on the shelves and make the demo's staff login", seed::demo)
            .in_demo(),
    ]
}

/// What workers do.
fn tasks() -> TaskSet<App> {
    TaskSet::new()
        .task(user::activation::SEND, user::activation::send)
        .task(user::activation::ALREADY, user::activation::send_already_registered)
        .task(order::mail::TASK, order::mail::send)
        .task(cart::FORGET, cart::forget)
        .every(cart::FORGET_EVERY, cart::FORGET)
}
