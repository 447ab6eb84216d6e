//! What runs for a container (pure): a program of ours, one of the machine, or a stub.

use crate::programs::{self, Image};
use k8s_openapi::api::core::v1::{Container, Pod};
use std::path::Path;

/// What a container's image and command come to on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Runs {
    /// An image of ours: its programs appear at its paths.
    Program {
        image: &'static Image,
        argv: Vec<String>,
    },
    /// A program of the machine.
    Host { argv: Vec<String> },
    /// Nothing of the image can run: a server on the declared ports answers.
    Stub { tcp: Vec<u16>, udp: Vec<u16> },
    /// Nothing can run, and pretending would be wrong.
    Nothing { reason: String },
}

impl Runs {
    /// The value of the annotation that says what ran.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Program { .. } => "program",
            Self::Host { .. } => "host",
            Self::Stub { .. } => "stub",
            Self::Nothing { .. } => "nothing",
        }
    }
}

/// Decides; `exists` says whether a word names a program of the machine.
pub(crate) fn plan(pod: &Pod, container: &Container, is_init: bool, exists: impl Fn(&str) -> bool) -> Runs {
    let image = container.image.clone().unwrap_or_default();
    let args = container.args.clone().unwrap_or_default();
    let command = container.command.clone().unwrap_or_default();
    if let Some(image) = programs::find_image(&image) {
        let mut words = if command.is_empty() {
            image.entrypoint.iter().map(|&word| word.into()).collect()
        } else {
            command
        };
        words.extend(args);
        return Runs::Program { image, argv: words };
    }
    if image.starts_with(programs::HUB) {
        return Runs::Nothing {
            reason: format!("there is no image `{image}` in this build"),
        };
    }
    if let Some(first) = command.first() {
        if exists(first) {
            return Runs::Host {
                argv: command.into_iter().chain(args).collect(),
            };
        }
        if is_init || is_of_job(pod) {
            return Runs::Nothing {
                reason: format!("`{first}` of image `{image}` does not exist on this machine"),
            };
        }
    } else if is_init || is_of_job(pod) {
        return Runs::Nothing {
            reason: format!("image `{image}` cannot be pulled here, and no `command` names a program"),
        };
    }
    let ports = |kind: &str| {
        let wanted = container.ports.iter().flatten();
        let fits = wanted.filter(|port| port.protocol.as_deref().unwrap_or("TCP") == kind);
        fits.filter_map(|port| u16::try_from(port.container_port).ok())
            .collect()
    };
    Runs::Stub {
        tcp: ports("TCP"),
        udp: ports("UDP"),
    }
}

fn is_of_job(pod: &Pod) -> bool {
    pod.metadata
        .owner_references
        .iter()
        .flatten()
        .any(|owner| owner.kind == "Job")
}

/// Whether the machine has the program, by path or along the usual PATH.
pub(crate) fn exists_on_machine(program: &str) -> bool {
    if program.starts_with('/') {
        return Path::new(program).is_file();
    }
    let folders = [
        "/usr/local/sbin",
        "/usr/local/bin",
        "/usr/sbin",
        "/usr/bin",
        "/sbin",
        "/bin",
    ];
    !program.contains('/')
        && folders
            .iter()
            .any(|folder| Path::new(folder).join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(container: serde_json::Value, is_init: bool, expected: &str) {
        let container: Container = serde_json::from_value(container).unwrap();
        let runs = plan(&Pod::default(), &container, is_init, |program| program == "sh");
        assert_eq!(runs.word(), expected);
    }

    #[test]
    fn an_image_becomes_a_program_of_ours_one_of_the_machine_or_a_stub() {
        check(
            json!({"name": "c", "image": "localhost/meshctl/ztunnel:0.1.0", "args": ["proxy"]}),
            false,
            "program",
        );
        check(json!({"name": "c", "image": "istio/ztunnel:1.31"}), false, "stub");
        check(
            json!({"name": "c", "image": "busybox", "command": ["sh", "-c", "true"]}),
            false,
            "host",
        );
        check(
            json!({"name": "c", "image": "nginx", "ports": [{"containerPort": 80}]}),
            false,
            "stub",
        );
        check(
            json!({"name": "c", "image": "x", "command": ["/server"]}),
            false,
            "stub",
        );
    }

    #[test]
    fn init_containers_are_never_stubbed() {
        check(
            json!({"name": "c", "image": "x", "command": ["/migrate"]}),
            true,
            "nothing",
        );
        check(json!({"name": "c", "image": "x"}), true, "nothing");
        check(
            json!({"name": "c", "image": "x", "command": ["sh"]}),
            true,
            "host",
        );
    }
}
