//! Label selectors as kubectl's `-l` takes them: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`. (pure)

use kube::core::{Expression, Selector, SelectorExt};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

/// What is wrong with a selector: the requirement that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a label requirement: write a=b, a!=b, a in (b,c), a notin (b), a or !a")]
pub struct SelectorError(String);

/// What labels must be like; all requirements must hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels(Selector);

impl FromStr for Labels {
    type Err = SelectorError;

    fn from_str(text: &str) -> Result<Self, SelectorError> {
        let expressions = split(text).into_iter().map(requirement);
        let mut selector = Selector::default();
        selector.extend(expressions.collect::<Result<Vec<_>, _>>()?);
        Ok(Self(selector))
    }
}

impl Labels {
    /// Whether these labels are wanted.
    #[must_use]
    pub fn matches(&self, labels: &BTreeMap<String, String>) -> bool {
        self.0.matches(labels)
    }

    /// Whether an object with these labels is wanted.
    #[must_use]
    pub fn wants(&self, object: &Value) -> bool {
        let labels = object["metadata"]["labels"].as_object().into_iter().flatten();
        let labels = labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        self.matches(&labels.collect())
    }
}

/// The requirements, at commas outside of parentheses.
fn split(text: &str) -> Vec<&str> {
    let (mut parts, mut depth, mut begin) = (Vec::new(), 0_usize, 0);
    for (at, c) in text.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                parts.push(&text[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[begin..]);
    parts
}

fn requirement(part: &str) -> Result<Expression, SelectorError> {
    let wrong = || SelectorError(part.trim().to_owned());
    let key = |text: &str| {
        Some(text.trim())
            .filter(|text| is_word(text, true))
            .map(str::to_owned)
    };
    let value = |text: &str| {
        Some(text.trim())
            .filter(|text| text.is_empty() || is_word(text, false))
            .map(str::to_owned)
    };
    for (sign, is_equal) in [("!=", false), ("==", true), ("=", true)] {
        if let Some((left, right)) = part.split_once(sign) {
            let (left, right) = (key(left).ok_or_else(wrong)?, value(right).ok_or_else(wrong)?);
            return Ok(if is_equal {
                Expression::Equal(left, right)
            } else {
                Expression::NotEqual(left, right)
            });
        }
    }
    if let Some((left, values)) = part.split_once('(') {
        let values = values.trim_end().strip_suffix(')').ok_or_else(wrong)?;
        let values: BTreeSet<String> = values
            .split(',')
            .map(value)
            .collect::<Option<_>>()
            .ok_or_else(wrong)?;
        let (left, word) = left.trim().rsplit_once(char::is_whitespace).ok_or_else(wrong)?;
        let left = key(left).ok_or_else(wrong)?;
        return match word {
            "in" => Ok(Expression::In(left, values)),
            "notin" => Ok(Expression::NotIn(left, values)),
            _ => Err(wrong()),
        };
    }
    let (text, is_absent) = match part.trim().strip_prefix('!') {
        Some(rest) => (rest, true),
        None => (part, false),
    };
    let text = key(text).ok_or_else(wrong)?;
    Ok(if is_absent {
        Expression::DoesNotExist(text)
    } else {
        Expression::Exists(text)
    })
}

/// Whether a text can be a label's value or, with slashes, its key.
fn is_word(text: &str, may_have_slash: bool) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c) || (may_have_slash && c == '/');
    let ends = [text.chars().next(), text.chars().last()];
    text.chars().all(is_inner)
        && ends
            .iter()
            .all(|end| end.is_some_and(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(selector: &str, is_wanted: bool) {
        let pod = json!({"metadata": {"labels": {"app": "web", "istio.io/rev": "blue", "tier": ""}}});
        let selector: Labels = selector.parse().unwrap();
        assert_eq!(selector.wants(&pod), is_wanted, "{selector:?}");
    }

    #[test]
    fn every_operator_of_kubectl_is_understood() {
        for wanted in [
            "app=web",
            "app==web",
            "app!=api",
            "other!=x",
            "app in (web, api)",
            "app notin (api)",
            "other notin (x)",
            "istio.io/rev",
            "!other",
            "app=web,istio.io/rev in (blue,green),!other",
            "tier=",
        ] {
            check(wanted, true);
        }
        for unwanted in [
            "app=api",
            "app!=web",
            "app in (api)",
            "app notin (web)",
            "other",
            "!app",
            "app=web,other",
        ] {
            check(unwanted, false);
        }
        assert!(!"app".parse::<Labels>().unwrap().wants(&json!({"metadata": {}})));
    }

    #[test]
    fn what_is_no_requirement_is_named() {
        for (text, named) in [
            ("", "``"),
            ("a=b c", "`a=b c`"),
            ("x,a near (b)", "`a near (b)`"),
            ("a in (b", "`a in (b`"),
            ("-a", "`-a`"),
        ] {
            let error = text.parse::<Labels>().unwrap_err().to_string();
            assert!(error.starts_with(named), "{error}");
        }
    }
}
