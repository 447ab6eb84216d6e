//! One run of the matrix, and what is judged of it alone.

use crate::world::World;
use meshctl::commands::schema;
use serde_json::Value;
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

const PROGRAM: &str = env!("CARGO_BIN_EXE_meshctl");
/// A run that takes longer hangs.
const PATIENCE: Duration = Duration::from_mins(1);

/// What there is to talk to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Nothing.
    Nowhere,
    /// The world.
    Mesh,
    /// The world, as somebody who may do nothing.
    Refused,
    /// An API that takes connections and never answers.
    Silent,
    /// The same, until an interrupt.
    Interrupted,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// What of stdout was before it was made the same everywhere.
    document: Document,
}

/// Standard output as it was; not part of what transcripts compare.
#[derive(Debug, Clone)]
struct Document(String);

impl PartialEq for Document {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Document {}

/// The values of `-o` that a command takes, each as it can be run; one `None` for a command without.
pub(crate) fn formats(command: &clap::Command) -> Vec<Option<String>> {
    let output = command.get_arguments().find(|one| one.get_id() == "output");
    let words: Vec<Option<String>> = output
        .map(clap::Arg::get_possible_values)
        .into_iter()
        .flatten()
        .map(|value| match value.get_name() {
            "jsonpath=" => "jsonpath={$}".to_owned(),
            "custom-columns=" => "custom-columns=A:.name".to_owned(),
            other => other.to_owned(),
        })
        .map(Some)
        .collect();
    if words.is_empty() { vec![None] } else { words }
}

/// Runs a line with `-o FORMAT`.
pub(crate) fn run(world: &World, line: &str, format: Option<&str>, place: Place) -> Ended {
    let scratch = tempfile::tempdir().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = scratch.path().join("silent");
    std::fs::write(&silent, kubeconfig(&listener)).unwrap();
    let refused = scratch.path().join("refused");
    std::fs::write(&refused, as_nobody(&world.kubeconfig())).unwrap();
    let kubeconfig = match place {
        Place::Nowhere => String::new(),
        Place::Mesh => world.kubeconfig(),
        Place::Refused => refused.display().to_string(),
        Place::Silent | Place::Interrupted => silent.display().to_string(),
    };
    let before: &[&str] = match place {
        Place::Silent => &["--request-timeout", "300ms"],
        Place::Interrupted => &["--request-timeout", "0"],
        _ => &[],
    };
    let words = line.replace("SCRATCH", &scratch.path().display().to_string());
    let words = words.replace("FIXTURES", "../tests/fixtures");
    let mut command = Command::new(PROGRAM);
    command
        .args(before)
        .args(words.split_whitespace())
        .args(format.map(|format| ["-o", format]).into_iter().flatten())
        .env_clear()
        .env("HOME", "/nonexistent")
        .env("PATH", "/usr/bin:/bin")
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // closed, the connection would be an error of its own
    let _connection = (place == Place::Interrupted)
        .then(|| interrupt_when_it_asks(&listener, &mut child, line))
        .flatten();
    let output = finish(child, line);
    let address = listener.local_addr().unwrap().to_string();
    read(&output, |text| {
        let text = text
            .replace(&scratch.path().display().to_string(), "SCRATCH")
            .replace(&address, "[API]")
            .replace(&world.address(), "[API]");
        same_everywhere(&text)
    })
}

fn kubeconfig(listener: &TcpListener) -> String {
    let address = listener.local_addr().unwrap();
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{{name: c, cluster: {{server: 'http://{address}'}}}}]\n\
         contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\nusers: [{{name: u, user: {{}}}}]\n"
    )
}

/// The same cluster, as somebody who may do nothing; by the kubeconfig, since one command has another `--as`.
fn as_nobody(kubeconfig: &str) -> String {
    let text = std::fs::read_to_string(kubeconfig).unwrap();
    let mut config = meshctl::yaml::from_str(&text).unwrap();
    config["users"][0]["user"]["as"] = "nobody".into();
    meshctl::yaml::to_string(&config)
}

/// Waits for the first connection, so that the command is surely at work; or for its end, if it asks nobody.
fn interrupt_when_it_asks(listener: &TcpListener, child: &mut Child, line: &str) -> Option<TcpStream> {
    listener.set_nonblocking(true).unwrap();
    let begin = Instant::now();
    let connection = loop {
        if let Ok((connection, _)) = listener.accept() {
            break connection;
        }
        if child.try_wait().unwrap().is_some() {
            return None;
        }
        assert!(
            begin.elapsed() < PATIENCE,
            "`{line}` asks nobody and does not end"
        );
        std::thread::sleep(Duration::from_millis(5));
    };
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    Some(connection)
}

fn finish(mut child: Child, line: &str) -> Output {
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    let (done, is_done) = std::sync::mpsc::channel::<()>();
    let watch = std::thread::spawn(move || {
        let hangs = is_done.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
        if hangs {
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
        hangs
    });
    let stdin = child.stdin.take();
    let output = child.wait_with_output().unwrap();
    drop((done, stdin));
    assert!(!watch.join().unwrap(), "`{line}` hangs: {output:?}");
    output
}

fn read(output: &Output, plain: impl Fn(&str) -> String) -> Ended {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    Ended {
        code: output.status.code().unwrap_or(-1),
        stdout: plain(&stdout),
        stderr: plain(&stderr),
        document: Document(stdout),
    }
}

/// What differs from run to run, by what it is.
fn same_everywhere(text: &str) -> String {
    static PATTERNS: LazyLock<Vec<(regex::Regex, &str)>> = LazyLock::new(|| {
        [
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "[TIME]"),
            (
                r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
                "[UID]",
            ),
            (r"eyJ[A-Za-z0-9_.-]+", "[TOKEN]"),
            (r"LS0tLS1CRUdJTi[A-Za-z0-9+/=]+", "[PEM]"),
            (r"\b\d+(\.\d+)?(ms|µs)\b", "[MS]"),
            (r"\(\d+s\)", "([AGE])"),
            (r#"(held|tunnelled|redirected|annotation)("?: ?)\d+"#, "$1$2[AGE]"),
        ]
        .map(|(pattern, word)| (regex::Regex::new(pattern).unwrap(), word))
        .into()
    });
    let text = text.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
    PATTERNS.iter().fold(text, |text, (pattern, word)| {
        pattern.replace_all(&text, *word).into_owned()
    })
}

/// Commands whose JSON is not of our making.
const FOREIGN: [&str; 5] = [
    "ns enroll",
    "ns unenroll",
    "xds dump",
    "ztunnel-config all",
    "schema",
];

impl Ended {
    /// What else than the document is on standard output.
    pub(crate) fn impurity(&self, leaf: &str, format: Option<&str>) -> Option<String> {
        if self.stdout.contains('\u{1b}') || self.stderr.contains('\u{1b}') {
            return Some("it has escape codes".to_owned());
        }
        let text = &self.document.0;
        if text.is_empty() {
            return None;
        }
        match format {
            Some("json") => {
                let value = match serde_json::from_str::<Value>(text) {
                    Ok(value) => value,
                    Err(error) => return Some(format!("stdout is no JSON: {error}")),
                };
                if FOREIGN.contains(&leaf) {
                    return None;
                }
                let Some(schema) = schema::find(leaf) else {
                    return Some("its document has no schema".to_owned());
                };
                crate::documents::mismatch(&serde_json::to_value(schema).unwrap(), &value)
            }
            Some("yaml") => meshctl::yaml::all_from_str(text)
                .err()
                .map(|error| format!("stdout is no YAML: {error}")),
            _ => None,
        }
    }
}
