//! How a command ends: the exit codes (`spec/cli.md` 1.5) and the one error type of the commands.
//!
//! Libraries below have their own errors; here they become what an operator reads: what failed,
//! why, and what to do about it. A failure never exits with 0, except the reader who went away.

use std::error::Error;
use std::fmt::Display;
use std::process::ExitCode;

/// Every exit code the program has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It worked; also "nothing to show".
    Ok = 0,
    /// Any error without a code of its own, a refused confirmation, a failed check.
    Error = 1,
    /// A comparison failed; of these commands, 1 means that something differs.
    DiffError = 2,
    /// Bad usage: unknown command or flag, bad value, bad combination.
    Usage = 64,
    /// Input could not be parsed.
    Unparsable = 65,
    /// An analysis found messages at or above the threshold.
    Findings = 79,
    /// A simulation or trace ended otherwise than expected.
    Unexpected = 80,
    /// A wait or time-out ran out.
    TimedOut = 124,
    /// The operator interrupted it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command failed, in the operator's words.
#[derive(Debug)]
pub struct Failure {
    /// The code the program ends with.
    pub exit: Exit,
    /// What failed: operation and subject.
    pub message: String,
    /// Why, from the nearest cause to the root.
    pub causes: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The reader of our output went away: end without a word.
    pub is_silent: bool,
}

impl Failure {
    /// A failure with exit code 1.
    #[must_use]
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Error,
            message: message.into(),
            causes: Vec::new(),
            hint: None,
            is_silent: false,
        }
    }

    /// Bad usage: exit code 64.
    #[must_use]
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Usage,
            ..Self::new(message)
        }
    }

    /// Input that cannot be parsed: exit code 65.
    #[must_use]
    pub fn unparsable(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::Unparsable,
            ..Self::new(message)
        }
    }

    /// A wait that ran out: exit code 124.
    #[must_use]
    pub fn timed_out(message: impl Into<String>) -> Self {
        Self {
            exit: Exit::TimedOut,
            ..Self::new(message)
        }
    }

    /// The reader of our output is gone.
    #[must_use]
    pub fn broken_pipe() -> Self {
        Self {
            exit: Exit::Ok,
            is_silent: true,
            ..Self::new("the reader of the output went away")
        }
    }

    /// Adds one cause in words.
    #[must_use]
    pub fn because(mut self, cause: impl Display) -> Self {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds an error and all its sources, without repeating what the line before already says.
    #[must_use]
    pub fn caused_by(mut self, error: &dyn Error) -> Self {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = error.to_string();
            if !self.causes.iter().any(|known| known.contains(&text)) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_are_those_of_the_specification() {
        let codes = [
            Exit::Ok,
            Exit::Error,
            Exit::DiffError,
            Exit::Usage,
            Exit::Unparsable,
            Exit::Findings,
            Exit::Unexpected,
            Exit::TimedOut,
            Exit::Interrupted,
        ];
        assert_eq!(codes.map(|exit| exit as u8), [0, 1, 2, 64, 65, 79, 80, 124, 130]);
    }

    #[test]
    fn causes_are_listed_once() {
        let inner = std::io::Error::other("connection refused");
        let failure = Failure::new("x")
            .because("sending: connection refused")
            .caused_by(&inner);
        assert_eq!(failure.causes, ["sending: connection refused"]);
    }
}
