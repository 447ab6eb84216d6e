//! The command line: long flags, `--name value` or `--name=value`. (pure)
//!
//! Unknown flags and stray words are passed over, so that arguments made for other releases start us too.

use std::collections::BTreeMap;

/// Flags that stand alone.
const SWITCHES: [&str; 3] = ["log_as_json", "profile", "ctrlz_enabled"];
/// Flags that have a value.
const VALUED: [&str; 26] = [
    "domain",
    "httpAddr",
    "httpsAddr",
    "grpcAddr",
    "secureGRPCAddr",
    "monitoringAddr",
    "ctrlz_port",
    "meshConfig",
    "networksConfig",
    "namespace",
    "cniNamespace",
    "clusterID",
    "clusterAliases",
    "kubeconfig",
    "configDir",
    "registries",
    "shutdownDuration",
    "kubernetesApiQPS",
    "kubernetesApiBurst",
    "tlsCertFile",
    "tlsKeyFile",
    "caCertFile",
    "tls-cipher-suites",
    "tls-min-version",
    "keepaliveMaxServerConnectionAge",
    "log_output_level",
];
/// Flags with a value that change nothing but are known to have one.
const KNOWN: [&str; 4] = [
    "keepaliveInterval",
    "keepaliveTimeout",
    "log_target",
    "log_caller",
];

/// What the command line said.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    values: BTreeMap<&'static str, String>,
    /// What was passed over.
    pub(super) ignored: Vec<String>,
}

impl Flags {
    /// Reads arguments after the sub-command. The last of several equal flags wins.
    pub(super) fn read(arguments: &[String]) -> Result<Self, String> {
        let mut flags = Self::default();
        let mut rest = arguments.iter().peekable();
        while let Some(argument) = rest.next() {
            let named = match argument.strip_prefix("--") {
                Some(named) => named,
                None if argument == "-n" => "namespace",
                None => {
                    flags.ignored.push(argument.clone());
                    continue;
                }
            };
            let (name, inline) = match named.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (named, None),
            };
            if let Some(known) = SWITCHES.iter().find(|known| **known == name) {
                flags
                    .values
                    .insert(known, inline.unwrap_or_else(|| "true".to_owned()));
            } else if let Some(known) = VALUED.iter().chain(&KNOWN).find(|known| **known == name) {
                let value = inline.or_else(|| rest.next().cloned());
                flags.values.insert(known, value.ok_or_else(|| name.to_owned())?);
            } else {
                flags.ignored.push(argument.clone());
            }
        }
        Ok(flags)
    }

    /// The value of a flag.
    pub(super) fn find(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
}
