//! Transcripts of `meshctl`: arguments, exit code, stdout and stderr, one folder per command.
//!
//! `TRYCMD=overwrite cargo test -p meshctl --test cli` rewrites them; read the difference before you commit it.

#[test]
fn transcripts_are_what_the_program_says() {
    let cases = trycmd::TestCases::new();
    cases
        .env("HOME", "/nonexistent")
        .env("KUBECONFIG", "")
        .env("NO_COLOR", "1")
        .env("KUBERNETES_SERVICE_HOST", "")
        .case("../tests/cmd/*/*.trycmd");
    cases
        .insert_var("[VERSION]", env!("CARGO_PKG_VERSION"))
        .expect("the variable is well named");
}
