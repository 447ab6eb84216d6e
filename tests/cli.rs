//! Transcripts of `meshctl`: arguments, exit code, stdout and stderr, one folder per command.
//!
//! Those of a folder `live` talk to an embedded API in this process, those of a folder `silent` to one that never answers. `TRYCMD=overwrite cargo test -p meshctl --test cli`
//! rewrites them; read the difference before you commit it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mesh_kubeapi::testing::TestServer;
use std::path::Path;

#[path = "cli/documents.rs"]
mod documents;
#[path = "cli/matrix.rs"]
mod matrix;
#[path = "cli/points.rs"]
mod points;
#[path = "cli/shells.rs"]
mod shells;
#[path = "cli/world.rs"]
mod world;

fn cases(kubeconfig: &str) -> trycmd::TestCases {
    let cases = trycmd::TestCases::new();
    // `timeout` interrupts a command that would not end, and finds it by its name
    let program = Path::new(env!("CARGO_BIN_EXE_meshctl"));
    let path = format!(
        "{}:{}",
        program.parent().unwrap().display(),
        std::env::var("PATH").unwrap()
    );
    let timeout = std::env::split_paths(&path).map(|folder| folder.join("timeout"));
    let timeout = timeout.into_iter().find(|file| file.exists()).unwrap();
    cases.register_bin("timeout", timeout.as_path());
    cases
        .env("PATH", &path)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env("XDG_STATE_HOME", "/nonexistent")
        .env("KUBECONFIG", kubeconfig)
        .env("NO_COLOR", "1")
        .env("KUBERNETES_SERVICE_HOST", "");
    cases.insert_var("[VERSION]", env!("CARGO_PKG_VERSION")).unwrap();
    cases
}

#[test]
fn transcripts_are_what_the_program_says() {
    cases("").case("../tests/cmd/*/*.trycmd");
}

#[test]
fn transcripts_with_a_cluster_are_what_the_program_says() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::start()).unwrap();
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(kubeconfig.path(), &server.kubeconfig).unwrap();
    let cases = cases(&kubeconfig.path().display().to_string());
    cases.insert_var("[API]", server.address.to_string()).unwrap();
    cases.case("../tests/cmd/*/live/*.trycmd");
    drop(cases);
    runtime.block_on(server.shutdown());
}

#[test]
fn transcripts_with_a_cluster_that_never_answers_are_what_the_program_says() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // connections are taken by the kernel, and nobody reads from them
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: 'http://{address}'}}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    );
    std::fs::write(kubeconfig.path(), text).unwrap();
    let cases = cases(&kubeconfig.path().display().to_string());
    cases.insert_var("[API]", address).unwrap();
    cases.case("../tests/cmd/*/silent/*.trycmd");
}
