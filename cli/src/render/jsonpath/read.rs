//! kubectl's paths, read and written as RFC 9535 has them. (pure)

use super::{Step, TemplateError};
use jsonpath_rust::JsonPath;
use serde_json::Value;

/// The place of the first character outside of quotes for which `is_end` holds; it is told the depth of brackets.
pub(super) fn find_outside_quotes(text: &str, is_end: impl Fn(char, usize) -> bool) -> Option<usize> {
    let (mut quote, mut depth, mut is_escaped) = (None, 0_usize, false);
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut is_escaped) {
            continue;
        }
        if c == '\\' {
            is_escaped = true;
        } else if quote.is_some() {
            quote = quote.filter(|open| *open != c);
        } else if is_end(c, depth) {
            return Some(at);
        } else {
            match c {
                '"' | '\'' => quote = Some(c),
                '[' | '(' => depth += 1,
                ']' | ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    None
}

/// A text in quotes of either kind, with the escapes of JSON.
pub(super) fn unquote(text: &str) -> Result<String, TemplateError> {
    let quote = text.chars().next().unwrap_or('"');
    let inner = text
        .strip_prefix(quote)
        .and_then(|rest| rest.strip_suffix(quote))
        .ok_or(TemplateError::Open(quote))?;
    let escaped = if quote == '\'' {
        inner.replace("\\'", "'").replace('"', "\\\"")
    } else {
        inner.to_owned()
    };
    serde_json::from_str(&format!("\"{escaped}\"")).map_err(|_| TemplateError::Path(text.to_owned()))
}

/// A name in the quotes of RFC 9535.
fn quoted(name: &str) -> String {
    format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Reads the segments of a path and writes them as RFC 9535 has them.
pub(super) struct Reader<'a> {
    pub(super) rest: &'a str,
    pub(super) whole: &'a str,
}

impl Reader<'_> {
    fn wrong(&self) -> TemplateError {
        TemplateError::Path(self.whole.to_owned())
    }

    pub(super) fn steps(mut self) -> Result<Vec<Step>, TemplateError> {
        let mut steps = Vec::new();
        let mut query = String::from("$");
        while !self.rest.is_empty() {
            if let Some(rest) = self.rest.strip_prefix("..") {
                self.rest = rest;
                query.push_str("..");
                if !rest.starts_with('[') {
                    query.push_str(&self.name()?);
                }
                continue;
            }
            if let Some(rest) = self.rest.strip_prefix('[') {
                let end = find_outside_quotes(rest, |c, depth| c == ']' && depth == 0)
                    .ok_or(TemplateError::Open('['))?;
                let inside = rest[..end].trim();
                self.rest = &rest[end + 1..];
                match brackets(inside)? {
                    Step::Query(part) => query.push_str(&part),
                    union @ Step::Union(_) => {
                        steps.push(Step::Query(std::mem::replace(&mut query, "$".to_owned())));
                        steps.push(union);
                    }
                }
                continue;
            }
            self.rest = self.rest.strip_prefix('.').unwrap_or(self.rest);
            if self.rest.starts_with('[') {
                continue;
            }
            query.push_str(&self.name()?);
        }
        steps.push(Step::Query(query));
        for step in &steps {
            if let Step::Query(query) = step {
                Value::Null.query(query).map_err(|_| self.wrong())?;
            }
        }
        Ok(steps)
    }

    /// A key up to the next dot or bracket; a backslash takes the next character as it is.
    fn name(&mut self) -> Result<String, TemplateError> {
        let (mut name, mut is_escaped, mut end) = (String::new(), false, self.rest.len());
        for (at, c) in self.rest.char_indices() {
            match c {
                _ if std::mem::take(&mut is_escaped) => name.push(c),
                '\\' => is_escaped = true,
                '.' | '[' => {
                    end = at;
                    break;
                }
                c if c.is_whitespace() || "{}()\"'=<>!,|&".contains(c) => return Err(self.wrong()),
                _ => name.push(c),
            }
        }
        self.rest = &self.rest[end..];
        match name.as_str() {
            "" => Err(self.wrong()),
            "*" => Ok("[*]".to_owned()),
            name => Ok(quoted(name)),
        }
    }
}

/// What stands between `[` and `]`.
fn brackets(inside: &str) -> Result<Step, TemplateError> {
    if let Some(condition) = inside.strip_prefix('?') {
        let condition = condition.trim();
        let condition = condition
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'))
            .unwrap_or(condition);
        return Ok(Step::Query(format!("[?{}]", filter(condition.trim())?)));
    }
    if !inside.contains(['"', '\'']) {
        return Ok(Step::Query(format!("[{inside}]")));
    }
    let (mut paths, mut rest) = (Vec::new(), inside);
    while !rest.is_empty() {
        let end = find_outside_quotes(rest, |c, _| c == ',').unwrap_or(rest.len());
        let member = rest[..end].trim();
        rest = rest.get(end + 1..).unwrap_or_default();
        // kubectl reads what is within the quotes as a path again
        let bare = member.trim_matches(['"', '\'']);
        paths.push(
            if member == bare {
                format!("[{bare}]")
            } else {
                format!(".{bare}")
            }
            .parse()?,
        );
    }
    Ok(Step::Union(paths))
}

/// A condition of kubectl: one comparison, or a path that must lead somewhere.
fn filter(condition: &str) -> Result<String, TemplateError> {
    const SIGNS: [&str; 6] = ["==", "!=", "<=", ">=", "<", ">"];
    let at = find_outside_quotes(condition, |c, depth| depth == 0 && "=!<>".contains(c));
    let Some(at) = at else {
        return operand(condition);
    };
    let sign = SIGNS
        .into_iter()
        .find(|sign| condition[at..].starts_with(sign))
        .ok_or_else(|| TemplateError::Path(condition.to_owned()))?;
    let left = operand(condition[..at].trim())?;
    let right = operand(condition[at + sign.len()..].trim())?;
    // what is absent is unequal to everything in RFC 9535, and no match in kubectl
    let guard = if sign == "!=" && left.starts_with('@') {
        format!("{left} && ")
    } else {
        String::new()
    };
    Ok(format!("{guard}{left} {sign} {right}"))
}

fn operand(text: &str) -> Result<String, TemplateError> {
    let Some(path) = text.strip_prefix(['@', '$']) else {
        let is_literal = text.starts_with(['"', '\'']) || serde_json::from_str::<Value>(text).is_ok();
        return if is_literal {
            Ok(text.to_owned())
        } else {
            Err(TemplateError::Path(text.to_owned()))
        };
    };
    let steps = Reader {
        rest: path,
        whole: text,
    }
    .steps()?;
    match steps.as_slice() {
        [Step::Query(query)] => Ok(format!("{}{}", &text[..1], &query[1..])),
        _ => Err(TemplateError::Path(text.to_owned())),
    }
}
