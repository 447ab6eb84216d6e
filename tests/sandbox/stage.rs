//! A sandbox of a test's own, as root or as a user without any right, and shell lines against it.

use crate::programs::{self, MESHCTL, PROGRAMS};
use crate::shell::Shell;
use libtest_mimic::Failed;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

/// Who starts and ends the sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum User {
    /// Whoever runs the tests.
    Own,
    /// A user without any right, with a home of its own. Needs root to become.
    Ordinary,
}

/// A sandbox, taken down with the value.
pub(crate) struct Sandbox {
    name: String,
    home: TempDir,
    user: User,
    /// Where `meshctl` and its companions are, readable by the user.
    programs: PathBuf,
    is_up: bool,
}

impl Sandbox {
    /// A home and a name, and no sandbox.
    pub(crate) fn none(name: &str, user: User) -> Result<Self, Failed> {
        let home = TempDir::new()?;
        let programs = match user {
            User::Own => Path::new(MESHCTL)
                .parent()
                .ok_or("meshctl has no folder")?
                .to_owned(),
            User::Ordinary => readable_programs(home.path())?,
        };
        Ok(Self {
            name: format!("test-{name}-{}", std::process::id()),
            home,
            user,
            programs,
            is_up: false,
        })
    }

    /// A running sandbox.
    pub(crate) fn up(name: &str, user: User, nodes: u8) -> Result<Self, Failed> {
        let mut sandbox = Self::none(name, user)?;
        sandbox.start(nodes)?;
        Ok(sandbox)
    }

    /// Starts it.
    pub(crate) fn start(&mut self, nodes: u8) -> Result<(), Failed> {
        programs::are_fresh()?;
        self.is_up = true;
        self.meshctl(&format!("sandbox up --name {} --nodes {nodes}", self.name))
            .map(drop)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The folder that the user's sandboxes share; absent when there are none.
    pub(crate) fn state(&self) -> PathBuf {
        self.home().join("state/meshctl")
    }

    /// A file of the sandbox's state.
    pub(crate) fn state_file(&self, file: &str) -> PathBuf {
        self.state().join("sandbox").join(&self.name).join(file)
    }

    /// Runs `meshctl` as the sandbox's user; it must succeed. Returns both of its outputs.
    pub(crate) fn meshctl(&self, words: &str) -> Result<String, Failed> {
        let output = self.try_meshctl(words)?;
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        self.finish(&format!("meshctl {words}"), &output)
            .map(|text| text + &errors)
    }

    /// Runs `meshctl` as the sandbox's user.
    pub(crate) fn try_meshctl(&self, words: &str) -> Result<Output, Failed> {
        Ok(self.as_user(&format!("exec meshctl {words}")).output()?)
    }

    /// A shell line as the sandbox's user.
    pub(crate) fn as_user(&self, script: &str) -> Command {
        let mut command = match self.user {
            User::Own => Command::new("bash"),
            User::Ordinary => {
                let mut command = Command::new("setpriv");
                command.args([
                    "--reuid",
                    "65534",
                    "--regid",
                    "65534",
                    "--clear-groups",
                    "--",
                    "bash",
                ]);
                command
            }
        };
        command.arg("-c").arg(script).current_dir(self.home());
        self.equip(&mut command);
        command
    }

    fn equip(&self, command: &mut Command) {
        let inherited = std::env::var("PATH").unwrap_or_default();
        command
            .env("PATH", format!("{}:{inherited}", self.programs.display()))
            .env("HOME", self.home())
            .env("XDG_STATE_HOME", self.home().join("state"))
            .env_remove("KUBECONFIG")
            .stdin(Stdio::null());
    }

    /// The user's home.
    fn home(&self) -> PathBuf {
        match self.user {
            User::Own => self.folder().to_owned(),
            User::Ordinary => self.folder().join("home"),
        }
    }
}

impl Shell for Sandbox {
    /// A shell line as whoever runs the tests, with the sandbox's kubeconfig.
    fn command(&self, script: &str) -> Command {
        let mut command = Command::new("bash");
        command.arg("-c").arg(format!("set -o pipefail; {script}"));
        self.equip(&mut command);
        command.env("KUBECONFIG", self.state_file("kubeconfig"));
        command
    }

    fn log(&self) -> String {
        let text = std::fs::read_to_string(self.state_file("sandbox.log")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn folder(&self) -> &Path {
        self.home.path()
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if self.is_up {
            let _ = self.try_meshctl(&format!("sandbox down --name {}", self.name));
        }
    }
}

/// The programs where every user may read them, and a home for the one without rights.
fn readable_programs(folder: &Path) -> Result<PathBuf, Failed> {
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o755))?;
    let from = Path::new(MESHCTL).parent().ok_or("meshctl has no folder")?;
    let programs = folder.join("programs");
    std::fs::create_dir(&programs)?;
    for program in PROGRAMS {
        let (from, to) = (from.join(program), programs.join(program));
        // a second name costs nothing; across file systems it takes a copy
        if std::fs::hard_link(&from, &to).is_err() {
            std::fs::copy(&from, &to)
                .map_err(|error| format!("cannot copy `{}`: {error}", from.display()))?;
        }
    }
    let home = folder.join("home");
    std::fs::create_dir(&home)?;
    chown(&home, Some(NOBODY), Some(NOBODY))?;
    Ok(programs)
}
