//! Shells and kubectl as callers: completion scripts that ask the program, and the plugin's name.

use mesh_kubeapi::testing::TestServer;
use std::process::{Command, Output};

const PROGRAM: &str = env!("CARGO_BIN_EXE_meshctl");

/// Loads the script into bash, types a line, and prints what is offered for its last word.
fn complete(line: &[&str], kubeconfig: &str) -> Output {
    let words: Vec<String> = line.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "set -u; PATH=\"$1:$PATH\"; source <(meshctl completion bash); COMP_WORDS=({}); COMP_CWORD={}; COMP_TYPE=9; \
         _clap_complete_meshctl meshctl \"${{COMP_WORDS[COMP_CWORD]}}\"; printf '%s\\n' \"${{COMPREPLY[@]-}}\"",
        words.join(" "),
        line.len() - 1
    );
    let folder = std::path::Path::new(PROGRAM).parent().unwrap();
    Command::new("bash")
        .args(["-c", &script, "bash"])
        .arg(folder)
        .env("KUBECONFIG", kubeconfig)
        .env("HOME", "/nonexistent")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env_remove("KUBERNETES_SERVICE_HOST")
        .output()
        .unwrap()
}

fn offered(output: &Output) -> Vec<String> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines()
        .map(str::to_owned)
        .filter(|line| !line.is_empty())
        .collect()
}

#[test]
fn cli_c25_bash_asks_the_program_for_words_and_for_names_of_the_cluster() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = runtime.block_on(TestServer::start()).unwrap();
    let kubeconfig = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(kubeconfig.path(), &server.kubeconfig).unwrap();
    let path = kubeconfig.path().display().to_string();

    assert_eq!(offered(&complete(&["meshctl", "waypo"], &path)), ["waypoint"]);
    assert_eq!(
        offered(&complete(&["meshctl", "zc", "workload", "-o", "js"], &path)),
        ["json", "jsonpath="]
    );
    let namespaces = complete(&["meshctl", "ns", "status", "kube-s"], &path);
    assert_eq!(offered(&namespaces), ["kube-system"], "{namespaces:?}");
    let contexts = complete(&["meshctl", "--context", ""], &path);
    assert_eq!(offered(&contexts).len(), 1, "{contexts:?}");
    // a flag that is typed already counts: as this user, nothing may be read
    let nobody = complete(&["meshctl", "--as", "nobody", "ns", "status", "kube-s"], &path);
    assert!(
        offered(&nobody).is_empty() && nobody.stderr.is_empty(),
        "{nobody:?}"
    );
    runtime.block_on(server.shutdown());
}

#[test]
fn cli_c25_without_a_cluster_nothing_is_offered_and_nothing_is_said() {
    let output = complete(&["meshctl", "ns", "status", "x"], "/nonexistent");
    assert!(
        output.status.success() && offered(&output).is_empty() && output.stderr.is_empty(),
        "{output:?}"
    );
}

/// `PowerShell` is on few machines: the script's one call of the program is made as the script makes it.
#[test]
fn cli_c25_powershell_is_answered_as_its_script_asks() {
    let script = meshctl::completers::script(meshctl::commands::completion::Shell::Powershell);
    for line in [
        "Register-ArgumentCompleter -Native -CommandName meshctl -ScriptBlock {",
        "$env:MESHCTL_COMPLETE = \"powershell\";",
        "& meshctl -- $args",
        "$split = $_.Split(\"`t\");",
    ] {
        assert!(script.contains(line), "{line} is not in:\n{script}");
    }
    assert_eq!(script.matches('{').count(), script.matches('}').count());
    let ask = |words: &[&str]| {
        let output = Command::new(PROGRAM)
            .arg("--")
            .args(words)
            .env("MESHCTL_COMPLETE", "powershell")
            .env("KUBECONFIG", "/nonexistent")
            .env("HOME", "/nonexistent")
            .output()
            .unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let word = |line: &str| line.split('\t').next().unwrap().to_owned();
        text.lines().map(word).collect::<Vec<_>>()
    };
    assert_eq!(ask(&["meshctl", "waypo"]), ["waypoint"]);
    assert_eq!(
        ask(&["meshctl", "zc", "workload", "-o", "js"]),
        ["json", "jsonpath="]
    );
    // a word that is not begun
    assert!(ask(&["meshctl", "tag", ""]).contains(&"list".to_owned()));
    assert!(ask(&["meshctl", "ns", "status", "x"]).is_empty());
}

#[test]
fn called_kubectl_mesh_the_program_is_the_plugin() {
    let folder = tempfile::tempdir().unwrap();
    let plugin = folder.path().join("kubectl-mesh");
    std::os::unix::fs::symlink(PROGRAM, &plugin).unwrap();
    let run = |words: &[&str]| Command::new(&plugin).args(words).output().unwrap();
    let help = run(&["ns", "list", "--help"]);
    let text = String::from_utf8(help.stdout).unwrap();
    assert!(text.contains("Usage: kubectl mesh ns list [OPTIONS]"), "{text}");
    let wrong = run(&["ns", "lisst"]);
    assert_eq!(wrong.status.code(), Some(64));
    assert!(
        String::from_utf8(wrong.stderr)
            .unwrap()
            .contains("Usage: kubectl mesh ns")
    );
}
