//! Defaults of the global flags: the environment, then the config file (`spec/cli.md` 1.1).
//!
//! A flag beats `MESHCTL_<FLAG>`, which beats `ISTIOCTL_<FLAG>`, which beats `$XDG_CONFIG_HOME/meshctl/config.yaml`, which
//! beats what is built in. A value that cannot be read is an error that names where it stands; so is an unknown key.

use crate::config::{self, Environment};
use crate::context::{Colour, Globals};
use crate::exit::Failure;
use crate::yaml;
use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Each flag that has a default, and what is built in.
const FLAGS: [(&str, &str); 13] = [
    ("kubeconfig", ""),
    ("context", ""),
    ("namespace", ""),
    ("istioNamespace", "istio-system"),
    ("as", ""),
    ("as-uid", ""),
    ("as-group", ""),
    ("kubeclient-timeout", "15s"),
    ("request-timeout", ""),
    ("vklog", "0"),
    ("color", "auto"),
    ("quiet", "false"),
    ("no-input", "false"),
];

/// One flag, what it comes to, and by whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Setting {
    /// The flag, without dashes.
    pub flag: &'static str,
    /// Its value; empty for none.
    pub value: String,
    /// `flag`, the variable, the file, or `built-in`.
    pub from: String,
}

/// Fills the flags that are not given.
///
/// # Errors
/// The config file cannot be read, has an unknown key, or a value is not one of the flag (64).
pub fn settle(mut globals: Globals, environment: &Environment) -> Result<(Globals, Vec<Setting>), Failure> {
    let (file, held) = read_file(environment)?;
    let mut settings = Vec::new();
    for (flag, built_in) in FLAGS {
        let given = shown(&globals, flag);
        let mut found = given.map(|value| (value, "flag".to_owned()));
        if found.is_none() {
            let defaults = [
                config::flag_variable(flag),
                from_file(&file, &held, flag, environment),
            ];
            if let Some((value, from)) = defaults.into_iter().flatten().next() {
                set(&mut globals, flag, &value).map_err(|why| {
                    Failure::usage(format!("invalid value `{value}` for `{flag}` in {from}: {why}"))
                })?;
                found = Some((value, from));
            }
        }
        let (value, from) = found.unwrap_or_else(|| (built_in.to_owned(), "built-in".to_owned()));
        settings.push(Setting { flag, value, from });
    }
    Ok((globals, settings))
}

/// The file's entries; a default file that is not there has none.
fn read_file(environment: &Environment) -> Result<(PathBuf, Map<String, Value>), Failure> {
    let (path, is_named) = match (&environment.config_file, &environment.config_home) {
        (Some(named), _) => (named.clone(), true),
        (None, Some(home)) => (home.join("meshctl/config.yaml"), false),
        (None, None) => return Ok((PathBuf::new(), Map::new())),
    };
    let title = format!("cannot read the config file `{}`", path.display());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(_) if !is_named && !path.exists() => return Ok((path, Map::new())),
        Err(error) => return Err(Failure::new(title).caused_by(&error)),
    };
    if text.trim().is_empty() {
        return Ok((path, Map::new()));
    }
    let value =
        yaml::from_str(&text).map_err(|error| Failure::unparsable(title.clone()).caused_by(&error))?;
    let Value::Object(entries) = value else {
        return Err(Failure::unparsable(title).because("it is not a map of flags to values"));
    };
    if let Some(unknown) = entries
        .keys()
        .find(|key| !FLAGS.iter().any(|(flag, _)| flag == key))
    {
        let known: Vec<&str> = FLAGS.iter().map(|(flag, _)| *flag).collect();
        return Err(Failure::usage(title)
            .because(format!("there is no flag `{unknown}`"))
            .hint(format!("flags with a default are {}", known.join(", "))));
    }
    Ok((path, entries))
}

fn from_file(
    path: &Path,
    held: &Map<String, Value>,
    flag: &str,
    environment: &Environment,
) -> Option<(String, String)> {
    // $KUBECONFIG is of the environment too, which beats the file
    if flag == "kubeconfig" && environment.kubeconfig.is_some() {
        return None;
    }
    let value = match held.get(flag)? {
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.join(",")
        }
        other => other.to_string(),
    };
    Some((value, path.display().to_string()))
}

/// A flag's value, if it is given.
fn shown(globals: &Globals, flag: &str) -> Option<String> {
    match flag {
        "kubeconfig" => globals.kubeconfig.as_ref().map(|path| path.display().to_string()),
        "context" => globals.context.clone(),
        "namespace" => globals.namespace.clone(),
        "istioNamespace" => globals.istio_namespace.clone(),
        "as" => globals.impersonate.clone(),
        "as-uid" => globals.as_uid.clone(),
        "as-group" => Some(globals.as_group.join(",")).filter(|groups| !groups.is_empty()),
        "kubeclient-timeout" => globals.kubeclient_timeout.clone(),
        "request-timeout" => globals.request_timeout.clone(),
        "vklog" => globals.vklog.map(|level| level.to_string()),
        "color" => globals
            .color
            .and_then(|colour| Some(colour.to_possible_value()?.get_name().to_owned())),
        "quiet" => globals.quiet.then(|| "true".to_owned()),
        _ => globals.no_input.then(|| "true".to_owned()),
    }
}

fn set(globals: &mut Globals, flag: &str, value: &str) -> Result<(), String> {
    let is = || {
        value
            .parse::<bool>()
            .map_err(|_| "it must be true or false".to_owned())
    };
    let text = || Some(value.to_owned());
    match flag {
        "kubeconfig" => globals.kubeconfig = Some(PathBuf::from(value)),
        "context" => globals.context = text(),
        "namespace" => globals.namespace = text(),
        "istioNamespace" => globals.istio_namespace = text(),
        "as" => globals.impersonate = text(),
        "as-uid" => globals.as_uid = text(),
        "as-group" => globals.as_group = value.split(',').map(str::to_owned).collect(),
        "kubeclient-timeout" => globals.kubeclient_timeout = text(),
        "request-timeout" => globals.request_timeout = text(),
        "vklog" => globals.vklog = Some(value.parse().map_err(|_| "it must be 0 to 255".to_owned())?),
        "color" => globals.color = Some(Colour::from_str(value, true)?),
        "quiet" => globals.quiet = is()?,
        _ => globals.no_input = is()?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::context;
    use std::ffi::OsStr;

    fn run(text: &str, words: &[&str]) -> Result<(Globals, Vec<Setting>), Failure> {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("meshctl")).unwrap();
        std::fs::write(folder.path().join("meshctl/config.yaml"), text).unwrap();
        let words: Vec<&OsStr> = words.iter().map(OsStr::new).collect();
        let environment = Environment {
            config_home: Some(folder.path().to_owned()),
            ..Environment::default()
        };
        settle(context(&words).globals, &environment)
    }

    fn told<'a>(settings: &'a [Setting], flag: &str) -> (&'a str, &'a str) {
        let one = settings.iter().find(|one| one.flag == flag).unwrap();
        (&one.value, &one.from)
    }

    #[test]
    fn a_flag_beats_the_file_and_the_file_what_is_built_in() {
        let text = "context: work\nnamespace: shop\nvklog: 6\nas-group: [a, b]\ncolor: never\n";
        let (globals, settings) = run(text, &["--context", "home"]).unwrap();
        assert_eq!(
            (globals.context.as_deref(), globals.namespace.as_deref()),
            (Some("home"), Some("shop"))
        );
        assert_eq!(
            (globals.vklog, globals.as_group, globals.color),
            (Some(6), vec!["a".to_owned(), "b".to_owned()], Some(Colour::Never))
        );
        assert_eq!(told(&settings, "context"), ("home", "flag"));
        assert!(told(&settings, "namespace").1.ends_with("config.yaml"));
        assert_eq!(told(&settings, "istioNamespace"), ("istio-system", "built-in"));
        assert_eq!(settings.len(), FLAGS.len());
    }

    #[test]
    fn what_is_wrong_in_the_file_is_named() {
        for (text, exit, named) in [
            ("color: pink\n", 64, "invalid value `pink` for `color`"),
            ("no-input: maybe\n", 64, "it must be true or false"),
            ("colour: never\n", 64, "there is no flag `colour`"),
            ("- a\n", 65, "not a map"),
            ("a: [\n", 65, "cannot read the config file"),
        ] {
            let failure = run(text, &[]).unwrap_err();
            assert_eq!(failure.exit as u8, exit, "{text}");
            let all = format!("{} {}", failure.message, failure.causes.join(" "));
            assert!(all.contains(named), "{all}");
        }
    }

    #[test]
    fn a_missing_default_file_is_silent_and_a_missing_named_one_is_an_error() {
        let place = PathBuf::from("/nonexistent");
        let silent = Environment {
            config_home: Some(place.clone()),
            ..Environment::default()
        };
        assert!(settle(context(&[]).globals, &silent).is_ok());
        let named = Environment {
            config_file: Some(place),
            ..Environment::default()
        };
        assert!(settle(context(&[]).globals, &named).is_err());
    }

    #[test]
    fn kubeconfig_of_the_environment_beats_the_files() {
        let held = Map::from_iter([("kubeconfig".to_owned(), Value::from("/a"))]);
        let find = |environment: &Environment| from_file(Path::new("f"), &held, "kubeconfig", environment);
        assert!(find(&Environment::default()).is_some());
        let environment = Environment {
            kubeconfig: Some(vec![PathBuf::from("/b")]),
            ..Environment::default()
        };
        assert_eq!(find(&environment), None);
    }
}
