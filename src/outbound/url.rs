//! Whether a URL may be registered as a webhook.

use crate::outbound::WebhookConfig;
use reqwest::Url;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;

/// Longest URL, in bytes.
const URL_MAX: usize = 2_000;

/// Why a URL may not be a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// Not a URL, or one without a host.
    #[error("this is not a URL with a host")]
    Malformed,
    /// Too long.
    #[error("the URL is longer than {URL_MAX} bytes")]
    TooLong,
    /// Not https.
    #[error("only https:// is allowed")]
    Scheme,
    /// A user name or password in the URL.
    #[error("a URL with a user name or password is not allowed")]
    UserInfo,
    /// A fragment, which is never sent.
    #[error("a URL with a fragment (#) is not allowed")]
    Fragment,
    /// An address that is not public.
    #[error("this address is not a public one")]
    Address,
}

/// Checks a URL without looking its name up, for when a webhook is registered. What a name resolves to is checked
/// at each attempt.
pub fn check_url(url: &str, config: &WebhookConfig) -> Result<(), UrlFault> {
    parse(url, config).map(drop)
}

/// Parses and checks a URL.
pub(super) fn parse(text: &str, config: &WebhookConfig) -> Result<Url, UrlFault> {
    if text.len() > URL_MAX {
        return Err(UrlFault::TooLong);
    }
    // The parser drops white space and line ends within a URL; what was written is then not what is called.
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(UrlFault::Malformed);
    }
    let url = Url::parse(text).map_err(|_| UrlFault::Malformed)?;
    match url.scheme() {
        "https" => {}
        "http" if config.allow_http => {}
        _ => return Err(UrlFault::Scheme),
    }
    // `https://@host` has an empty user name, which the parser leaves out: look at the text too.
    let authority = text
        .split(['/', '?', '#', '\\'])
        .find(|part| !part.is_empty() && !part.ends_with(':'));
    if !url.username().is_empty()
        || url.password().is_some()
        || authority.is_some_and(|a| a.contains('@'))
    {
        return Err(UrlFault::UserInfo);
    }
    if url.fragment().is_some() {
        return Err(UrlFault::Fragment);
    }
    if !host_allowed(url.host_str().ok_or(UrlFault::Malformed)?, config) {
        return Err(UrlFault::Address);
    }
    Ok(url)
}

/// Whether a host as the parser gives it may be called: a literal address by the ranges, `localhost` as what it
/// always means; another name is vetted when it is resolved.
fn host_allowed(host: &str, config: &WebhookConfig) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse::<IpAddr>() {
        return config.allows(address);
    }
    let name = host.trim_end_matches('.');
    if name == "localhost" || name.ends_with(".localhost") {
        return config.allows(Ipv4Addr::LOCALHOST.into())
            || config.allows(Ipv6Addr::LOCALHOST.into());
    }
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::UrlFault;
    use super::check_url;
    use crate::outbound::WebhookConfig;
    use proptest::prelude::any;
    use proptest::proptest;

    #[test]
    fn a_url_is_judged_as_it_is_parsed() {
        let faults = [
            ("https://ontvanger.example/haak", None),
            ("https://ontvanger.example:8443/haak?x=1", None),
            ("https://1.1.1.1/", None),
            ("https://[2a00:1450::1]/", None),
            ("http://ontvanger.example/", Some(UrlFault::Scheme)),
            ("ftp://ontvanger.example/", Some(UrlFault::Scheme)),
            ("file:///etc/passwd", Some(UrlFault::Scheme)),
            ("ontvanger.example", Some(UrlFault::Malformed)),
            ("https://", Some(UrlFault::Malformed)),
            ("https:///", Some(UrlFault::Malformed)),
            ("https://ontvanger.example/\n", Some(UrlFault::Malformed)),
            ("https://ont\tvanger.example/", Some(UrlFault::Malformed)),
            ("https://a@ontvanger.example/", Some(UrlFault::UserInfo)),
            ("https://a:b@ontvanger.example/", Some(UrlFault::UserInfo)),
            ("https://@ontvanger.example/", Some(UrlFault::UserInfo)),
            ("https:@ontvanger.example/", Some(UrlFault::UserInfo)),
            ("https://1.1.1.1@127.0.0.1/", Some(UrlFault::UserInfo)),
            ("https://ontvanger.example/#x", Some(UrlFault::Fragment)),
            ("https://localhost/", Some(UrlFault::Address)),
            ("https://LOCALHOST./", Some(UrlFault::Address)),
            ("https://x.localhost/", Some(UrlFault::Address)),
            ("https://127.0.0.1/", Some(UrlFault::Address)),
            ("https://127.0.0.1./", Some(UrlFault::Address)),
            ("https://127.1/", Some(UrlFault::Address)),
            ("https://2130706433/", Some(UrlFault::Address)),
            ("https://0x7f000001/", Some(UrlFault::Address)),
            ("https://0x7f.0.0.1/", Some(UrlFault::Address)),
            ("https://0177.0.0.1/", Some(UrlFault::Address)),
            ("https://１２７.０.０.１/", Some(UrlFault::Address)),
            ("https://127%2e0.0.1/", Some(UrlFault::Address)),
            ("https://0.0.0.0/", Some(UrlFault::Address)),
            ("https://0/", Some(UrlFault::Address)),
            ("https://[::1]/", Some(UrlFault::Address)),
            ("https://[::]/", Some(UrlFault::Address)),
            ("https://[::ffff:127.0.0.1]/", Some(UrlFault::Address)),
            ("https://[::ffff:7f00:1]/", Some(UrlFault::Address)),
            ("https://[64:ff9b::7f00:1]/", Some(UrlFault::Address)),
            ("https://169.254.169.254/latest", Some(UrlFault::Address)),
            ("https://10.0.0.1:8443/", Some(UrlFault::Address)),
        ];
        for (url, fault) in faults {
            assert_eq!(
                check_url(url, &WebhookConfig::default()).err(),
                fault,
                "{url}"
            );
        }
        let long = format!("https://ontvanger.example/{}", "x".repeat(2_000));
        assert_eq!(
            check_url(&long, &WebhookConfig::default()),
            Err(UrlFault::TooLong)
        );
    }

    #[test]
    fn the_operator_can_allow_http_and_an_address() {
        let config = WebhookConfig {
            allow_http: true,
            allow_private: vec!["127.0.0.1".parse().expect("an address")],
            ..WebhookConfig::default()
        };
        for url in [
            "http://127.0.0.1:9000/haak",
            "http://localhost/",
            "http://2130706433/",
        ] {
            assert_eq!(check_url(url, &config), Ok(()), "{url}");
        }
        assert_eq!(
            check_url("http://127.0.0.2/", &config),
            Err(UrlFault::Address)
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_the_check_panic(text in any::<String>(), host in "[0-9a-fx.:@\\[\\]%]{0,20}") {
            let _ = check_url(&text, &WebhookConfig::default());
            let _ = check_url(&format!("https://{host}/"), &WebhookConfig::default());
        }

        #[test]
        fn however_an_address_is_written_a_private_one_is_refused(low in 0_u32..(1 << 24)) {
            let number = (10 << 24) | low;
            for host in [format!("{number}"), format!("{number:#x}"), format!("0{number:o}")] {
                assert_eq!(
                    check_url(&format!("https://{host}/"), &WebhookConfig::default()),
                    Err(UrlFault::Address)
                );
            }
        }
    }
}
