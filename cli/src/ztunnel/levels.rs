//! Log levels as operators write them, and as the node proxy reads them (`spec/cli.md` 2.3). (pure)

/// The levels that are known.
const LEVELS: [&str; 8] = [
    "trace", "debug", "info", "warn", "warning", "error", "critical", "off",
];

/// What to send for a list such as `info,ztunnel::pool:debug`: the proxy reads `scope=level` only, and has no
/// `warning` and no `critical`.
///
/// # Errors
/// Names the level that is unknown.
pub fn directives(text: &str) -> Result<String, String> {
    let clauses: Result<Vec<String>, String> =
        text.split(',').map(|clause| directive(clause.trim())).collect();
    Ok(clauses?.join(","))
}

fn directive(clause: &str) -> Result<String, String> {
    // what follows the last `::` decides, so that a module's path is no scope separator
    let tail_at = clause.rfind("::").map_or(0, |at| at + 2);
    let separator = clause[tail_at..].rfind([':', '=']).map(|at| at + tail_at);
    let (scope, level) = match separator {
        Some(at) => (Some(&clause[..at]), &clause[at + 1..]),
        None => (None, clause),
    };
    let unknown = || format!("unrecognized logging level: {}", &clause[tail_at..]);
    if !LEVELS.contains(&level)
        || scope.is_some_and(|scope| scope.is_empty() || scope.ends_with(':') || scope.contains(":::"))
    {
        return Err(unknown());
    }
    let level = match level {
        "warning" => "warn",
        "critical" => "error",
        other => other,
    };
    Ok(scope.map_or_else(|| level.to_owned(), |scope| format!("{scope}={level}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        assert_eq!(
            directives(text).as_deref().map_err(String::as_str),
            expected,
            "{text}"
        );
    }

    #[test]
    fn cli_c10_scopes_are_sent_as_the_proxy_reads_them() {
        check("debug", Ok("debug"));
        check("warning", Ok("warn"));
        check("critical", Ok("error"));
        check("access:warning,info", Ok("access=warn,info"));
        check("access=debug", Ok("access=debug"));
        check("ztunnel::pool:debug", Ok("ztunnel::pool=debug"));
        check("ztunnel::pool=trace, off", Ok("ztunnel::pool=trace,off"));
    }

    #[test]
    fn cli_c10_an_unknown_level_is_refused() {
        check("loud", Err("unrecognized logging level: loud"));
        check(
            "ztunnel:::pool:debug",
            Err("unrecognized logging level: pool:debug"),
        );
        check("access:loud", Err("unrecognized logging level: access:loud"));
        check("", Err("unrecognized logging level: "));
        check(":debug", Err("unrecognized logging level: :debug"));
    }
}
