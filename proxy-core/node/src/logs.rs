//! Levels of the log as the field writes them: `default:info,cni-plugin:debug`.

/// Scope of the plugin's own log.
const PLUGIN: &str = "cni-plugin";
const DEFAULT: &str = "default";

/// The level of one scope, falling back to `default` and `all`.
fn level<'a>(levels: &'a str, scope: &str) -> Option<&'a str> {
    let mut found = None;
    for clause in levels.split(',').map(str::trim) {
        match clause.split_once(':') {
            Some((name, level)) if name == scope => return Some(level),
            Some((DEFAULT | "all", level)) => found = Some(level),
            None if !clause.is_empty() => found = Some(clause),
            Some(_) | None => {}
        }
    }
    found
}

/// The level the plugin is told.
#[must_use]
pub fn plugin_level(levels: &str) -> String {
    level(levels, PLUGIN).unwrap_or("info").to_owned()
}

/// The filter of this process in the form of our log.
#[must_use]
pub fn filter(levels: &str) -> String {
    match level(levels, DEFAULT) {
        Some("none") => "off".to_owned(),
        Some(level @ ("error" | "warn" | "info" | "debug" | "trace")) => level.to_owned(),
        Some("fatal") => "error".to_owned(),
        _ => "info".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_have_their_own_level() {
        assert_eq!(plugin_level("default:info,cni-plugin:debug"), "debug");
        assert_eq!(plugin_level("default:warn"), "warn");
        assert_eq!(plugin_level(""), "info");
        assert_eq!(filter("default:none"), "off");
        assert_eq!(filter("debug"), "debug");
        assert_eq!(filter("cni-plugin:debug"), "info");
    }
}
