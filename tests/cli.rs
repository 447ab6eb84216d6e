//! Transcripts of `meshctl`: arguments, exit code, stdout and stderr, one folder per command.
//!
//! Those of a folder `live` talk to an embedded API in this process. `TRYCMD=overwrite cargo test -p meshctl --test cli`
//! rewrites them; read the difference before you commit it.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use mesh_kubeapi::testing::TestServer;

fn cases(kubeconfig: &str) -> trycmd::TestCases {
    let cases = trycmd::TestCases::new();
    cases
        .env("HOME", "/nonexistent")
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
