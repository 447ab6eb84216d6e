//! Findings that somebody does not want to see: `CODE=Kind name.namespace`, with `*` for anything. (pure)

use super::{Message, code};

/// One suppression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suppression {
    /// The code.
    pub code: String,
    /// What of the subject's title.
    pattern: String,
}

impl Suppression {
    /// Reads a flag's value.
    ///
    /// # Errors
    /// It has no `=`.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text.split_once('=') {
            Some((code, pattern)) if !code.is_empty() && !pattern.is_empty() => Ok(Self {
                code: code.to_owned(),
                pattern: pattern.to_owned(),
            }),
            _ => Err("write it as CODE=Kind name.namespace, for example MESH0002=Gateway *.shop".to_owned()),
        }
    }

    /// Whether the code exists.
    #[must_use]
    pub fn is_known(&self) -> bool {
        code::ALL
            .iter()
            .any(|one| one.code.eq_ignore_ascii_case(&self.code))
    }

    /// Whether it hides a finding.
    #[must_use]
    pub fn hides(&self, message: &Message) -> bool {
        message.code.code.eq_ignore_ascii_case(&self.code) && matches(&self.pattern, &message.subject.title())
    }
}

/// `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(head) else {
        return false;
    };
    rest.is_empty() || (0..=text.len()).any(|at| text.is_char_boundary(at) && matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cli_c19_wildcards_match_any_text() {
        for (pattern, text, expected) in [
            ("Pod web.shop", "Pod web.shop", true),
            ("Pod *.shop", "Pod web.shop", true),
            ("*", "Pod web.shop", true),
            ("* web*", "Pod web-1.shop", true),
            ("Pod *.other", "Pod web.shop", false),
            ("Pod web", "Pod web.shop", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
        assert!(Suppression::parse("IST0101").is_err());
        assert!(!Suppression::parse("IST9999=*").unwrap().is_known());
    }
}
