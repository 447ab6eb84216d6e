//! Which events are logged: `level` and `target=level` clauses. (pure)

use std::fmt;
use std::str::FromStr;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// A set of clauses; at most one for each target, and one plain level.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    level: LevelFilter,
    targets: Vec<(String, LevelFilter)>,
}

/// A text that is no filter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid log level `{0}`")]
pub struct InvalidFilter(pub String);

impl Default for Filter {
    fn default() -> Self {
        Self {
            level: LevelFilter::INFO,
            targets: Vec::new(),
        }
    }
}

impl Filter {
    /// This filter with further clauses, which win over equal targets. Empty text changes nothing.
    pub fn with(&self, clauses: &str) -> Result<Self, InvalidFilter> {
        let mut next = self.clone();
        for clause in clauses
            .split(',')
            .map(str::trim)
            .filter(|clause| !clause.is_empty())
        {
            let invalid = || InvalidFilter(clauses.to_owned());
            match clause.split_once('=') {
                None => next.level = level(clause).ok_or_else(invalid)?,
                Some((target, text)) if is_target(target) => {
                    let level = level(text).ok_or_else(invalid)?;
                    next.targets.retain(|(held, _)| held != target);
                    next.targets.push((target.to_owned(), level));
                }
                Some(_) => return Err(invalid()),
            }
        }
        // most specific first, as the field prints it
        next.targets
            .sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        Ok(next)
    }

    /// The form that the subscriber understands.
    #[must_use]
    pub fn to_targets(&self) -> Targets {
        let targets = self
            .targets
            .iter()
            .map(|(target, level)| (target.clone(), *level));
        Targets::new().with_default(self.level).with_targets(targets)
    }
}

impl FromStr for Filter {
    type Err = InvalidFilter;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::default().with(text)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (target, level) in &self.targets {
            write!(f, "{target}={level},")?;
        }
        write!(f, "{}", self.level)
    }
}

fn is_target(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b':' | b'_' | b'-' | b'.'))
}

/// Lower case only, and `off`.
fn level(text: &str) -> Option<LevelFilter> {
    match text {
        "off" => Some(LevelFilter::OFF),
        "error" => Some(LevelFilter::ERROR),
        "warn" => Some(LevelFilter::WARN),
        "info" => Some(LevelFilter::INFO),
        "debug" => Some(LevelFilter::DEBUG),
        "trace" => Some(LevelFilter::TRACE),
        _ => None,
    }
}
