//! The Rust files of the repository, and what can be said of one by reading it.

use std::fs;
use std::path::Path;

/// One file.
pub(crate) struct Source {
    /// Its path from the root.
    pub(crate) name: String,
    /// All of it.
    pub(crate) text: String,
}

/// Every file that people wrote.
pub(crate) fn sources() -> Vec<Source> {
    let root = super::root();
    let mut found = Vec::new();
    for folder in super::FOLDERS {
        collect(&root, &root.join(folder), &mut found);
    }
    assert!(found.len() > 50, "{} files", found.len());
    found
}

fn collect(root: &Path, folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
        let generated = name.ends_with("/gen") || name.ends_with("/target");
        if path.is_dir() && !generated {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.push(Source { name, text });
        }
    }
}

/// Whether a line has `word` at the start of a name: `rand::` is not in `Operand::`.
pub(crate) fn names(line: &str, word: &str) -> bool {
    let inside = |before: &str| before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| !inside(&line[..at]))
}

impl Source {
    /// Without the tests at its end.
    pub(crate) fn code(&self) -> &str {
        let end = self.text.find("\n#[cfg(test)]\nmod tests");
        &self.text[..end.unwrap_or(self.text.len())]
    }

    /// Whether it is nothing but tests.
    pub(crate) fn is_test(&self) -> bool {
        self.name.starts_with("tests/") || self.name.contains("/tests/") || self.name.ends_with("/tests.rs")
    }

    /// Whether its module doc says that it decides and does not act.
    pub(crate) fn is_pure(&self) -> bool {
        self.text
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .any(|line| line.contains("(pure)"))
    }

    /// Whether it has unsafe code.
    pub(crate) fn has_unsafe(&self) -> bool {
        self.unsafe_lines().next().is_some()
    }

    fn unsafe_lines(&self) -> impl Iterator<Item = usize> {
        let starts = ["unsafe {", "unsafe impl", "unsafe fn", "#[unsafe("];
        let code = self
            .text
            .lines()
            .enumerate()
            .filter(|(_, line)| !line.trim_start().starts_with("//"));
        code.filter(move |(_, line)| starts.iter().any(|start| line.contains(start)))
            .map(|(number, _)| number)
    }

    /// Lines with unsafe code that no comment above explains.
    pub(crate) fn unsafe_without_reason(&self) -> Vec<usize> {
        let lines: Vec<_> = self.text.lines().collect();
        let explained = |at: usize| {
            lines[at.saturating_sub(8)..at]
                .iter()
                .any(|line| line.contains("// SAFETY:"))
        };
        self.unsafe_lines()
            .filter(|at| !explained(*at))
            .map(|at| at + 1)
            .collect()
    }
}
