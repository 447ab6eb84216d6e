//! A server of its own for each test, and a program pointed at it.

use mesh_kubeapi::testing::TestServer;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A running server and a folder with its kubeconfig.
pub(crate) struct Cluster {
    folder: TempDir,
    // before the runtime, so that it ends first
    _server: TestServer,
    _runtime: Runtime,
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .worker_threads(2)
            .build()
            .unwrap();
        let server = runtime.block_on(TestServer::start()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("kubeconfig"), &server.kubeconfig).unwrap();
        Self {
            folder,
            _server: server,
            _runtime: runtime,
        }
    }

    /// Where the test may put files.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What the program printed; it must succeed.
    #[track_caller]
    pub(crate) fn ok(&self, line: &str, input: &str) -> String {
        let output = self.run(line, input);
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// What the program complained; it must fail.
    #[track_caller]
    pub(crate) fn fails(&self, line: &str, input: &str) -> String {
        let output = self.run(line, input);
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{line}: {text}");
        text
    }

    /// Runs a command line; words are split at blanks, so arguments have none.
    pub(crate) fn run(&self, line: &str, input: &str) -> Output {
        let mut words = line.split_whitespace();
        let home = self.folder.path();
        let mut child = Command::new(words.next().unwrap())
            .args(words)
            .env("KUBECONFIG", home.join("kubeconfig"))
            .env("HOME", home)
            .env("HELM_CACHE_HOME", home)
            .env("HELM_CONFIG_HOME", home)
            .env("HELM_DATA_HOME", home)
            .current_dir(home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // a program that reads no input may have ended already
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        child.wait_with_output().unwrap()
    }
}
