//! Which addresses a webhook may go to.

use serde::Deserialize;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::str::FromStr;

/// A range of addresses, written as `10.1.0.0/16`, `fd00::/8` or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    /// The first address, as bits aligned to the left of 128.
    bits: u128,
    /// How many leading bits count.
    prefix: u32,
    v4: bool,
}

/// Why a text is not a [`Network`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write an address or a range such as 10.1.0.0/16, without bits set beyond the prefix")]
pub struct NetworkError;

impl Network {
    /// Whether the range holds an address. An IPv4 range holds only IPv4 addresses.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (bits, v4) = aligned(address);
        v4 == self.v4 && (bits ^ self.bits) & mask(self.prefix) == 0
    }
}

/// The bits of an address, aligned to the left, and whether it is IPv4.
fn aligned(address: IpAddr) -> (u128, bool) {
    match address {
        IpAddr::V4(v4) => (u128::from(v4.to_bits()) << 96, true),
        IpAddr::V6(v6) => (v6.to_bits(), false),
    }
}

/// The leading bits that a prefix compares.
const fn mask(prefix: u32) -> u128 {
    match prefix {
        0 => 0,
        prefix => u128::MAX << (128 - prefix),
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| NetworkError)?;
        let (bits, v4) = aligned(address);
        let width = if v4 { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(width), |p| p.parse().map_err(|_| NetworkError))?;
        if prefix > width || bits & !mask(prefix) != 0 {
            return Err(NetworkError);
        }
        Ok(Self { bits, prefix, v4 })
    }
}

impl TryFrom<String> for Network {
    type Error = NetworkError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

const fn v4(a: u8, b: u8, c: u8, prefix: u32) -> Network {
    Network {
        bits: (Ipv4Addr::new(a, b, c, 0).to_bits() as u128) << 96,
        prefix,
        v4: true,
    }
}

const fn v6(a: u16, b: u16, c: u16, prefix: u32) -> Network {
    Network {
        bits: Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_bits(),
        prefix,
        v4: false,
    }
}

/// What of IPv4 is not public: the IANA special-purpose registry (RFC 6890 and later), multicast and class E.
const NOT_PUBLIC_V4: [Network; 16] = [
    v4(0, 0, 0, 8),      // this network, unspecified
    v4(10, 0, 0, 8),     // private
    v4(100, 64, 0, 10),  // carrier-grade NAT
    v4(127, 0, 0, 8),    // loopback
    v4(169, 254, 0, 16), // link-local, cloud metadata
    v4(172, 16, 0, 12),  // private
    v4(192, 0, 0, 24),   // protocol assignments
    v4(192, 0, 2, 24),   // documentation
    v4(192, 31, 196, 24),
    v4(192, 52, 193, 24),
    v4(192, 88, 99, 24),  // 6to4 relays, deprecated
    v4(192, 168, 0, 16),  // private
    v4(198, 18, 0, 15),   // benchmarks
    v4(198, 51, 100, 24), // documentation
    v4(203, 0, 113, 24),  // documentation
    v4(224, 0, 0, 3),     // multicast, reserved, broadcast
];

/// What of IPv6 may be public at all: global unicast. Loopback, unspecified, unique local, link-local, multicast,
/// NAT64 (`64:ff9b::/96`) and IPv4-mapped lie outside it.
const PUBLIC_V6: Network = v6(0x2000, 0, 0, 3);

/// What of it is not public.
const NOT_PUBLIC_V6: [Network; 4] = [
    v6(0x2001, 0, 0, 23),     // protocol assignments: Teredo, benchmarks, ORCHID
    v6(0x2001, 0xdb8, 0, 32), // documentation
    v6(0x2002, 0, 0, 16),     // 6to4, which wraps any IPv4 address
    v6(0x3fff, 0, 0, 20),     // documentation
];

/// The address that is really meant: an IPv4-mapped IPv6 address is its IPv4 address.
fn meant(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// Whether anyone on the internet could have this address.
fn is_public(address: IpAddr) -> bool {
    let in_any = |networks: &[Network]| networks.iter().any(|n| n.contains(address));
    match address {
        IpAddr::V4(_) => !in_any(&NOT_PUBLIC_V4),
        IpAddr::V6(_) => PUBLIC_V6.contains(address) && !in_any(&NOT_PUBLIC_V6),
    }
}

/// Whether a webhook may go to this address: a public one, or one the operator allows.
pub(super) fn is_allowed(address: IpAddr, allowed: &[Network]) -> bool {
    let address = meant(address);
    is_public(address) || allowed.iter().any(|network| network.contains(address))
}

#[cfg(test)]
mod tests {
    use super::Network;
    use super::is_allowed;
    use std::net::IpAddr;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address of the test")
    }

    #[test]
    fn only_public_addresses_are_allowed_by_default() {
        let public = [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.167.0.1",
            "223.255.255.255",
            "2a00:1450::1",
            "2001:4860::8888",
            "2001:db7::1",
            "::ffff:8.8.8.8",
        ];
        for address in public {
            assert!(is_allowed(ip(address), &[]), "{address}");
        }
        let other = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in other {
            assert!(!is_allowed(ip(address), &[]), "{address}");
        }
    }

    #[test]
    fn the_operator_can_allow_a_range() {
        let allowed = ["10.1.0.0/16", "127.0.0.1", "fd00::/8"]
            .map(|text| text.parse::<Network>().expect("a range"));
        for address in ["10.1.255.1", "127.0.0.1", "::ffff:10.1.0.1", "fd12::1"] {
            assert!(is_allowed(ip(address), &allowed), "{address}");
        }
        for address in ["10.2.0.1", "127.0.0.2", "fc00::1", "::1"] {
            assert!(!is_allowed(ip(address), &allowed), "{address}");
        }
    }

    #[test]
    fn a_range_that_is_not_one_is_refused() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.1/8",
            "x/8",
            "10.0.0.0/",
            "::1/129",
            "10.0.0/8",
        ] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0", "10.0.0.1/32", "::1"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
    }
}
