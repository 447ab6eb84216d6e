//! Where the mesh's other programs are, and which image runs which.
//!
//! Only images of our own hub map to our programs (decisions 2): a foreign hub never silently runs ours.

use crate::error::{Failure, Result};
use mesh_wire::well_known::build_id;
use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

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

/// Holds the programs in `folder` against the running one: all are there, and all are of one build (decision 4).
///
/// # Errors
/// The first program that is missing, does not run, or is of another build.
pub fn check(folder: &Path) -> Result<()> {
    let files = IMAGES.iter().flat_map(|image| image.files);
    let names: BTreeSet<_> = files
        .map(|(_, program)| *program)
        .filter(|program| *program != "meshctl")
        .collect();
    // each takes as long as its program takes to load, so all are asked at once
    std::thread::scope(|scope| {
        let asked: Vec<_> = names
            .into_iter()
            .map(|name| (name, scope.spawn(move || check_one(folder, name))))
            .collect();
        asked.into_iter().try_for_each(|(name, asked)| {
            let panicked = |_| Err(Failure::new(format!("asking the program `{name}` panicked")));
            asked.join().unwrap_or_else(panicked)
        })
    })
}

fn check_one(folder: &Path, name: &str) -> Result<()> {
    let path = folder.join(name);
    let judged = if path.exists() {
        judge(Command::new(&path).arg("build-id").stdin(Stdio::null()).output())
    } else {
        Err("is missing".to_owned())
    };
    judged.map_err(|why| {
        Failure::new(format!("the program `{name}` in `{}` {why}", folder.display())).with_hint(
            "build all programs with `cargo build --release`, or name their folder in MESHCTL_PROGRAMS_DIR",
        )
    })
}

/// What a program's answer to `build-id` says of it: nothing, or what is wrong with it.
fn judge(answer: io::Result<Output>) -> Result<(), String> {
    let output = answer.map_err(|error| format!("does not run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let (said, wanted) = (said.trim(), build_id());
    match output.status.success() {
        true if said == wanted => Ok(()),
        true => Err(format!("is of another build: {said}, and meshctl is {wanted}")),
        false => Err(format!("is of an older build; meshctl is {wanted}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::ExitStatusExt;
    use std::process::ExitStatus;

    fn answer(code: i32, said: &str) -> Output {
        Output {
            status: ExitStatus::from_raw(code << 8),
            stdout: said.as_bytes().to_vec(),
            stderr: Vec::new(),
        }
    }

    #[test]
    fn only_a_program_of_the_same_build_is_accepted() {
        assert_eq!(judge(Ok(answer(0, &format!("{}\n", build_id())))), Ok(()));
        let other = judge(Ok(answer(0, "0.0.1+abc\n"))).unwrap_err();
        assert!(other.contains("another build: 0.0.1+abc"), "{other}");
        assert!(judge(Ok(answer(1, ""))).unwrap_err().contains("older build"));
        let broken = judge(Err(io::ErrorKind::PermissionDenied.into())).unwrap_err();
        assert!(broken.contains("does not run"), "{broken}");
    }

    #[test]
    fn a_missing_program_is_named_with_the_command_that_mends_it() {
        let folder = tempfile::tempdir().unwrap();
        let failure = check(folder.path()).unwrap_err();
        assert!(failure.chain().contains("`mesh-cni`"), "{}", failure.chain());
        assert!(failure.hint().unwrap().contains("cargo build --release"));
    }

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
