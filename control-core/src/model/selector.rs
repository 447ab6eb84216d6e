//! Label selectors with expressions, as the mesh configuration and Gateways write them.

use serde::{Deserialize, Serialize};

use super::Labels;

/// A selector; one without terms selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Selector {
    /// Labels that must all be present.
    pub match_labels: Labels,
    /// Expressions that must all hold.
    pub match_expressions: Vec<Expression>,
}

/// One expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Expression {
    /// The label.
    pub key: String,
    /// What must hold.
    pub operator: Operator,
    /// What it is compared with.
    #[serde(default)]
    pub values: Vec<String>,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// Present and one of the values.
    In,
    /// Absent or none of the values.
    NotIn,
    /// Present.
    Exists,
    /// Absent.
    DoesNotExist,
}

/// Whether any of the selectors selects these labels; without selectors everything is.
#[must_use]
pub fn selects_any(selectors: &[Selector], labels: &Labels) -> bool {
    selectors.is_empty() || selectors.iter().any(|one| one.matches(labels))
}

impl Selector {
    /// Labels only.
    #[must_use]
    pub fn of(labels: Labels) -> Self {
        Self {
            match_labels: labels,
            match_expressions: Vec::new(),
        }
    }

    /// What is wrong with it, if anything.
    #[must_use]
    pub fn flaw(&self) -> Option<&'static str> {
        self.match_expressions.iter().find_map(|one| {
            let takes_values = matches!(one.operator, Operator::In | Operator::NotIn);
            match (takes_values, one.values.is_empty()) {
                _ if one.key.is_empty() => Some("an expression has no key"),
                (true, true) => Some("an expression with In or NotIn has no values"),
                (false, false) => Some("an expression with Exists or DoesNotExist has values"),
                _ => None,
            }
        })
    }

    /// Whether it selects these labels.
    #[must_use]
    pub fn matches(&self, labels: &Labels) -> bool {
        let holds = |one: &Expression| {
            let value = labels.get(&one.key);
            match one.operator {
                Operator::In => value.is_some_and(|value| one.values.contains(value)),
                Operator::NotIn => value.is_none_or(|value| !one.values.contains(value)),
                Operator::Exists => value.is_some(),
                Operator::DoesNotExist => value.is_none(),
            }
        };
        let has = |(key, value): (&String, &String)| labels.get(key) == Some(value);
        self.match_labels.iter().all(has) && self.match_expressions.iter().all(holds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, labels: &[(&str, &str)], expected: bool) {
        let selector: Selector = serde_json::from_str(selector).unwrap();
        let labels = labels
            .iter()
            .map(|(key, value)| ((*key).into(), (*value).into()))
            .collect();
        assert_eq!(selector.flaw(), None);
        assert_eq!(selector.matches(&labels), expected);
    }

    #[test]
    fn terms_are_anded() {
        check("{}", &[], true);
        check(r#"{"matchLabels":{"a":"1"}}"#, &[("a", "1"), ("b", "2")], true);
        check(r#"{"matchLabels":{"a":"1"}}"#, &[("a", "2")], false);
        let one = r#"{"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]},
                      {"key":"b","operator":"DoesNotExist"}]}"#;
        check(one, &[("a", "2")], true);
        check(one, &[("a", "2"), ("b", "")], false);
        check(one, &[], false);
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}"#,
            &[],
            true,
        );
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"Exists"}]}"#,
            &[("a", "")],
            true,
        );
    }

    #[test]
    fn a_flaw_is_named() {
        let flawed: Selector =
            serde_json::from_str(r#"{"matchExpressions":[{"key":"a","operator":"In"}]}"#).unwrap();
        assert!(flawed.flaw().unwrap().contains("no values"));
    }
}
