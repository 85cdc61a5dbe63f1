//! Who asked, when a proxy stands between.

use std::net::IpAddr;

use http::HeaderMap;

use crate::settings::Network;

/// The client's address: that of the connection (`REMOTE_ADDR`), or, when this is a trusted proxy, the last one in
/// `X-Forwarded-For` that no trusted proxy has. What stands before it may have been written by the client itself.
pub fn client_ip(connection: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
    let mut client = connection.to_canonical();
    let lines = headers.get_all("x-forwarded-for").into_iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).collect();
    for hop in hops.into_iter().rev() {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        if !is_trusted(client) {
            break;
        }
        client = address.to_canonical();
    }
    client
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn only_what_a_trusted_proxy_says_counts() {
        let trusted = ["127.0.0.1".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
        let asked = |connection: &str, forwarded: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", forwarded.parse().unwrap());
            client_ip(connection.parse().unwrap(), &headers, &trusted).to_string()
        };
        assert_eq!(asked("127.0.0.1", "203.0.113.9"), "203.0.113.9");
        assert_eq!(asked("127.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2"), "203.0.113.9");
        assert_eq!(asked("203.0.113.7", "1.1.1.1"), "203.0.113.7");
        assert_eq!(asked("127.0.0.1", "unknown"), "127.0.0.1");
        assert_eq!(asked("::ffff:127.0.0.1", "2001:db8::1"), "2001:db8::1");
        assert_eq!(
            client_ip("127.0.0.1".parse().unwrap(), &HeaderMap::new(), &trusted).to_string(),
            "127.0.0.1"
        );
    }
}
