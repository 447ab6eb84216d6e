//! Names of images: `[HOST[:PORT]/]REPOSITORY[:TAG]`. (pure)

/// Where names without a host belong.
const DEFAULT_HOST: &str = "registry-1.docker.io";

/// A name that is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no name of an image: {reason}")]
pub struct ReferenceError {
    name: String,
    reason: &'static str,
}

/// A name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference {
    /// Host and port.
    pub host: String,
    /// The repository below it.
    pub repository: String,
    /// The tag.
    pub tag: String,
}

impl Reference {
    /// Reads a name.
    ///
    /// # Errors
    /// It is none, or has no tag.
    pub fn parse(name: &str) -> Result<Self, ReferenceError> {
        let wrong = |reason| ReferenceError {
            name: name.to_owned(),
            reason,
        };
        let (rest, tag) = match name.rsplit_once(':') {
            Some((rest, tag)) if !tag.contains('/') => (rest, tag),
            _ => return Err(wrong("it has no tag")),
        };
        let is_host = |part: &str| part.contains(['.', ':']) || part == "localhost" || part.starts_with('[');
        let (host, repository) = match rest.split_once('/') {
            Some((host, repository)) if is_host(host) => (host, repository.to_owned()),
            Some(_) => (DEFAULT_HOST, rest.to_owned()),
            None => (DEFAULT_HOST, format!("library/{rest}")),
        };
        let is_word = |text: &str, more: &str| {
            !text.is_empty()
                && text
                    .chars()
                    .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || more.contains(c))
        };
        if !repository.split('/').all(|part| is_word(part, "._-")) {
            return Err(wrong(
                "a repository has lower-case letters, digits, dots, dashes and slashes",
            ));
        }
        let is_tag = tag.len() <= 128
            && !tag.is_empty()
            && tag
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
        if !is_tag {
            return Err(wrong("a tag has at most 128 letters, digits, dots and dashes"));
        }
        let host = if host == "docker.io" { DEFAULT_HOST } else { host };
        Ok(Self {
            host: host.to_owned(),
            repository,
            tag: tag.to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: (&str, &str, &str)) {
        let found = Reference::parse(name).unwrap();
        assert_eq!(
            (&*found.host, &*found.repository, &*found.tag),
            expected,
            "{name}"
        );
    }

    #[test]
    fn names_are_read_as_container_engines_read_them() {
        check("localhost/mesh/pilot:1", ("localhost", "mesh/pilot", "1"));
        check("127.0.0.1:5000/pilot:1.2-x", ("127.0.0.1:5000", "pilot", "1.2-x"));
        check("[::1]:5000/a/b/c:t", ("[::1]:5000", "a/b/c", "t"));
        check(
            "registry.example/mesh/pilot:1",
            ("registry.example", "mesh/pilot", "1"),
        );
        check("meshctl/pilot:1", ("registry-1.docker.io", "meshctl/pilot", "1"));
        check(
            "docker.io/meshctl/pilot:1",
            ("registry-1.docker.io", "meshctl/pilot", "1"),
        );
        check("pilot:1", ("registry-1.docker.io", "library/pilot", "1"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for name in [
            "",
            "pilot",
            "localhost:5000/pilot",
            "a.b/Pilot:1",
            "a.b//x:1",
            "a.b/x:",
            "a.b/x: 1",
            "a.b/x y:1",
        ] {
            assert!(Reference::parse(name).is_err(), "{name}");
        }
    }
}
