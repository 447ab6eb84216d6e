//! Findings and how they are printed, in the shape operators know from other meshes' `check`. (pure)

use schemars::JsonSchema;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write as _;

/// Where hints lead; a check's id is the anchor.
const HINTS: &str = concat!(
    "https://github.com/meshctl/meshctl/blob/v",
    env!("CARGO_PKG_VERSION"),
    "/README.md#"
);

/// Where the README speaks of something.
#[must_use]
pub fn documentation(anchor: &str) -> String {
    format!("{HINTS}{anchor}")
}

/// How one check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As it should be.
    Success,
    /// Worth knowing; does not change the result.
    Warning,
    /// Not as it should be.
    Error,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Its stable name.
    #[serde(skip)]
    pub id: &'static str,
    /// What was checked.
    pub description: String,
    /// How it came out.
    pub result: Outcome,
    /// Why it did not succeed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Where to read on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Waiting is of no use.
    #[serde(skip)]
    pub is_final: bool,
}

/// Checks that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Category {
    /// Its name.
    #[serde(rename = "categoryName")]
    pub name: Cow<'static, str>,
    /// Its checks, in order.
    pub checks: Vec<Finding>,
}

impl Category {
    /// A category without checks.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            checks: Vec::new(),
        }
    }

    /// Adds a check that succeeds, or fails with a reason.
    pub fn check(&mut self, id: &'static str, description: &str, problem: Option<String>) {
        self.add(id, description, Outcome::Error, problem);
    }

    /// Adds a check that succeeds, or warns with a reason.
    pub fn advise(&mut self, id: &'static str, description: &str, problem: Option<String>) {
        self.add(id, description, Outcome::Warning, problem);
    }

    fn add(&mut self, id: &'static str, description: &str, severity: Outcome, problem: Option<String>) {
        let hint = problem.as_ref().map(|_| format!("{HINTS}{id}"));
        self.checks.push(Finding {
            id,
            description: description.to_owned(),
            result: problem.as_ref().map_or(Outcome::Success, |_| severity),
            error: problem,
            hint,
            is_final: false,
        });
    }

    /// Whether a check of it failed.
    #[must_use]
    pub fn has_error(&self) -> bool {
        self.checks.iter().any(|check| check.result == Outcome::Error)
    }
}

/// All findings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// No check failed.
    pub success: bool,
    /// By category.
    pub categories: Vec<Category>,
}

impl Report {
    /// Sums up.
    #[must_use]
    pub fn new(categories: Vec<Category>) -> Self {
        Self {
            success: !categories.iter().any(Category::has_error),
            categories,
        }
    }

    /// Keeps or drops checks by id; turns warnings into errors if asked.
    #[must_use]
    pub fn chosen(mut self, only: &[String], skip: &[String], is_strict: bool) -> Self {
        for category in &mut self.categories {
            category.checks.retain(|check| {
                let named = |list: &[String]| list.iter().any(|id| id == check.id || *id == category.name);
                (only.is_empty() || named(only)) && !named(skip)
            });
            for check in &mut category.checks {
                if is_strict && check.result == Outcome::Warning {
                    check.result = Outcome::Error;
                }
            }
        }
        self.categories.retain(|category| !category.checks.is_empty());
        Self::new(self.categories)
    }

    /// Whether a failed check cannot be cured by waiting.
    #[must_use]
    pub fn is_hopeless(&self) -> bool {
        let mut checks = self.categories.iter().flat_map(|category| &category.checks);
        checks.any(|check| check.result == Outcome::Error && check.is_final)
    }

    /// The table form; `short` shows only what did not pass.
    #[must_use]
    pub fn text(&self, is_short: bool) -> String {
        let mut text = String::new();
        for category in &self.categories {
            let shown: Vec<&Finding> = category
                .checks
                .iter()
                .filter(|check| !is_short || check.result != Outcome::Success)
                .collect();
            if shown.is_empty() {
                continue;
            }
            _ = writeln!(text, "{}\n{}", category.name, "-".repeat(category.name.len()));
            for check in shown {
                let mark = match check.result {
                    Outcome::Success => '√',
                    Outcome::Warning => '‼',
                    Outcome::Error => '×',
                };
                _ = writeln!(text, "{mark} {}", check.description);
                if let Some(error) = &check.error {
                    _ = writeln!(text, "    {}", error.replace('\n', "\n    "));
                }
                if let Some(hint) = &check.hint {
                    _ = writeln!(text, "    see {hint} for hints");
                }
            }
            text.push('\n');
        }
        _ = writeln!(
            text,
            "Status check results are {}",
            if self.success { '√' } else { '×' }
        );
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report() -> Report {
        let mut first = Category::new("kubernetes-api");
        first.check("api", "can query the Kubernetes API", None);
        let mut second = Category::new("ztunnel");
        second.check(
            "ztunnel-ready",
            "node proxies are ready",
            Some("1 of 2 nodes are ready".to_owned()),
        );
        second.advise(
            "ztunnel-version",
            "node proxies have this version",
            Some("one is older".to_owned()),
        );
        Report::new(vec![first, second])
    }

    #[test]
    fn cli_c18_the_table_has_the_known_form() {
        let text = report().text(false);
        assert!(
            text.starts_with(
                "kubernetes-api\n--------------\n√ can query the Kubernetes API\n\nztunnel\n-------\n× node"
            ),
            "{text}"
        );
        assert!(
            text.contains("× node proxies are ready\n    1 of 2 nodes are ready\n    see https://"),
            "{text}"
        );
        assert!(text.contains("‼ node proxies have this version\n"), "{text}");
        assert!(text.ends_with("\n\nStatus check results are ×\n"), "{text}");
    }

    #[test]
    fn cli_c18_short_prints_only_the_last_line_when_all_is_well() {
        let mut category = Category::new("kubernetes-api");
        category.check("api", "can query the Kubernetes API", None);
        assert_eq!(
            Report::new(vec![category]).text(true),
            "Status check results are √\n"
        );
    }

    #[test]
    fn checks_can_be_chosen_and_warnings_made_errors() {
        let chosen = report().chosen(&["ztunnel-version".to_owned()], &[], true);
        assert!(!chosen.success && chosen.categories.len() == 1);
        assert!(report().chosen(&[], &["ztunnel".to_owned()], false).success);
    }
}
