//! SPIFFE identities, `spiffe://TD/ns/NS/sa/SA`, with the strict grammar of security.md 2. (pure)
//!
//! One parser shared by all components: it rejects and never normalises, so that what is compared,
//! logged and signed is always the same text.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use arcstr::ArcStr;
use serde::{Deserialize, Serialize};

/// The scheme and separator that every identity starts with.
pub const SCHEME: &str = "spiffe://";
const NAMESPACE: &str = "/ns/";
const ACCOUNT: &str = "/sa/";

const MAX_URI: usize = 2048;
const MAX_TRUST_DOMAIN: usize = 255;
const MAX_LABEL: usize = 63;
const MAX_SUBDOMAIN: usize = 253;

/// Who a workload is. Holds only values that the grammar allows. Clones share the text.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    uri: ArcStr,
    /// Where the namespace begins.
    namespace: u16,
    /// Where the service account begins.
    account: u16,
}

/// A text that is not an identity, and which part of it is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid spiffe identity: {uri} ({reason})")]
pub struct ParseIdentityError {
    uri: String,
    reason: &'static str,
}

impl ParseIdentityError {
    /// What an operator can do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        "identities have the form spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT, in lower case"
    }
}

impl Identity {
    /// Joins the parts; refuses what the grammar does not allow.
    pub fn new(
        trust_domain: &str,
        namespace: &str,
        service_account: &str,
    ) -> Result<Self, ParseIdentityError> {
        let uri = || format!("{SCHEME}{trust_domain}{NAMESPACE}{namespace}{ACCOUNT}{service_account}");
        let fault = if !is_trust_domain(trust_domain) {
            "trust domain"
        } else if !is_dns_label(namespace) {
            "namespace"
        } else if !is_dns_subdomain(service_account) {
            "service account"
        } else {
            let start = SCHEME.len() + trust_domain.len() + NAMESPACE.len();
            return Ok(Self {
                uri: uri().into(),
                namespace: offset(start),
                account: offset(start + namespace.len() + ACCOUNT.len()),
            });
        };
        Err(ParseIdentityError {
            uri: shown(&uri()),
            reason: fault,
        })
    }

    /// The whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.uri
    }

    /// The whole text, shared.
    #[must_use]
    pub fn uri(&self) -> &ArcStr {
        &self.uri
    }

    /// The trust domain.
    #[must_use]
    pub fn trust_domain(&self) -> &str {
        &self.uri[SCHEME.len()..usize::from(self.namespace) - NAMESPACE.len()]
    }

    /// The namespace.
    #[must_use]
    pub fn namespace(&self) -> &str {
        &self.uri[usize::from(self.namespace)..usize::from(self.account) - ACCOUNT.len()]
    }

    /// The service account's name.
    #[must_use]
    pub fn service_account(&self) -> &str {
        &self.uri[usize::from(self.account)..]
    }

    /// The form that policies compare: without the scheme (authorization.md 3).
    #[must_use]
    pub fn principal(&self) -> &str {
        &self.uri[SCHEME.len()..]
    }

    fn parts(&self) -> [&str; 3] {
        [self.trust_domain(), self.namespace(), self.service_account()]
    }
}

/// The grammar bounds every part, so that all of them end before 64 KiB.
fn offset(place: usize) -> u16 {
    u16::try_from(place).expect("the parts are bounded")
}

impl PartialOrd for Identity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Part by part.
impl Ord for Identity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.parts().cmp(&other.parts())
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.as_str()).finish()
    }
}

impl FromStr for Identity {
    type Err = ParseIdentityError;

    fn from_str(uri: &str) -> Result<Self, Self::Err> {
        let malformed = |reason| ParseIdentityError {
            uri: shown(uri),
            reason,
        };
        if uri.len() > MAX_URI {
            return Err(malformed("longer than 2048 bytes"));
        }
        let path = uri.strip_prefix(SCHEME).ok_or_else(|| malformed("scheme"))?;
        let mut segments = path.split('/');
        match std::array::from_fn(|_| segments.next()) {
            [Some(td), Some("ns"), Some(ns), Some("sa"), Some(sa), None] => Self::new(td, ns, sa),
            _ => Err(malformed("segments")),
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Identity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Identity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

/// Foreign text as it may be shown in a log: one line, bounded (security.md L2).
fn shown(text: &str) -> String {
    text.chars().take(256).flat_map(char::escape_default).collect()
}

/// Whether a text may be a trust domain.
#[must_use]
pub fn is_trust_domain(text: &str) -> bool {
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_');
    (1..=MAX_TRUST_DOMAIN).contains(&text.len()) && text.bytes().all(allowed) && text != "." && text != ".."
}

/// Whether a text is a DNS label of at most 63 characters.
#[must_use]
pub fn is_dns_label(text: &str) -> bool {
    let inner = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
    (1..=MAX_LABEL).contains(&text.len())
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Whether a text is a DNS subdomain: labels joined by dots, at most 253 characters.
#[must_use]
pub fn is_dns_subdomain(text: &str) -> bool {
    let label = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
            && !part.starts_with('-')
            && !part.ends_with('-')
    };
    (1..=MAX_SUBDOMAIN).contains(&text.len()) && text.split('.').all(label)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_well_formed_identity_is_read_part_by_part() {
        let identity: Identity = "spiffe://cluster.local/ns/foo/sa/bar.baz".parse().unwrap();
        assert_eq!(identity.trust_domain(), "cluster.local");
        assert_eq!(identity.namespace(), "foo");
        assert_eq!(identity.service_account(), "bar.baz");
        assert_eq!(identity.principal(), "cluster.local/ns/foo/sa/bar.baz");
    }

    #[test]
    fn whatever_the_grammar_does_not_allow_is_rejected() {
        let long = format!("spiffe://td/ns/a/sa/{}", "a".repeat(2029));
        let cases = [
            "SPIFFE://td/ns/a/sa/b",
            "spiffe://TD/ns/a/sa/b",
            "spiffe://user@td/ns/a/sa/b",
            "spiffe://td:80/ns/a/sa/b",
            "spiffe://td/ns/a/sa/b?x",
            "spiffe://td/ns/a/sa/b#x",
            "spiffe://td/ns/a%20/sa/b",
            "spiffe://td/ns//sa/b",
            "spiffe:///ns/a/sa/b",
            "spiffe://td/ns/./sa/b",
            "spiffe://td/ns/a/sa/..",
            "spiffe://../ns/a/sa/b",
            "spiffe://td/ns/a/sa",
            "spiffe://td/ns/a/sa/b/c",
            "spiffe://td/ns/a/sa/b/",
            "spiffe://td/sa/a/ns/b",
            "spiffe://td/ns/a/sa/b\0",
            "spiffe://td/ns/a/sa/b\n",
            "spiffe://td/ns/ä/sa/b",
            "spiffe://td/ns/a.b/sa/b",
            "spiffe://td/ns/-a/sa/b",
            "spiffe://td/ns/a/sa/b-",
            " spiffe://td/ns/a/sa/b",
            "td/ns/a/sa/b",
            "",
            &long,
        ];
        for case in cases {
            assert!(case.parse::<Identity>().is_err(), "{case:?}");
        }
        assert_eq!(long.len(), 2049);
    }

    #[test]
    fn errors_show_foreign_text_on_one_line() {
        let error = "spiffe://td/\n\u{1b}[31m"
            .parse::<Identity>()
            .unwrap_err()
            .to_string();
        assert!(!error.contains(['\n', '\u{1b}']), "{error}");
    }

    fn identity() -> impl Strategy<Value = Identity> {
        let label = "[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?";
        (
            "[a-z0-9][a-z0-9._-]{0,40}",
            label,
            proptest::collection::vec(label, 1..4),
        )
            .prop_map(|(td, ns, sa)| Identity::new(&td, &ns, &sa.join(".")).unwrap())
    }

    proptest! {
        #[test]
        fn what_is_displayed_parses_to_itself(identity in identity()) {
            prop_assert_eq!(identity.to_string().parse::<Identity>(), Ok(identity));
        }

        #[test]
        fn no_text_panics_and_what_parses_is_displayed_unchanged(text in "(spiffe://)?[a-zA-Z0-9/._%:@?#-]{0,60}") {
            if let Ok(identity) = text.parse::<Identity>() {
                prop_assert_eq!(identity.to_string(), text);
            }
        }
    }
}
