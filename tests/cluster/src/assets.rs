//! What a cluster is made of: Kubernetes in one program, programs of ours, and archives of their images.
//!
//! Scripts beside this crate build them (`tests/cluster/build`, `tests/cluster/programs`); both do nothing when nothing
//! has changed.

use crate::node::{PLUGIN_FOLDERS, PLUGINS};
use mesh_sandbox::error::{Failure, Named, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// The programs of the machine that a cluster starts, and their Debian packages.
const PROGRAMS: [(&str, &str); 7] = [
    ("containerd", "containerd"),
    ("ctr", "containerd"),
    ("runc", "runc"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("bash", "bash"),
    ("strip", "binutils"),
];

/// The files of a cluster.
#[derive(Debug, Clone)]
pub struct Assets {
    /// Kubernetes in one program.
    pub kubernetes: PathBuf,
    /// Archives of images that every node starts with.
    pub images: Vec<PathBuf>,
}

/// Why no cluster can run on this machine, if none can.
#[must_use]
pub fn obstacle() -> Option<String> {
    if !nix::unistd::geteuid().is_root() {
        return Some("needs root".to_owned());
    }
    // `tests/cluster/build` fetches a toolchain where there is none
    if find("go").is_none() && find("pip3").is_none() {
        return Some("needs a Go toolchain, or pip3 to fetch one".to_owned());
    }
    for (program, package) in PROGRAMS {
        if find(program).is_none() {
            return Some(format!("needs the program {program} (package {package})"));
        }
    }
    let has = |plugin: &&str| {
        PLUGIN_FOLDERS
            .iter()
            .any(|folder| Path::new(folder).join(plugin).exists())
    };
    let missing = PLUGINS.iter().find(|plugin| !has(plugin));
    missing.map(|plugin| format!("needs the CNI plugin {plugin} (package containernetworking-plugins)"))
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|path| path.is_file())
}

impl Assets {
    /// Builds what is missing or out of date, below `target` of the repository at `root`; programs of the workspace only
    /// if they must be: a test run has built them.
    ///
    /// # Errors
    /// The machine cannot run a cluster, or something does not build.
    pub fn prepare(root: &Path, must_build: bool, progress: &mut dyn FnMut(&str)) -> Result<Self> {
        if let Some(obstacle) = obstacle() {
            return Err(Failure::new(format!("no Kubernetes can run here: it {obstacle}"))
                .with_hint("`tests/run --install` as root installs the packages"));
        }
        script(root, "tests/cluster/build", &[])?;
        progress("Kubernetes is built");
        let build: &[&str] = if must_build { &["--build"] } else { &[] };
        script(root, "tests/cluster/programs", build)?;
        progress("the mesh's programs are there");
        let folder = root.join("target/tools/cluster");
        let programs = folder.join("programs");
        let archives = [
            ("images.tar", None),
            ("test-images.tar", Some(root.join("tests/cluster/images.yaml"))),
        ];
        let mut images = Vec::new();
        for (name, table) in archives {
            let archive = folder.join(name);
            if is_stale(&archive, &programs, table.as_deref()) {
                save(&programs, &archive, table.as_deref())?;
            }
            images.push(archive);
        }
        progress("the images are packed");
        Ok(Self {
            kubernetes: folder.join("kubernetes"),
            images,
        })
    }
}

fn script(root: &Path, name: &str, arguments: &[&str]) -> Result<()> {
    let what = || format!("cannot run `{name}`");
    let output = Command::new(root.join(name))
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .output()
        .named(what)?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`{name}` ended with {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|data| data.modified()).ok()
}

/// Whether an archive is older than anything it is made of.
fn is_stale(archive: &Path, programs: &Path, table: Option<&Path>) -> bool {
    let Some(made) = changed(archive) else { return true };
    let entries = fs::read_dir(programs).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.path())
        .chain(table.map(Path::to_owned))
        .any(|path| changed(&path).is_none_or(|time| time > made))
}

/// Has the product write an archive. Not compressed: it is read once a node, at once.
fn save(programs: &Path, archive: &Path, table: Option<&Path>) -> Result<()> {
    let mut command = Command::new(programs.join("meshctl"));
    command.args(["images", "save", "--compression", "none", "--programs"]);
    command.arg(programs).arg("--output").arg(archive);
    if let Some(table) = table {
        command.arg("--table").arg(table);
    }
    let output = command
        .stdin(Stdio::null())
        .output()
        .named(|| "cannot run `meshctl images save`".to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "`meshctl images save` failed: {}",
        String::from_utf8_lossy(&output.stderr).trim()
    )))
}
