//! Addresses that belong together: `10.0.0.0/8`, `::1`.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// An address, or all that share its first bits. An IPv4 address written within IPv6 is the IPv4 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u32,
}

/// What is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MalformedNetwork;

impl Network {
    /// Whether the address belongs to it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            (IpAddr::V6(own), IpAddr::V6(other)) => (own.to_bits() ^ other.to_bits()).leading_zeros(),
            _ => return false,
        };
        same >= self.bits
    }
}

impl FromStr for Network {
    type Err = MalformedNetwork;

    fn from_str(text: &str) -> Result<Self, MalformedNetwork> {
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address = address.parse::<IpAddr>().map_err(|_| MalformedNetwork)?.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| MalformedNetwork)?;
        if bits <= most { Ok(Self { address, bits }) } else { Err(MalformedNetwork) }
    }
}

impl fmt::Display for MalformedNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected addresses such as 127.0.0.1, or networks such as 10.0.0.0/8")
    }
}

impl std::error::Error for MalformedNetwork {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn the_first_bits_decide() {
        let contains = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().contains(address.parse().unwrap())
        };
        assert!(contains("127.0.0.1", "127.0.0.1") && contains("127.0.0.1", "::ffff:127.0.0.1"));
        assert!(contains("10.0.0.0/8", "10.255.0.1") && contains("fd00::/8", "fd12::1"));
        assert!(contains("0.0.0.0/0", "8.8.8.8") && contains("10.1.2.3/8", "10.9.9.9"));
        assert!(!contains("127.0.0.1", "127.0.0.2") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(!contains("0.0.0.0/0", "::1") && !contains("::/0", "1.2.3.4"));
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for bad in ["", "localhost", "10.0.0.0/33", "::1/129", "10.0.0.0/-1", "10.0.0/8", "1.2.3.4/8/8"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}
