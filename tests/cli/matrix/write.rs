//! Transcripts of the matrix as files.

use super::Way;
use super::run::Ended;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Longer outputs are cut here: what is in them is for tests of the command itself.
const LINES: usize = 40;

/// `tests/cmd/ns/matrix/list.txt` of `ns list`.
pub(super) fn path(leaf: &str) -> PathBuf {
    let (top, rest) = leaf.split_once(' ').unwrap_or((leaf, "command"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/cmd");
    root.join(top)
        .join("matrix")
        .join(format!("{}.txt", rest.replace(' ', "-")))
}

/// Runs of one way; formats with the same outcome are told together.
pub(super) fn cell(way: Way, line: &str, runs: &[(Option<String>, Ended)]) -> String {
    let title = match way {
        Way::Ok => "ok",
        Way::Finding => "finding",
        Way::Usage => "usage error",
        Way::Unparsable => "unparsable input",
        Way::NoCluster => "no cluster",
        Way::Forbidden => "403",
        Way::TimedOut => "timeout",
        Way::Interrupted => "interrupted",
    };
    let mut text = format!("## {title}\n");
    let mut told: Vec<&Ended> = Vec::new();
    for (_, ended) in runs {
        if told.contains(&ended) {
            continue;
        }
        told.push(ended);
        let same = runs.iter().filter(|(_, other)| other == ended);
        let formats: Vec<&str> = same.filter_map(|(format, _)| format.as_deref()).collect();
        _ = write!(text, "$ meshctl {line}");
        if !formats.is_empty() {
            _ = write!(text, " -o {}", formats.join("|"));
        }
        _ = writeln!(text, "\n? {}", ended.code);
        for (name, output) in [("stdout", &ended.stdout), ("stderr", &ended.stderr)] {
            if !output.is_empty() {
                _ = writeln!(text, "{name}:");
                lines(&mut text, output);
            }
        }
    }
    text.push('\n');
    text
}

fn lines(text: &mut String, output: &str) {
    let all: Vec<&str> = output.lines().collect();
    for line in all.iter().take(LINES) {
        _ = writeln!(text, "{}", format!("  {line}").trim_end());
    }
    if all.len() > LINES {
        text.push_str("  [more]\n");
    }
}

/// Files that are not as they should be, or writes them where that is asked for.
pub(super) fn compare(files: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let overwrites = std::env::var_os("TRYCMD").is_some_and(|word| word == "overwrite");
    let mut wrong = Vec::new();
    for (path, text) in files {
        if overwrites {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let held = std::fs::read_to_string(path).unwrap_or_default();
        if held != *text {
            let differs = held.lines().zip(text.lines()).find(|(held, now)| held != now);
            let (before, now) = differs.unwrap_or(("", "more or fewer lines"));
            wrong.push(format!("{}: `{before}` is now `{now}`", path.display()));
        }
    }
    wrong
}
