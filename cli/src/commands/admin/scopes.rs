//! Scopes of a control plane's log: what its answer says, and what must be sent to change it. (pure)
//!
//! Ours has one filter, the reference a list of scopes with two levels each; both are read and changed.

use super::Row;
use crate::exit::Failure;
use crate::ztunnel::levels;
use serde_json::{Value, json};

/// The levels that stack traces can have.
const LEVELS: [&str; 5] = ["none", "error", "warn", "info", "debug"];
/// What the reference logs unless it is told otherwise.
const DEFAULT: [&str; 2] = ["info", "none"];
/// What both call the scope without a name.
const WHOLE: &str = "default";

/// A level for one scope, or for all.
type Clause = (Option<String>, String);

/// What is to be changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Change {
    log: Vec<Clause>,
    stacks: Vec<Clause>,
    resets_log: bool,
    resets_stacks: bool,
}

impl Change {
    /// Of the flags' values; a reset comes before what is set.
    ///
    /// # Errors
    /// A level that is none (64).
    pub(super) fn new(
        level: Option<&str>,
        stacks: Option<&str>,
        (resets_log, resets_stacks): (bool, bool),
    ) -> Result<Self, Failure> {
        Ok(Self {
            log: level.map_or(Ok(Vec::new()), log_clauses)?,
            stacks: stacks.map_or(Ok(Vec::new()), stack_clauses)?,
            resets_log,
            resets_stacks,
        })
    }

    /// Whether nothing is to be changed.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether stack traces are to be written, which only the reference can.
    pub(super) fn wants_stacks(&self) -> bool {
        self.stacks.iter().any(|(_, level)| level != "none")
    }

    /// What to put where, below `/scopej`, for a control plane that gave this answer.
    ///
    /// # Errors
    /// A scope that the reference does not have (64).
    pub(super) fn requests(&self, answer: &Value) -> Result<Vec<(String, Value)>, Failure> {
        if let Some(all) = answer.as_array() {
            return self.requests_for(all);
        }
        let clauses: Vec<String> = self.log.iter().map(filter_clause).collect();
        let (level, reset) = (clauses.join(","), self.resets_log);
        if level.is_empty() && !reset {
            return Ok(Vec::new());
        }
        Ok(vec![(
            "/scopej".to_owned(),
            json!({"level": level, "reset": reset}),
        )])
    }

    fn requests_for(&self, all: &[Value]) -> Result<Vec<(String, Value)>, Failure> {
        for (scope, _) in self.log.iter().chain(&self.stacks) {
            let Some(scope) = scope else { continue };
            if !all.iter().any(|one| one["name"] == scope.as_str()) {
                return Err(Failure::usage(format!("there is no log scope `{scope}`"))
                    .hint("`meshctl admin log` lists the scopes"));
            }
        }
        let mut requests = Vec::new();
        for one in all {
            let mut wanted = one.clone();
            let name = one["name"].as_str().unwrap_or_default();
            let [log, stacks] = [
                (self.resets_log, &self.log, 0),
                (self.resets_stacks, &self.stacks, 1),
            ]
            .map(|(resets, clauses, at)| level_of(name, clauses).or(resets.then_some(DEFAULT[at])));
            for (key, level) in [("output_level", log), ("stack_trace_level", stacks)] {
                if let Some(level) = level {
                    wanted[key] = json!(reference_level(level));
                }
            }
            if wanted != *one {
                requests.push((format!("/scopej/{name}"), wanted));
            }
        }
        Ok(requests)
    }
}

/// The level that a list gives a scope; one for the scope beats one for all, and a later one an earlier.
fn level_of<'a>(name: &str, clauses: &'a [Clause]) -> Option<&'a str> {
    let find = |wanted: Option<&str>| {
        let fits = clauses.iter().rfind(|(scope, _)| scope.as_deref() == wanted);
        fits.map(|(_, level)| level.as_str())
    };
    find(Some(name)).or_else(|| find(None))
}

/// `off` and `trace` are ours.
fn reference_level(level: &str) -> &str {
    match level {
        "off" => "none",
        "trace" => "debug",
        other => other,
    }
}

fn filter_clause((scope, level): &Clause) -> String {
    match scope.as_deref() {
        None | Some(WHOLE) => level.clone(),
        Some(scope) => format!("{scope}={level}"),
    }
}

/// A list of levels for a filter; `none` is `off` there.
fn log_clauses(text: &str) -> Result<Vec<Clause>, Failure> {
    let clauses: Vec<String> = text
        .split(',')
        .map(|clause| match clause.trim().strip_suffix("none") {
            Some(before) if before.is_empty() || before.ends_with([':', '=']) => format!("{before}off"),
            _ => clause.trim().to_owned(),
        })
        .collect();
    let directives = levels::directives(&clauses.join(",")).map_err(Failure::usage)?;
    let clause = |one: &str| match one.rsplit_once('=') {
        Some((scope, level)) => (Some(scope.to_owned()), level.to_owned()),
        None => (None, one.to_owned()),
    };
    Ok(directives.split(',').map(clause).collect())
}

/// A list of levels for stack traces.
fn stack_clauses(text: &str) -> Result<Vec<Clause>, Failure> {
    let clause = |one: &str| {
        let (scope, level) = match one.rsplit_once([':', '=']) {
            Some((scope, level)) => (Some(scope.to_owned()), level),
            None => (None, one),
        };
        if LEVELS.contains(&level) && scope.as_deref() != Some("") {
            return Ok((scope, level.to_owned()));
        }
        Err(Failure::usage(format!("unrecognized stack trace level: {one}"))
            .hint(format!("levels are {}", LEVELS.join(", "))))
    };
    text.split(',').map(|one| clause(one.trim())).collect()
}

/// The scopes of an answer: ours is one filter, the reference's a list.
pub(super) fn rows(pod: &str, answer: &Value) -> Vec<Row> {
    let row = |scope: &str, level: &str, stack: &str, description: &str| Row {
        pod: pod.to_owned(),
        scope_name: scope.to_owned(),
        log_level: level.to_owned(),
        stack_trace_level: stack.to_owned(),
        description: description.to_owned(),
    };
    if let Some(filter) = answer["level"].as_str() {
        let clauses = filter.split(',').filter(|clause| !clause.is_empty());
        return clauses
            .map(|clause| match clause.split_once('=') {
                Some((scope, level)) => row(scope, level, "none", "this scope and what is below it"),
                None => row(WHOLE, clause, "none", "every scope that is not named"),
            })
            .collect();
    }
    let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
    let all = answer.as_array().into_iter().flatten();
    all.map(|one| {
        let [name, level, stack, about] =
            ["name", "output_level", "stack_trace_level", "description"].map(|key| text(one, key));
        row(&name, &level, &stack, &about)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exit::Exit;

    fn change(level: &str, stacks: &str, resets: (bool, bool)) -> Result<Change, Failure> {
        let given = |text: &'static str| (!text.is_empty()).then_some(text);
        let (level, stacks) = (level.to_owned().leak(), stacks.to_owned().leak());
        Change::new(given(level), given(stacks), resets)
    }

    fn reference() -> Value {
        let scope = |name: &str| json!({"name": name, "output_level": "debug", "stack_trace_level": "error", "description": "x"});
        json!([scope("ads"), scope("default")])
    }

    #[test]
    fn both_kinds_of_answers_are_scopes() {
        let ours = rows("a", &json!({"level": "info,xds=debug"}));
        let told: Vec<_> = ours
            .iter()
            .map(|row| (row.scope_name.as_str(), row.log_level.as_str()))
            .collect();
        assert_eq!(told, [("default", "info"), ("xds", "debug")]);
        assert_eq!(rows("a", &reference())[0].log_level, "debug");
    }

    #[test]
    fn a_filter_is_told_its_clauses_and_a_reset() {
        let answer = json!({"level": "info"});
        let sent = |change: Change| change.requests(&answer).unwrap();
        let whole =
            |level: &str, reset: bool| vec![("/scopej".to_owned(), json!({"level": level, "reset": reset}))];
        assert_eq!(
            sent(change("xds:debug,none", "", (false, false)).unwrap()),
            whole("xds=debug,off", false)
        );
        assert_eq!(
            sent(change("default:warn", "", (false, false)).unwrap()),
            whole("warn", false)
        );
        assert_eq!(sent(change("", "", (true, true)).unwrap()), whole("", true));
        // it keeps no stack traces, so there is nothing to tell it
        let stacks = change("", "error", (false, false)).unwrap();
        assert!(stacks.wants_stacks() && sent(stacks).is_empty());
    }

    #[test]
    fn a_list_is_told_each_scope_that_changes() {
        let level = |requests: &[(String, Value)], at: usize| {
            let (path, body) = &requests[at];
            let text = |key: &str| body[key].as_str().unwrap().to_owned();
            (path.clone(), text("output_level"), text("stack_trace_level"))
        };
        let of = |path: &str, log: &str, stack: &str| (path.to_owned(), log.to_owned(), stack.to_owned());
        let one = change("ads:none", "", (false, false)).unwrap();
        let one = one.requests(&reference()).unwrap();
        assert_eq!(
            (one.len(), level(&one, 0)),
            (1, of("/scopej/ads", "none", "error"))
        );
        let all = change("ads:warn,error", "ads:info", (false, true)).unwrap();
        let all = all.requests(&reference()).unwrap();
        assert_eq!(level(&all, 0), of("/scopej/ads", "warn", "info"));
        assert_eq!(level(&all, 1), of("/scopej/default", "error", "none"));
        let unknown = change("nobody:warn", "", (false, false)).unwrap();
        assert_eq!(unknown.requests(&reference()).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn levels_are_checked_before_anybody_is_asked() {
        for (level, stacks) in [("loud", ""), ("", "loud"), ("", "trace"), ("", ":error")] {
            assert_eq!(
                change(level, stacks, (false, false)).unwrap_err().exit,
                Exit::Usage,
                "{level} {stacks}"
            );
        }
        assert!(change("", "", (false, false)).unwrap().is_empty());
    }
}
