//! The string and number formats that schemas name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

/// Whether `value` is well formed; unknown formats and other types of value are.
#[must_use]
pub fn is_well_formed(format: &str, value: &Value) -> bool {
    match value {
        Value::String(text) => text_is_well_formed(format, text),
        Value::Number(number) => match format {
            "int32" => number.as_i64().is_none_or(|number| i32::try_from(number).is_ok()),
            "int64" => number.as_u64().is_none_or(|number| i64::try_from(number).is_ok()),
            _ => true,
        },
        _ => true,
    }
}

fn text_is_well_formed(format: &str, text: &str) -> bool {
    match format {
        "date-time" | "datetime" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => text.contains('/') && text.parse::<ipnet::IpNet>().is_ok(),
        "ip" => text.parse::<IpAddr>().is_ok(),
        "byte" => crate::base64::decode(text).is_some(),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(text),
        "email" => text
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()),
        "uri" => text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme)),
        "hostname" => !text.is_empty() && text.len() <= 253 && text.split('.').all(is_label),
        "mac" => text.split([':', '-']).filter(|part| is_hex(part, 2)).count() == 6,
        "duration" => is_duration(text),
        _ => true,
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    let plain = text.replace('-', "");
    is_hex(&plain, 32) && matches!(text.len(), 32 | 36)
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !text.is_empty()
        && text.len() <= 63
        && text.bytes().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Go's durations (`1h2m3.5s`) and the looser ones of OpenAPI (`3 days`).
fn is_duration(text: &str) -> bool {
    let text = text.trim_start_matches(['-', '+']).trim();
    if text == "0" {
        return true;
    }
    let mut rest = text;
    while !rest.is_empty() {
        let number = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (digits, tail) = rest.split_at(number);
        let tail = tail.trim_start();
        let unit = tail
            .find(|c: char| c.is_ascii_digit() || c == ' ')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let units = [
            "ns", "us", "µs", "ms", "s", "m", "h", "d", "w", "second", "minute", "hour", "day", "week",
        ];
        if digits.parse::<f64>().is_err()
            || !units.contains(&unit.strip_suffix('s').filter(|u| u.len() > 2).unwrap_or(unit))
        {
            return false;
        }
        rest = tail.trim_start();
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(format: &str, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(is_well_formed(format, &json!(text)), "{format} {text}");
        }
        for text in bad {
            assert!(!is_well_formed(format, &json!(text)), "{format} {text}");
        }
    }

    #[test]
    fn formats_accept_and_refuse() {
        check(
            "date-time",
            &["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.123+01:00"],
            &["2026-01-02", "x"],
        );
        check(
            "duration",
            &["1s", "1h2m3.5s", "-5ms", "0", "3 days"],
            &["", "1", "s", "1x"],
        );
        check("ipv4", &["10.0.0.1"], &["10.0.0", "::1"]);
        check("cidr", &["10.0.0.0/8", "::/0"], &["10.0.0.0"]);
        check("uuid", &["0b0cd0b8-7d8c-4a0e-9c9b-6f2d2f2f0000"], &["0b0c"]);
        check("byte", &["aGk=", ""], &["a?"]);
        check("hostname", &["a.b-c"], &["-a", "a..b"]);
        check("no-such-format", &["anything"], &[]);
    }

    #[test]
    fn integers_have_their_range() {
        assert!(is_well_formed("int32", &json!(i32::MAX)));
        assert!(!is_well_formed("int32", &json!(i64::from(i32::MAX) + 1)));
        assert!(!is_well_formed("int64", &json!(u64::MAX)));
    }
}
