//! Forms of values. (pure)

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use crate::config::Threads;
use crate::control_plane::{RootSource, TokenSource};

/// What form was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadValue(pub String);

fn bad<T>(expected: &str) -> Result<T, BadValue> {
    Err(BadValue(format!("expected {expected}")))
}

/// `true` or `false`.
pub(super) fn boolean(text: &str) -> Result<bool, BadValue> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => bad("`true` or `false`"),
    }
}

/// A whole number.
pub(super) fn number<T: FromStr>(text: &str) -> Result<T, BadValue> {
    text.parse().or_else(|_| bad("a whole number in range"))
}

/// `100ms`, `5s`, `5m`, `24h`.
pub(super) fn duration(text: &str) -> Result<Duration, BadValue> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, unit) = text.split_at(split);
    let per_unit = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return bad("a duration such as `100ms`, `5s`, `5m`, `24h`"),
    };
    let count: u64 = number(digits)?;
    count
        .checked_mul(per_unit)
        .map(Duration::from_millis)
        .map_or_else(|| bad("a shorter duration"), Ok)
}

/// An address; without scheme it is https, empty is none.
pub(super) fn address(text: &str) -> Option<String> {
    match text {
        "" => None,
        text if text.contains("://") => Some(text.to_owned()),
        text => Some(format!("https://{text}")),
    }
}

/// A path stays a path, also while the file is missing. The system's own roots are nobody's mesh.
pub(super) fn root(text: &str) -> Result<RootSource, BadValue> {
    match text {
        "" | "SYSTEM" => bad("a file or PEM text: the system's roots are never trusted"),
        text if text.contains("-----BEGIN") => Ok(RootSource::Inline(text.to_owned())),
        path => Ok(RootSource::File(path.into())),
    }
}

/// The name of an existing file, else the token itself.
pub(super) fn token(text: &str) -> TokenSource {
    let looks_like_path = text.starts_with(['.', '/']);
    if looks_like_path || Path::new(text).exists() {
        TokenSource::File(PathBuf::from(text))
    } else {
        TokenSource::Literal(text.into())
    }
}

/// A number, or a percentage.
pub(super) fn threads(text: &str) -> Result<Threads, BadValue> {
    match text.strip_suffix('%') {
        Some(percent) => number(percent).map(Threads::Percent),
        None => number(text).map(Threads::Count),
    }
}

/// A Kubernetes CPU quantity, rounded up: `2`, `500m`, `0.5`.
pub(super) fn cpus(text: &str) -> Result<u32, BadValue> {
    if let Some(milli) = text.strip_suffix('m') {
        return number::<u32>(milli).map(|milli| milli.div_ceil(1000));
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return bad("a CPU quantity such as `2` or `500m`");
    }
    let up = u32::from(fraction.bytes().any(|digit| digit != b'0'));
    number::<u32>(whole).map(|whole| whole + up)
}

/// The port of `localhost:15053`.
pub(super) fn localhost_port(text: &str) -> Result<u16, BadValue> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    match host {
        "localhost" | "127.0.0.1" | "[::1]" | "" => number(port),
        _ => bad("an address on localhost"),
    }
}
