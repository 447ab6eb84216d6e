//! Paths: which resource, which object, which part of it.

use super::query::decode_segment;

/// What a resource path names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: Option<String>,
    pub(crate) plural: String,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
    /// Path segments after the subresource (`proxy/a/b`).
    pub(crate) rest: Vec<String>,
}

/// What a path names at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Route {
    Resource(Target),
    /// Anything else: discovery, health, version.
    Path(String),
}

impl Route {
    pub(crate) fn parse(path: &str) -> Self {
        let other = || Self::Path(path.to_owned());
        let segments: Vec<String> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(decode_segment)
            .collect();
        let (group, version, rest) = match segments.as_slice() {
            [api, version, rest @ ..] if api == "api" => (String::new(), version.clone(), rest),
            [apis, group, version, rest @ ..] if apis == "apis" => (group.clone(), version.clone(), rest),
            _ => return other(),
        };
        match target(rest) {
            Some(target) => Self::Resource(Target {
                group,
                version,
                ..target
            }),
            None => other(),
        }
    }
}

fn target(segments: &[String]) -> Option<Target> {
    let (namespace, segments) = match segments {
        [] => return None,
        [namespaces, _namespace, part] if namespaces == "namespaces" && is_namespace_part(part) => {
            (None, segments)
        }
        [namespaces, namespace, rest @ ..] if namespaces == "namespaces" && !rest.is_empty() => {
            (Some(namespace.clone()), rest)
        }
        _ => (None, segments),
    };
    let mut segments = segments.iter().cloned();
    Some(Target {
        namespace,
        plural: segments.next()?,
        name: segments.next(),
        subresource: segments.next(),
        rest: segments.collect(),
        ..Target::default()
    })
}

/// `/namespaces/x/status` is a part of the namespace, not a resource in it.
fn is_namespace_part(part: &str) -> bool {
    matches!(part, "status" | "finalize")
}

#[cfg(test)]
mod tests {
    use super::{Route, Target};

    #[track_caller]
    fn check(path: &str, expected: [&str; 6]) {
        let [group, version, namespace, plural, name, subresource] = expected;
        let optional = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let expected = Target {
            group: group.into(),
            version: version.into(),
            namespace: optional(namespace),
            plural: plural.into(),
            name: optional(name),
            subresource: optional(subresource),
            rest: Vec::new(),
        };
        assert_eq!(Route::parse(path), Route::Resource(expected), "{path}");
    }

    #[test]
    fn resource_paths_are_taken_apart() {
        check("/api/v1/pods", ["", "v1", "", "pods", "", ""]);
        check("/api/v1/namespaces", ["", "v1", "", "namespaces", "", ""]);
        check("/api/v1/namespaces/a", ["", "v1", "", "namespaces", "a", ""]);
        check(
            "/api/v1/namespaces/a/status",
            ["", "v1", "", "namespaces", "a", "status"],
        );
        check(
            "/api/v1/namespaces/a/pods/b/log",
            ["", "v1", "a", "pods", "b", "log"],
        );
        check(
            "/apis/apps/v1/namespaces/a/deployments/d",
            ["apps", "v1", "a", "deployments", "d", ""],
        );
    }

    #[test]
    fn other_paths_stay_paths() {
        for path in [
            "/",
            "/api",
            "/api/v1",
            "/apis",
            "/apis/apps",
            "/apis/apps/v1",
            "/version",
            "/openapi/v3/api/v1",
        ] {
            assert_eq!(Route::parse(path), Route::Path(path.to_owned()));
        }
    }
}
