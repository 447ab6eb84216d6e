//! Forms of values. (pure)

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;
use std::time::Duration;

use super::ListenAddress;

/// What form was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected(pub &'static str);

/// `true`, `false` and the other spellings that Go programs take.
pub fn boolean(text: &str) -> Result<bool, Expected> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(Expected("`true` or `false`")),
    }
}

/// A whole number.
pub fn number<T: FromStr>(text: &str) -> Result<T, Expected> {
    text.parse().map_err(|_| Expected("a whole number in range"))
}

/// `100ms`, `1.5s`, `1h30m`: what Go programs write.
pub fn duration(text: &str) -> Result<Duration, Expected> {
    const FORM: Expected = Expected("a duration such as `100ms`, `10s`, `30m`, `1h30m`");
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(FORM)?;
        let (count, tail) = rest.split_at(digits);
        let letters = tail
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return Err(FORM),
        };
        let count: f64 = count.parse().map_err(|_| FORM)?;
        let part = Duration::try_from_secs_f64(count * seconds).map_err(|_| FORM)?;
        total = total.checked_add(part).ok_or(FORM)?;
        rest = tail;
    }
    if text.is_empty() { Err(FORM) } else { Ok(total) }
}

/// `:8080`, `127.0.0.1:0`, `[::1]:8080`; empty is no listener.
pub fn listen(text: &str) -> Result<Option<ListenAddress>, Expected> {
    const FORM: Expected = Expected("`host:port` or `:port`, the host an IP address");
    if text.is_empty() {
        return Ok(None);
    }
    let (host, port) = text.rsplit_once(':').ok_or(FORM)?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = match host {
        "" => None,
        "localhost" => Some(IpAddr::from([127, 0, 0, 1])),
        host => Some(host.parse().map_err(|_| FORM)?),
    };
    let port = port.parse().map_err(|_| FORM)?;
    Ok(Some(ListenAddress { host, port }))
}

/// `a=b,c=d`.
pub fn pairs(text: &str) -> Result<BTreeMap<String, String>, Expected> {
    let pair = |item: &str| {
        let (key, value) = item.split_once('=')?;
        Some((key.trim().to_owned(), value.trim().to_owned()))
    };
    list(text)
        .iter()
        .map(|item| pair(item).ok_or(Expected("a list such as `a=b,c=d`")))
        .collect()
}

/// Items between commas, without blanks.
#[must_use]
pub fn list(text: &str) -> Vec<String> {
    let items = text.split(',').map(str::trim);
    items.filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// `default:info,ads:debug` → clauses of our log filter. Scopes that we do not have are passed over.
pub fn log_levels(text: &str) -> Result<String, Expected> {
    const FORM: Expected =
        Expected("`scope:level,…`, the level one of debug, info, warn, error, fatal, none");
    let mut clauses = Vec::new();
    for item in list(text) {
        let (scope, level) = item.split_once(':').unwrap_or(("default", item.as_str()));
        let level = match level {
            "debug" | "info" | "warn" | "error" => level,
            "fatal" => "error",
            "none" => "off",
            _ => return Err(FORM),
        };
        let target = match scope {
            "default" | "all" => {
                clauses.push(level.to_owned());
                continue;
            }
            "ads" | "delta" | "xdsproxy" => "control_core::xds",
            "ca" | "serverca" | "pkica" | "rootcertrotator" | "secretcontroller" => "control_core::ca",
            "security" | "authn" | "authorization" => "control_core::authn",
            "validation" | "validationServer" | "validationController" => "control_core::webhook",
            "kube" | "ambient" | "krt" | "model" => "control_core::watch",
            "status" | "gateway" | "controllers" => "control_core::reconcile",
            _ => continue,
        };
        clauses.push(format!("{target}={level}"));
    }
    Ok(clauses.join(","))
}
