//! What is said on stderr: progress, warnings, errors with cause and hint (`style.md` 5).

use crate::exit::{Exit, Failure};
use std::fmt::Write as _;
use std::io::Write as _;

/// Where progress and warnings go.
#[derive(Debug, Clone, Copy)]
pub struct Messages {
    /// Progress is muted; warnings and errors are not.
    pub is_quiet: bool,
    /// Colour is wanted.
    pub has_colour: bool,
}

impl Messages {
    /// One plain line, also when quiet.
    pub fn line(self, text: &str) {
        stderr(&format!("{text}\n"));
    }

    /// A question, without a line end.
    pub fn prompt(self, text: &str) {
        stderr(text);
    }

    /// Something is done.
    pub fn done(self, text: &str) {
        self.progress('✔', "32", text);
    }

    /// Something is under way.
    pub fn doing(self, text: &str) {
        self.progress('►', "36", text);
    }

    /// Something failed, and the error will follow.
    pub fn failed(self, text: &str) {
        stderr(&format!("{} {text}\n", self.mark('✘', "31")));
    }

    /// Something the operator should know.
    pub fn warn(self, text: &str) {
        stderr(&format!("{} {text}\n", self.mark('!', "33")));
    }

    /// What one of several said. A failure is told now and kept for the end: what the others said is still printed.
    pub fn answered<T>(self, answer: Result<T, Failure>, failed: &mut Option<Failure>) -> Option<T> {
        match answer {
            Ok(said) => Some(said),
            Err(failure) => {
                self.warn(&failure.message);
                *failed = Some(failure);
                None
            }
        }
    }

    fn progress(self, mark: char, colour: &str, text: &str) {
        if !self.is_quiet {
            stderr(&format!("{} {text}\n", self.mark(mark, colour)));
        }
    }

    fn mark(self, mark: char, colour: &str) -> String {
        if self.has_colour {
            format!("\x1b[{colour}m{mark}\x1b[0m")
        } else {
            mark.to_string()
        }
    }
}

/// A closed stderr must not end a command that works.
fn stderr(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Says that standard input is awaited, to who sits before the terminal.
pub fn waiting_for_input() {
    stderr("reading objects from standard input\n");
}

/// Prints a failure and says how the program ends.
#[must_use]
pub fn failure(failure: &Failure) -> Exit {
    if !failure.is_silent {
        stderr(&describe(failure));
    }
    failure.exit
}

fn describe(failure: &Failure) -> String {
    let mut text = format!("Error: {}\n", failure.message);
    for cause in &failure.causes {
        _ = writeln!(text, "  cause: {}", cause.trim_end().replace('\n', "\n         "));
    }
    if let Some(hint) = &failure.hint {
        _ = writeln!(text, "  hint: {}", hint.replace('\n', "\n        "));
    }
    text
}

/// Prints what the argument parser has to say: help to stdout, errors with usage to stderr.
#[must_use]
pub fn usage(error: &clap::Error) -> Exit {
    if error.use_stderr() {
        let text = error.to_string();
        stderr(
            &text
                .strip_prefix("error: ")
                .map_or(text.clone(), |rest| format!("Error: {rest}")),
        );
        return Exit::Usage;
    }
    match super::print(&error.to_string()) {
        Ok(()) => Exit::Ok,
        Err(failed) => failure(&failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_reads_what_why_and_what_to_do() {
        let failed = Failure::new("cannot read `x`")
            .because("no such file")
            .hint("make it");
        assert_eq!(
            describe(&failed),
            "Error: cannot read `x`\n  cause: no such file\n  hint: make it\n"
        );
    }
}
