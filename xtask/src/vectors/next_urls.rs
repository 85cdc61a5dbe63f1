//! `next_urls.json`: redirect targets.

use nuages_wire::next_urls::url_has_allowed_host_and_scheme;
use serde_json::json;

use super::{Case, Ran};

pub(super) fn run(case: &Case) -> Ran {
    match case.op {
        "allowed" => {
            let hosts = match case.get("hosts") {
                Some(hosts) if hosts.is_array() => case.texts("hosts")?,
                _ => case.optional_text("hosts").into_iter().collect(),
            };
            let require_https = case.flag("require_https").unwrap_or(false);
            let url = case.optional_text("url").unwrap_or_default();
            case.check(Ok(json!(url_has_allowed_host_and_scheme(url, &hosts, require_https))))
        }
        _ => case.unknown(),
    }
}
