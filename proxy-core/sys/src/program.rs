//! What the mains of the programs have in common: the environment in, one line and a status out.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The environment; variables that are not UTF-8 are no settings of ours.
#[must_use]
pub fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// Where this program is. A build since its start may have put another file of the same program in its place.
pub fn own_path() -> io::Result<PathBuf> {
    std::env::current_exe().map(|path| replaced(&path))
}

/// The kernel adds a word to the path of a file that is not there any more.
fn replaced(path: &Path) -> PathBuf {
    let there = path.to_str().and_then(|path| path.strip_suffix(" (deleted)"));
    there.map_or_else(|| path.to_owned(), PathBuf::from)
}

/// An error with all its causes in one line.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        // some libraries repeat their cause in their own text
        if !line.ends_with(&text) {
            line = format!("{line}: {text}");
        }
        cause = error.source();
    }
    line
}

/// The status of a program that ended so; an error is told on standard error.
#[must_use]
pub fn status(result: Result<(), Box<dyn Error>>) -> ExitCode {
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // standard error may be closed; the exit status tells the rest
            let _ = writeln!(io::stderr(), "error: {}", chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}

/// Writes the whole answer of a command.
pub fn print(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(io::stdout().write_all(text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_was_built_again_is_where_it_was() {
        assert_eq!(replaced(Path::new("/bin/a (deleted)")), Path::new("/bin/a"));
        assert_eq!(replaced(Path::new("/bin/b")), Path::new("/bin/b"));
        assert!(own_path().unwrap().is_file());
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] Box<dyn Error>);

    #[test]
    fn causes_follow_in_one_line() {
        let inner: Box<dyn Error> = "inner".into();
        assert_eq!(chain(&Outer(inner)), "outer: inner");
    }

    #[test]
    fn a_cause_that_was_told_is_not_told_twice() {
        let inner: Box<dyn Error> = "outer".into();
        assert_eq!(chain(&Outer(inner)), "outer");
    }
}
