//! Which kind of answer a client prefers (`HttpRequest.get_preferred_type`).

use http::HeaderMap;
use http::header::ACCEPT;
use nuages_wire::header_params::parse_header_parameters;

/// One entry of an Accept header: `text/html;q=0.9`.
#[derive(Debug, Clone, PartialEq)]
struct MediaType {
    main: String,
    sub: String,
    has_parameters: bool,
    quality: f64,
}

/// The one of `offered` that the client likes best; the first of equals, `None` when it takes none of them.
///
/// ```
/// use http::{HeaderMap, header::ACCEPT};
/// use nuages::request::preferred_type;
///
/// let headers = HeaderMap::from_iter([(ACCEPT, "application/json, */*".parse()?)]);
/// assert_eq!(preferred_type(&headers, &["text/html", "application/json"]), Some("application/json"));
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
pub fn preferred_type<'o>(headers: &HeaderMap, offered: &[&'o str]) -> Option<&'o str> {
    let lines: Vec<&str> = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let line = if headers.contains_key(ACCEPT) { lines.join(",") } else { "*/*".to_owned() };
    let mut accepted: Vec<MediaType> = line.split(',').filter_map(MediaType::parse).collect();
    accepted.sort_by(|a, b| b.quality.total_cmp(&a.quality).then(b.specificity().cmp(&a.specificity())));
    // The most specific entry that covers an offer speaks for it, however low its quality.
    let rank = |offer: &str| {
        let best = accepted.iter().enumerate().filter(|(_, entry)| entry.covers(offer));
        best.max_by(|(i, a), (j, b)| {
            a.specificity().cmp(&b.specificity()).then(a.quality.total_cmp(&b.quality)).then(j.cmp(i))
        })
        .map(|(index, _)| index)
    };
    let ranked = offered.iter().filter_map(|offer| Some((rank(offer)?, *offer)));
    ranked.min_by_key(|(rank, _)| *rank).map(|(_, offer)| offer)
}

impl MediaType {
    /// `None` for an empty entry and for one that is refused by `q=0`.
    fn parse(entry: &str) -> Option<Self> {
        let line = parse_header_parameters(entry.trim()).ok()?;
        let (main, sub) = line.value.split_once('/').unwrap_or((&line.value, ""));
        let quality = line.get("q").map_or(1.0, |text| match text.trim().parse::<f64>() {
            Ok(quality) if (0.0..=1.0).contains(&quality) => (quality * 1000.0).round() / 1000.0,
            _ => 1.0,
        });
        let has_parameters = line.params.iter().any(|(name, _)| name != "q");
        let (main, sub) = (main.to_owned(), sub.to_owned());
        (!entry.trim().is_empty() && quality != 0.0).then_some(Self { main, sub, has_parameters, quality })
    }

    fn specificity(&self) -> u8 {
        match self {
            _ if self.main == "*" => 0,
            _ if self.sub == "*" => 1,
            _ if !self.has_parameters => 2,
            _ => 3,
        }
    }

    /// Whether this entry means `offer`, which has no parameters: an entry with parameters never does.
    fn covers(&self, offer: &str) -> bool {
        let (main, sub) = offer.split_once('/').unwrap_or((offer, ""));
        !self.has_parameters
            && (self.main == "*" || self.main == main)
            && (self.sub == "*" || self.sub == sub)
            && !self.main.is_empty()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn it_prefers_what_django_prefers() {
        const HTML: Option<&str> = Some("text/html");
        const JSON: Option<&str> = Some("application/json");
        // Recorded from HttpRequest.get_preferred_type(["text/html", "application/json"]).
        for (accept, preferred) in [
            (None, HTML),
            (Some(""), None),
            (Some("*/*"), HTML),
            (Some("application/json"), JSON),
            (Some("Application/JSON"), JSON),
            (Some("application/json, text/plain, */*"), JSON),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), HTML),
            (Some("application/json;q=0.5, text/html"), HTML),
            (Some("application/json, text/html;q=0.5"), JSON),
            (Some("application/json;q=0, */*"), HTML),
            (Some("application/*, text/html;q=0.1"), JSON),
            (Some("application/json;v=1"), None),
            (Some("text/html;q=5, application/json"), HTML),
            (Some("image/png"), None),
            (Some("json"), None),
            (Some("*"), None),
            (Some("application/json;q=0.1, */*"), HTML),
        ] {
            let headers: HeaderMap = accept.iter().map(|accept| (ACCEPT, accept.parse().unwrap())).collect();
            assert_eq!(preferred_type(&headers, &["text/html", "application/json"]), preferred, "{accept:?}");
        }
    }
}
