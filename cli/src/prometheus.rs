//! The text form of metrics, as proxies write it, read back. (pure)

use std::collections::BTreeMap;

/// A line that is no sample.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no sample: `{1}`")]
pub struct SampleError(usize, String);

/// One sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The series.
    pub name: String,
    labels: BTreeMap<String, String>,
    value: f64,
}

impl Sample {
    /// A label's value; empty if there is none.
    #[must_use]
    pub fn label(&self, key: &str) -> &str {
        self.labels.get(key).map_or("", String::as_str)
    }

    /// The value as a count: no fraction, never negative.
    #[must_use]
    pub fn count(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float converts with saturation, and a counter is a whole number"
        )]
        let count = self.value as u64;
        count
    }
}

/// Every sample of a text.
///
/// # Errors
/// A line is neither a comment nor a sample.
pub fn samples(text: &str) -> Result<Vec<Sample>, SampleError> {
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
    lines
        .map(|(at, line)| sample(line).ok_or_else(|| SampleError(at + 1, line.chars().take(80).collect())))
        .collect()
}

fn sample(line: &str) -> Option<Sample> {
    let end = line.find(['{', ' '])?;
    let (name, mut rest) = line.split_at(end);
    let mut labels = BTreeMap::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        while !rest.starts_with('}') {
            let (key, after) = rest.split_once("=\"")?;
            let (value, after) = quoted(after)?;
            labels.insert(key.to_owned(), value);
            rest = after.strip_prefix(',').unwrap_or(after);
        }
        rest = &rest[1..];
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    let value = rest.split_whitespace().next()?.parse().ok()?;
    (!name.is_empty() && name.chars().all(is_name)).then(|| Sample {
        name: name.to_owned(),
        labels,
        value,
    })
}

/// The text up to the closing quote, its escapes undone, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut is_escaped) = (String::new(), false);
    for (at, c) in text.char_indices() {
        match c {
            _ if std::mem::take(&mut is_escaped) => value.push(if c == 'n' { '\n' } else { c }),
            '\\' => is_escaped = true,
            '"' => return Some((value, &text[at + 1..])),
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_values_are_read_with_their_escapes() {
        let text = "# TYPE a counter\na{x=\"1, \\\"2\\\"}\\n\",y=\"\"} 3\n\nb 1.5e3 1700000000\n";
        let found = samples(text).unwrap();
        assert_eq!(
            (found[0].label("x"), found[0].label("y"), found[0].count()),
            ("1, \"2\"}\n", "", 3)
        );
        assert_eq!((found[1].name.as_str(), found[1].count()), ("b", 1500));
    }

    #[test]
    fn what_is_no_sample_is_named_with_its_line() {
        for text in [
            "a 1\nnonsense\n",
            "a 1\nb{x=\"1} 2\n",
            "a 1\n{} 2\n",
            "a 1\nb{x=\"1\"} none\n",
        ] {
            assert_eq!(samples(text).unwrap_err().0, 2, "{text}");
        }
    }

    #[test]
    fn counts_never_overflow() {
        let found = samples("a -1\nb 1e300\nc NaN\n").unwrap();
        let counts: Vec<u64> = found.iter().map(Sample::count).collect();
        assert_eq!(counts, [0, u64::MAX, 0]);
    }
}
