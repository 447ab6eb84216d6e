//! Completion scripts as the shells themselves load them; bash is in `cli.rs`, with a cluster to ask.

#[path = "harness.rs"]
mod harness;

use harness::{Need, Suite, root};
use libtest_mimic::Failed;
use std::path::Path;
use std::process::{Command, ExitCode};

const ZSH: Need = Need::Other(|| missing("zsh"));
const FISH: Need = Need::Other(|| missing("fish"));

/// A line that is typed, and what must be offered for its last word, among others.
const LINES: [(&[&str], &str); 3] = [
    (&["meshctl", "waypo"], "waypoint"),
    (&["meshctl", "zc", "workload", "-o", "js"], "json"),
    (&["meshctl", "images", "load", "--into", "k"], "kind"),
];

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.test("cli_c25_zsh_loads_the_script_and_offers_words", &[ZSH], zsh);
    suite.test("cli_c25_fish_loads_the_script_and_offers_words", &[FISH], fish);
    suite.run()
}

fn missing(program: &str) -> Option<String> {
    let found = Command::new(program).arg("--version").output();
    found.is_err().then(|| format!("needs the program {program}"))
}

/// What a shell offers, the words before their descriptions.
fn offered(shell: &str, arguments: &[&str], script: &str) -> Result<Vec<String>, Failed> {
    let program = Path::new(env!("CARGO_BIN_EXE_meshctl"));
    let folder = program.parent().ok_or("the program has no folder")?;
    // shells make files in their home
    let home = tempfile::tempdir()?;
    let output = Command::new(shell)
        .args(arguments)
        .arg(script)
        .current_dir(root())
        .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
        .env("HOME", home.path())
        .env_remove("XDG_CONFIG_HOME")
        .env_remove("XDG_DATA_HOME")
        .env_remove("XDG_CACHE_HOME")
        .env_remove("XDG_STATE_HOME")
        .env("KUBECONFIG", "/nonexistent")
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        return Err(format!("{shell}: {errors}").into());
    }
    let text = String::from_utf8(output.stdout)?;
    let word = |line: &str| line.split(['\t', ':']).next().unwrap_or_default().to_owned();
    Ok(text.lines().map(word).collect())
}

fn check(ask: impl Fn(&[&str]) -> Result<Vec<String>, Failed>) -> Result<(), Failed> {
    for (line, wanted) in LINES {
        let words = ask(line)?;
        if !words.iter().any(|word| word == wanted) {
            return Err(format!("for {line:?} `{wanted}` is not offered, but {words:?}").into());
        }
    }
    Ok(())
}

/// The script's function, with the list of words that zsh would show printed instead.
fn zsh() -> Result<(), Failed> {
    check(|line| {
        let script = format!(
            "autoload -U compinit; compinit -D; source completions/_meshctl; \
             _describe() {{ print -rl -- \"${{(@P)3}}\" }}; \
             words=({}); CURRENT={}; ${{_comps[meshctl]}}",
            line.join(" "),
            line.len()
        );
        offered("zsh", &["-f", "-c"], &script)
    })
}

fn fish() -> Result<(), Failed> {
    check(|line| {
        let script = format!(
            "source completions/meshctl.fish; complete -C '{}'",
            line.join(" ")
        );
        offered("fish", &["--no-config", "-c"], &script)
    })
}
