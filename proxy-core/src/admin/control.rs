//! What the admin interface changes: log levels, and the process's end. POST from loopback only
//! (`security.md` M1).

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use mesh_sys::http::{Answer, is_local, status, text};
use mesh_sys::logging::{Levels, Reset};
use mesh_sys::shutdown::Shutdown;

const USAGE: &str = "usage: POST /logging\t\t\t\t\t\t(To list current level)
usage: POST /logging?level=<level>\t\t\t\t(To change global levels)
usage: POST /logging?level={mod1}:{level1},{mod2}:{level2}\t(To change specific mods' logging level)

hint: loglevel:\terror|warn|info|debug|trace|off
hint: mod_name:\tthe module name, i.e. ztunnel::proxy
";

/// `/logging`.
pub(super) fn logging(levels: &Levels, request: &Request<Bytes>) -> Answer {
    if request.method() != Method::POST {
        return text(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("Invalid HTTP method\n \n{USAGE}"),
        );
    }
    if !is_local(request) {
        return status(StatusCode::FORBIDDEN);
    }
    let (reset, clauses) = wanted(request.uri().query().unwrap_or_default());
    if let Err(_invalid) = levels.change(reset, &clauses) {
        return text(
            StatusCode::BAD_REQUEST,
            format!("Invalid level provided: {clauses}\n\n{USAGE}"),
        );
    }
    text(
        StatusCode::OK,
        format!("current log level is {}\n", levels.current()),
    )
}

fn wanted(query: &str) -> (Reset, String) {
    let (mut reset, mut clauses) = (Reset::Keep, String::new());
    for pair in query.split('&') {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        match key {
            "reset" => reset = Reset::First,
            "level" => clauses = decoded(value),
            _ => {}
        }
    }
    (reset, clauses)
}

/// Percent escapes of a query value; a broken one stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escape = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, escape.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            (byte, _) => {
                bytes.push(*byte);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `/quitquitquit`.
pub(super) fn quit(shutdown: &Shutdown, request: &Request<Bytes>) -> Answer {
    if request.method() != Method::POST {
        return status(StatusCode::METHOD_NOT_ALLOWED);
    }
    if !is_local(request) {
        return status(StatusCode::FORBIDDEN);
    }
    shutdown.trigger();
    text(StatusCode::OK, "shutdown now\n")
}

#[cfg(test)]
mod tests {
    use super::{decoded, wanted};
    use mesh_sys::logging::Reset;

    #[test]
    fn queries_name_reset_and_level_in_any_order() {
        assert_eq!(wanted("level=debug"), (Reset::Keep, "debug".to_owned()));
        assert_eq!(
            wanted("reset&level=access=trace"),
            (Reset::First, "access=trace".to_owned())
        );
        assert_eq!(wanted("level=&foo=bar"), (Reset::Keep, String::new()));
    }

    #[test]
    fn broken_escapes_stay_as_they_are() {
        assert_eq!(decoded("a%3Db%2"), "a=b%2");
        assert_eq!(decoded("%zz%"), "%zz%");
    }
}
