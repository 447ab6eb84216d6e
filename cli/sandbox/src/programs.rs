//! Where the mesh's other programs are, and which image runs which.
//!
//! Only images of our own hub map to our programs (decisions 2): a foreign hub never silently runs ours.

use std::path::{Path, PathBuf};

/// The hub whose images are our programs.
pub const HUB: &str = "localhost/meshctl/";

/// One image of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Image {
    /// The repository below the hub.
    pub repository: &'static str,
    /// What runs unless the container names a command.
    pub entrypoint: &'static [&'static str],
    /// Path in the container → program.
    pub files: &'static [(&'static str, &'static str)],
}

/// The table of images (the same as `manifests/images/images.yaml`).
pub const IMAGES: [Image; 4] = [
    Image {
        repository: "pilot",
        entrypoint: &["/usr/local/bin/pilot-discovery"],
        files: &[
            ("/usr/local/bin/pilot-discovery", "mesh-control"),
            ("/usr/local/bin/mesh-control", "mesh-control"),
        ],
    },
    Image {
        repository: "install-cni",
        entrypoint: &["/usr/local/bin/install-cni"],
        files: &[
            ("/usr/local/bin/install-cni", "mesh-node"),
            ("/usr/local/bin/mesh-node", "mesh-node"),
            ("/opt/cni/bin/istio-cni", "mesh-cni"),
        ],
    },
    Image {
        repository: "ztunnel",
        entrypoint: &["/usr/local/bin/ztunnel"],
        files: &[
            ("/usr/local/bin/ztunnel", "mesh-proxy"),
            ("/usr/local/bin/mesh-proxy", "mesh-proxy"),
        ],
    },
    Image {
        repository: "meshctl",
        entrypoint: &["/usr/local/bin/meshctl"],
        files: &[("/usr/local/bin/meshctl", "meshctl")],
    },
];

/// The image of ours that `reference` names, whatever its tag.
#[must_use]
pub fn find_image(reference: &str) -> Option<&'static Image> {
    let rest = reference.strip_prefix(HUB)?;
    let repository = rest.split(['@', ':']).next()?;
    IMAGES.iter().find(|image| image.repository == repository)
}

/// The folder with our other programs: named by the environment, beside meshctl, or in `libexec`.
#[must_use]
pub fn folder(meshctl: &Path) -> PathBuf {
    if let Some(named) = std::env::var_os("MESHCTL_PROGRAMS_DIR") {
        return PathBuf::from(named);
    }
    let beside = meshctl.parent().unwrap_or(Path::new("/")).to_owned();
    let libexec = beside.join("../libexec/meshctl");
    let holds = |folder: &Path| folder.join("mesh-proxy").exists();
    if !holds(&beside) && holds(&libexec) {
        libexec
    } else {
        beside
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_hub_maps_to_our_programs() {
        assert_eq!(
            find_image("localhost/meshctl/ztunnel:0.1.0").map(|image| image.repository),
            Some("ztunnel")
        );
        assert_eq!(find_image("docker.io/istio/ztunnel:1.31.0"), None);
        assert_eq!(find_image("localhost/meshctl/other:1"), None);
    }
}
