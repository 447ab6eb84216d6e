//! What the process is given besides its arguments: the only reader of the environment.
//!
//! `MESHCTL_<FLAG>` beats `ISTIOCTL_<FLAG>`, and both lose to a flag (`spec/cli.md` 1.1).

use std::path::PathBuf;

/// The environment as commands see it.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `KUBECONFIG`, split at the path separator, empty parts dropped; `None` if unset or empty.
    pub kubeconfig: Option<Vec<PathBuf>>,
    /// The user's home.
    pub home: Option<PathBuf>,
    /// The folder of the user's configuration.
    pub config_home: Option<PathBuf>,
    /// A config file that is named by `MESHCTL_CONFIG`.
    pub config_file: Option<PathBuf>,
    /// Whether this process runs inside a pod.
    pub is_in_cluster: bool,
    /// `NO_COLOR` is set and not empty, or `TERM` is `dumb`.
    pub forbids_colour: bool,
    /// `CLICOLOR_FORCE` is set and neither empty nor `0`.
    pub forces_colour: bool,
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The default of a flag from the environment, ours first, and the variable that has it.
#[must_use]
pub fn flag_variable(flag: &str) -> Option<(String, String)> {
    let name = flag.replace('-', "_").to_uppercase();
    ["MESHCTL", "ISTIOCTL"].into_iter().find_map(|prefix| {
        let name = format!("{prefix}_{name}");
        Some((variable(&name)?, format!("${name}")))
    })
}

impl Environment {
    /// Reads the environment of this process.
    #[must_use]
    pub fn read() -> Self {
        let kubeconfig = std::env::var_os("KUBECONFIG").map(|list| {
            std::env::split_paths(&list)
                .filter(|path| !path.as_os_str().is_empty())
                .collect::<Vec<_>>()
        });
        Self {
            kubeconfig: kubeconfig.filter(|paths| !paths.is_empty()),
            config_home: variable("XDG_CONFIG_HOME")
                .map(PathBuf::from)
                .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config"))),
            config_file: variable("MESHCTL_CONFIG").map(PathBuf::from),
            home: variable("HOME").map(PathBuf::from),
            is_in_cluster: variable("KUBERNETES_SERVICE_HOST").is_some(),
            forbids_colour: variable("NO_COLOR").is_some() || variable("TERM").as_deref() == Some("dumb"),
            forces_colour: variable("CLICOLOR_FORCE").is_some_and(|value| value != "0"),
        }
    }
}
