//! The plugin's log: standard error, a rolling file, and the agent while it is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde_json::json;

/// The file starts anew at this size; one older file is kept.
const MAX_FILE: u64 = 10 * 1024 * 1024;
/// Its name in the run folder.
pub const FILE: &str = "istio-cni.log";
/// The one before it.
pub const OLDER: &str = "istio-cni.log.1";

/// How grave a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Details.
    Debug,
    /// What happened.
    Info,
    /// What may become a problem.
    Warn,
    /// What failed.
    Error,
}

impl Level {
    fn as_str(self) -> &'static str {
        match self {
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    /// Reads a setting; unknown words mean `info`.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let all = [Self::Debug, Self::Info, Self::Warn, Self::Error];
        all.into_iter()
            .find(|level| level.as_str() == text)
            .unwrap_or(Self::Info)
    }
}

/// Lines of one call of the plugin.
#[derive(Debug)]
pub struct Journal {
    folder: PathBuf,
    least: Level,
    pod: String,
    lines: Vec<String>,
}

impl Journal {
    /// A journal about a pod.
    #[must_use]
    pub fn new(folder: &Path, least: Level, pod: String) -> Self {
        Self {
            folder: folder.to_owned(),
            least,
            pod,
            lines: Vec::new(),
        }
    }

    /// Adds a line; it goes to standard error at once.
    pub fn say(&mut self, level: Level, message: &str) {
        if level < self.least {
            return;
        }
        let line =
            json!({"level": level.as_str(), "time": Timestamp::now().to_string(), "scope": "cni-plugin",
            "pod": self.pod, "msg": message})
            .to_string();
        // nobody may be listening; the result must not depend on it
        let _ = writeln!(io::stderr(), "{line}");
        self.lines.push(line);
    }

    /// Writes the lines to the file and returns them for the agent.
    #[must_use]
    pub fn finish(self) -> Vec<String> {
        if let Ok(mut file) = self.open() {
            for line in &self.lines {
                let _ = writeln!(file, "{line}");
            }
        }
        self.lines
    }

    fn open(&self) -> io::Result<File> {
        let path = self.folder.join(FILE);
        if fs::metadata(&path).is_ok_and(|meta| meta.len() > MAX_FILE) {
            fs::rename(&path, self.folder.join(OLDER))?;
        }
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_below_the_level_are_left_out_and_the_file_rolls() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::create(folder.path().join(FILE)).unwrap();
        file.set_len(MAX_FILE + 1).unwrap();
        let mut journal = Journal::new(folder.path(), Level::read("warn"), "shop/a".to_owned());
        journal.say(Level::Info, "no");
        journal.say(Level::Error, "yes \"quoted\"\n");
        let lines = journal.finish();
        assert_eq!(lines.len(), 1);
        let text = fs::read_to_string(folder.path().join(FILE)).unwrap();
        assert_eq!(text.lines().count(), 1, "one event is one line");
        assert!(folder.path().join("istio-cni.log.1").exists());
    }
}
