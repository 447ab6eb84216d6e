//! Text. (pure)

use super::super::value::Value;
use super::{ANY, Outcome, Row, text, whole};
use regex::Regex;

pub(super) const TABLE: &[Row] = &[
    ("quote", 0, ANY, |a| Ok(joined(a, |text| format!("{text:?}")))),
    ("squote", 0, ANY, |a| Ok(joined(a, |text| format!("'{text}'")))),
    ("upper", 1, 1, |a| Ok(Value::text(text(&a[0]).to_uppercase()))),
    ("lower", 1, 1, |a| Ok(Value::text(text(&a[0]).to_lowercase()))),
    ("trim", 1, 1, |a| Ok(Value::text(text(&a[0]).trim()))),
    ("trimAll", 2, 2, |a| {
        let set = text(&a[0]);
        Ok(Value::text(text(&a[1]).trim_matches(|next| set.contains(next))))
    }),
    ("trimSuffix", 2, 2, |a| {
        let (suffix, whole) = (text(&a[0]), text(&a[1]));
        Ok(Value::text(whole.strip_suffix(suffix.as_str()).unwrap_or(&whole)))
    }),
    ("trimPrefix", 2, 2, |a| {
        let (prefix, whole) = (text(&a[0]), text(&a[1]));
        Ok(Value::text(whole.strip_prefix(prefix.as_str()).unwrap_or(&whole)))
    }),
    ("indent", 2, 2, |a| {
        Ok(Value::text(indented(whole(&a[0])?, &text(&a[1]))))
    }),
    ("nindent", 2, 2, |a| {
        Ok(Value::text(format!(
            "\n{}",
            indented(whole(&a[0])?, &text(&a[1]))
        )))
    }),
    ("replace", 3, 3, |a| {
        Ok(Value::text(text(&a[2]).replace(&text(&a[0]), &text(&a[1]))))
    }),
    ("contains", 2, 2, |a| {
        Ok(Value::Bool(text(&a[1]).contains(&text(&a[0]))))
    }),
    ("hasPrefix", 2, 2, |a| {
        Ok(Value::Bool(text(&a[1]).starts_with(&text(&a[0]))))
    }),
    ("hasSuffix", 2, 2, |a| {
        Ok(Value::Bool(text(&a[1]).ends_with(&text(&a[0]))))
    }),
    ("repeat", 2, 2, |a| {
        let count = usize::try_from(whole(&a[0])?.clamp(0, 10_000)).unwrap_or_default();
        Ok(Value::text(text(&a[1]).repeat(count)))
    }),
    ("trunc", 2, 2, |a| {
        Ok(Value::text(truncated(whole(&a[0])?, &text(&a[1]))))
    }),
    ("cat", 0, ANY, |a| {
        Ok(Value::text(a.iter().map(text).collect::<Vec<_>>().join(" ")))
    }),
    ("nospace", 1, 1, |a| {
        Ok(Value::text(text(&a[0]).split_whitespace().collect::<String>()))
    }),
    ("splitList", 2, 2, |a| {
        Ok(Value::list(
            text(&a[1]).split(&text(&a[0])).map(Value::text).collect(),
        ))
    }),
    ("split", 2, 2, |a| {
        let (separator, whole) = (text(&a[0]), text(&a[1]));
        let parts = whole.split(&separator).enumerate();
        Ok(Value::map(
            parts
                .map(|(index, part)| (format!("_{index}"), Value::text(part)))
                .collect(),
        ))
    }),
    ("regexMatch", 2, 2, |a| {
        Ok(Value::Bool(regex(&a[0])?.is_match(&text(&a[1]))))
    }),
    ("regexFind", 2, 2, |a| {
        let subject = text(&a[1]);
        Ok(Value::text(
            regex(&a[0])?.find(&subject).map_or("", |found| found.as_str()),
        ))
    }),
    ("regexReplaceAll", 3, 3, |a| {
        Ok(Value::text(
            regex(&a[0])?.replace_all(&text(&a[1]), text(&a[2]).as_str()),
        ))
    }),
    ("print", 0, ANY, |a| {
        Ok(Value::text(a.iter().map(text).collect::<String>()))
    }),
    ("println", 0, ANY, |a| {
        Ok(Value::text(
            a.iter().map(text).collect::<Vec<_>>().join(" ") + "\n",
        ))
    }),
    ("printf", 1, ANY, printf),
];

fn joined(values: &[Value], quote: fn(&str) -> String) -> Value {
    let present = values.iter().filter(|value| !matches!(value, Value::Nil));
    Value::text(
        present
            .map(|value| quote(&text(value)))
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn indented(spaces: i64, text: &str) -> String {
    let pad = " ".repeat(usize::try_from(spaces.clamp(0, 1000)).unwrap_or_default());
    text.split('\n')
        .map(|line| format!("{pad}{line}"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first so many characters, or the last for a negative number.
fn truncated(length: i64, text: &str) -> String {
    let all = text.chars().count();
    let kept = usize::try_from(length.unsigned_abs())
        .unwrap_or(usize::MAX)
        .min(all);
    if length < 0 {
        text.chars().skip(all - kept).collect()
    } else {
        text.chars().take(kept).collect()
    }
}

fn regex(pattern: &Value) -> Result<Regex, String> {
    Regex::new(&text(pattern)).map_err(|error| error.to_string())
}

/// Go's verbs that templates use: `%s %v %d %q %t %f %x %%`, with width, `0`, `-` and precision.
fn printf(arguments: &[Value]) -> Outcome {
    let format = text(&arguments[0]);
    let (mut out, mut rest, mut values) = (String::new(), format.as_str(), arguments[1..].iter());
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let spec = &rest[at + 1..];
        let end = spec
            .find(|next: char| !matches!(next, '0'..='9' | '-' | '+' | '.' | '#' | ' '))
            .ok_or("the format ends in `%`")?;
        let verb = spec[end..].chars().next().ok_or("the format ends in `%`")?;
        rest = &spec[end + verb.len_utf8()..];
        if verb == '%' {
            out.push('%');
            continue;
        }
        match values.next() {
            Some(value) => out.push_str(&formatted(&spec[..end], verb, value)?),
            None => return Err(format!("`%{verb}` has no argument")),
        }
    }
    out.push_str(rest);
    match values.next() {
        None => Ok(Value::text(out)),
        Some(_) => Err("there are more arguments than the format has verbs".to_owned()),
    }
}

fn formatted(flags: &str, verb: char, value: &Value) -> Result<String, String> {
    let (width, precision) = flags.split_once('.').unwrap_or((flags, ""));
    let is_left = width.contains('-');
    let is_zero_padded = width.trim_start_matches(['-', '+', '#', ' ']).starts_with('0');
    let width: usize = width
        .trim_start_matches(['-', '+', '#', ' ', '0'])
        .parse()
        .unwrap_or(0);
    let text = match (verb, value) {
        ('s' | 'v', value) => match precision.parse() {
            Ok(precision) => truncated(precision, &text(value)),
            Err(_) => text(value),
        },
        ('d', value) => whole(value)?.to_string(),
        ('q', value) => format!("{:?}", text(value)),
        ('t', Value::Bool(truth)) => truth.to_string(),
        ('x', Value::Int(number)) => format!("{number:x}"),
        ('x', Value::Text(text)) => super::convert::hex(text.as_bytes()),
        ('f', value) => format!(
            "{:.*}",
            precision.parse().unwrap_or(6),
            super::math::float(value)?
        ),
        (verb, value) => return Err(format!("`%{verb}` does not print a {}", value.kind())),
    };
    let pad = width.saturating_sub(text.chars().count());
    Ok(match (is_left, is_zero_padded) {
        (true, _) => text + &" ".repeat(pad),
        (false, true) => "0".repeat(pad) + &text,
        (false, false) => " ".repeat(pad) + &text,
    })
}
