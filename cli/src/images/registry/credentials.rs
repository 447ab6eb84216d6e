//! Who we are to a registry, and what it asks (RFC 7235, and the token authentication of the distribution project).

use crate::base64;
use http::HeaderValue;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::PathBuf;

/// A user and a password; never shown.
#[derive(Clone)]
pub struct Credentials {
    user: String,
    password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("user", &self.user)
            .finish_non_exhaustive()
    }
}

impl Credentials {
    /// Of a user and a password.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self {
            user: user.into(),
            password: password.into(),
        }
    }

    /// What other programs left for a host in the container engines' file of logins.
    #[must_use]
    pub fn found(host: &str) -> Option<Self> {
        let files =
            ["REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "HOME"].map(|name| (name, std::env::var_os(name)));
        let mut paths = files.into_iter().filter_map(|(name, value)| {
            let value = PathBuf::from(value?);
            Some(match name {
                "REGISTRY_AUTH_FILE" => value,
                "DOCKER_CONFIG" => value.join("config.json"),
                _ => value.join(".docker/config.json"),
            })
        });
        paths.find_map(|path| Self::read(&std::fs::read_to_string(path).ok()?, host))
    }

    /// The entry of a host in the text of such a file. (pure)
    fn read(text: &str, host: &str) -> Option<Self> {
        let file: Value = serde_json::from_str(text).ok()?;
        let names = match host {
            "registry-1.docker.io" => vec!["https://index.docker.io/v1/".to_owned(), "docker.io".to_owned()],
            host => vec![host.to_owned(), format!("https://{host}")],
        };
        let entry = names.iter().find_map(|name| file["auths"].get(name))?;
        let plain = base64::decode(entry["auth"].as_str()?).ok()?;
        let plain = String::from_utf8(plain).ok()?;
        let (user, password) = plain.split_once(':')?;
        Some(Self::new(user, password))
    }

    /// The `Basic` header.
    #[must_use]
    pub(super) fn header(&self) -> HeaderValue {
        let text = format!(
            "Basic {}",
            base64::encode(format!("{}:{}", self.user, self.password).as_bytes())
        );
        // base64 is always a header's value
        let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }
}

/// Where a token is to be had, and for what.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Challenge {
    realm: String,
    service: Option<String>,
    scope: Option<String>,
}

impl Challenge {
    pub(super) fn address(&self) -> String {
        let mut address = self.realm.clone();
        let mut separator = if address.contains('?') { '&' } else { '?' };
        for (name, value) in [("service", &self.service), ("scope", &self.scope)] {
            if let Some(value) = value {
                _ = write!(
                    address,
                    "{separator}{name}={}",
                    crate::install::wait::encode(value)
                );
                separator = '&';
            }
        }
        address
    }
}

/// Reads `Bearer realm="…",service="…",scope="…"`. (pure)
pub(super) fn challenge(text: &str) -> Option<Challenge> {
    let (scheme, mut rest) = text.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let (mut realm, mut service, mut scope) = (None, None, None);
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        let (value, after) = match after.strip_prefix('"') {
            Some(after) => after.split_once('"')?,
            None => after.split_once(',').unwrap_or((after, "")),
        };
        let value = Some(value.to_owned());
        match name.as_str() {
            "realm" => realm = value,
            "service" => service = value,
            "scope" => scope = value,
            _ => {}
        }
        rest = after;
    }
    Some(Challenge {
        realm: realm?,
        service,
        scope,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn challenges_are_read_with_commas_in_quotes() {
        let text = r#"Bearer realm="https://auth.example/token",service="r.example",scope="repository:a/b:pull,push",error=x"#;
        let found = challenge(text).unwrap();
        assert_eq!(found.scope.as_deref(), Some("repository:a/b:pull,push"));
        assert_eq!(
            found.address(),
            "https://auth.example/token?service=r.example&scope=repository%3Aa%2Fb%3Apull%2Cpush"
        );
        for text in [
            "",
            "Basic realm=\"x\"",
            "Bearer",
            "Bearer service=\"a\"",
            "Bearer realm=\"open",
        ] {
            assert_eq!(challenge(text), None, "{text}");
        }
    }

    #[test]
    fn logins_of_container_engines_are_found_and_never_shown() {
        let file = json!({"auths": {
            "r.example:5000": {"auth": base64::encode(b"me:se:cret")},
            "https://index.docker.io/v1/": {"auth": base64::encode(b"you:other")},
            "broken": {"auth": "%"},
        }});
        let read = |host: &str| Credentials::read(&file.to_string(), host);
        let found = read("r.example:5000").unwrap();
        assert_eq!((found.user.as_str(), found.password.as_str()), ("me", "se:cret"));
        assert!(!format!("{found:?}").contains("cret"));
        assert_eq!(read("registry-1.docker.io").unwrap().user, "you");
        assert!(read("broken").is_none() && read("r.example").is_none());
        assert!(Credentials::read("{", "a").is_none());
    }
}
