//! What the suites over a real kernel share: when a test cannot run here, and what then happens.
//!
//! A test whose needs are not met is reported *ignored*, with the reason in its name, and never passed.
//! With `MESHCTL_TESTS_MUST_RUN` set, as `tests/run --install` sets it, it fails instead.

use libtest_mimic::{Arguments, Failed, Trial};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};

/// What a test needs of the machine.
#[derive(Clone, Copy, Debug)]
#[expect(dead_code, reason = "each suite needs some of them")]
pub(crate) enum Need {
    /// User id 0.
    Root,
    /// New user namespaces for the caller.
    UserNamespaces,
    /// The program `nft`, as an oracle.
    Nft,
    /// The programs of the iptables family.
    Iptables,
    /// The old interface of the kernel for them.
    LegacyIptables,
    /// The program `kubectl`.
    Kubectl,
    /// The program `helm`.
    Helm,
    /// Whatever this finds missing.
    Other(fn() -> Option<String>),
    /// Python with grpcio and grpcio-tools, where `tests/tools` puts them.
    PythonGrpc,
    /// Python with h2, where `tests/tools` puts it.
    PythonH2,
}

impl Need {
    /// Why this need is not met here, if it is not.
    fn unmet(self) -> Option<String> {
        let (met, reason) = match self {
            Self::Other(missing) => return missing(),
            Self::Root => (nix::unistd::geteuid().is_root(), "needs root"),
            Self::UserNamespaces => (runs("unshare", &["--user", "true"]), "needs user namespaces"),
            Self::Nft => (runs("nft", &["--version"]), "needs the program nft"),
            Self::Iptables => (
                runs("iptables-nft-save", &["--version"]) && runs("ip6tables-nft-restore", &["--version"]),
                "needs the iptables programs",
            ),
            Self::LegacyIptables => (
                runs("iptables-legacy-save", &["-t", "raw"]) && runs("ip6tables-legacy-save", &["-t", "raw"]),
                "needs a kernel with the old interface of iptables",
            ),
            Self::Kubectl => (
                runs("kubectl", &["version", "--client"]),
                "needs the program kubectl",
            ),
            Self::Helm => (runs("helm", &["version"]), "needs the program helm"),
            Self::PythonGrpc => (
                imports("grpc, grpc_tools.protoc"),
                "needs Python with grpcio-tools",
            ),
            Self::PythonH2 => (imports("h2"), "needs Python with h2"),
        };
        (!met).then(|| reason.to_owned())
    }

    /// Whether nobody can install it: kernels are built with it or without.
    fn is_given(self) -> bool {
        matches!(self, Self::LegacyIptables)
    }
}

/// The tests of one suite, run by [`Suite::run`].
#[derive(Default)]
pub(crate) struct Suite {
    trials: Vec<Trial>,
}

impl Suite {
    /// Adds one test; `body` runs only when every need is met.
    pub(crate) fn test<F>(&mut self, name: &str, needs: &[Need], body: F)
    where
        F: FnOnce() -> Result<(), Failed> + Send + 'static,
    {
        let unmet = |need: &Need| Some((*need, need.unmet()?));
        let trial = match needs.iter().find_map(unmet) {
            None => Trial::test(name, body),
            Some((need, reason)) if must_run() && !need.is_given() => {
                Trial::test(name, move || Err(reason.into()))
            }
            Some((_, reason)) => Trial::test(format!("{name} ({reason})"), body).with_ignored_flag(true),
        };
        self.trials.push(trial);
    }

    /// Runs the suite as `cargo test` asked. One thread: these tests own namespaces and ports of their own,
    /// but the machine has few cores and the tests have deadlines.
    pub(crate) fn run(self) -> ExitCode {
        let mut arguments = Arguments::from_args();
        arguments.test_threads.get_or_insert(1);
        libtest_mimic::run(&arguments, self.trials).exit_code()
    }
}

/// The repository, from whichever crate a suite is built in.
pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .find(|folder| folder.join("tests/harness.rs").exists())
        .unwrap_or(here)
}

fn must_run() -> bool {
    std::env::var_os("MESHCTL_TESTS_MUST_RUN").is_some()
}

/// Whether Python finds these modules, also where `tests/tools` puts them.
fn imports(modules: &str) -> bool {
    let folder = root().join("target/tools/python").display().to_string();
    let load = format!("import sys; sys.path.insert(0, {folder:?}); import {modules}");
    runs("python3", &["-c", &load])
}

fn runs(program: &str, arguments: &[&str]) -> bool {
    let here = Path::new("/").to_owned();
    let mut command = Command::new(program);
    command.args(arguments).current_dir(here).stdin(Stdio::null());
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
