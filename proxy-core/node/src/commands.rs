//! Commands for people who ask what would be done to their node; nothing is touched.

use std::fmt::Write;
use std::path::Path;

use crate::cni::conflist::{Conf, ConflistError, entry};
use crate::config::Config;
use crate::redirect::{self, Dns, Families, Family, Inbound, PodCapture, RuleSet, iptables};

/// Why a command says nothing.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A word that is not known.
    #[error("unknown argument `{0}`; {USAGE}")]
    Argument(String),
    /// A flag without its value.
    #[error("flag `{0}` needs a value; {USAGE}")]
    NoValue(String),
    /// A value that is none.
    #[error("`{flag} {value}`: {expected}")]
    Value {
        /// Which flag.
        flag: String,
        /// Its value.
        value: String,
        /// What was expected.
        expected: &'static str,
    },
    /// A file that cannot be read.
    #[error("cannot read `{file}`")]
    Read {
        /// Which file.
        file: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that cannot be edited.
    #[error(transparent)]
    Conflist(#[from] ConflistError),
}

/// How the commands are called.
pub const USAGE: &str = "usage: mesh-node rules [--host] [--backend nft|iptables] [--ipv6=true|false] \
    [--dns=true|false] [--bypass-inbound] [--reroute-interfaces A,B] [--probe-ip A] [--probe-ipv6 A] [--uid N], \
    or mesh-node conflist FILE";

#[derive(Debug)]
struct Asked {
    host: bool,
    iptables: bool,
    capture: PodCapture,
    uid: u32,
}

/// What `rules --help` prints; a test runs its examples.
const RULES_HELP: &str = "\
Prints the rules that the agent would write, and writes nothing.

usage: mesh-node rules [--host] [flags]

  --host                     the rules of the node instead of those in a captured pod
  --backend nft|iptables     as nf_tables (default) or as input of iptables-restore
  --ipv6[=true|false]        both families (default true)
  --dns[=true|false]         capture DNS (default true)
  --bypass-inbound           leave arriving plain text alone, as for ingress gateways
  --reroute-interfaces A,B   what arrives at these interfaces counts as the pod's own
  --probe-ip ADDRESS         where probes of the kubelet seem to come from
  --probe-ipv6 ADDRESS       the same for IPv6
  --uid N                    the user that the kubelet runs as (default 0; with --host)

examples:
  mesh-node rules
  mesh-node rules --backend iptables --ipv6=false
  mesh-node rules --dns=false --bypass-inbound
  mesh-node rules --reroute-interfaces net1,net2
  mesh-node rules --host --uid 0 --probe-ip 169.254.7.127
";

/// What `conflist --help` prints.
const CONFLIST_HELP: &str = "\
Prints a CNI configuration with the plugin in its chain, as the agent would write it. The file stays as it is.
The settings of the plugin come from the environment, as the agent's do.

usage: mesh-node conflist FILE

examples:
  mesh-node conflist /etc/cni/net.d/10-calico.conflist
  AMBIENT_ENABLED=true NODE_NAME=a EXCLUDE_NAMESPACES=kube-system mesh-node conflist 10-flannel.conflist
";

fn wants_help(arguments: &[String]) -> bool {
    arguments
        .iter()
        .any(|word| matches!(word.as_str(), "--help" | "-h" | "help"))
}

/// Prints a rule set.
pub fn rules(arguments: &[String]) -> Result<String, CommandError> {
    if wants_help(arguments) {
        return Ok(RULES_HELP.to_owned());
    }
    let asked = read(arguments)?;
    let families = asked.capture.families;
    let rules = if asked.host {
        redirect::host(&asked.capture.probes, families, asked.uid)
    } else {
        redirect::pod(&asked.capture)
    };
    Ok(if asked.iptables {
        as_iptables(&rules, families)
    } else {
        rules.to_string()
    })
}

fn as_iptables(rules: &RuleSet, families: Families) -> String {
    let mut text = String::new();
    let all: &[(Family, &str)] = match families {
        Families::Both => &[
            (Family::V4, "iptables-restore"),
            (Family::V6, "ip6tables-restore"),
        ],
        Families::V4 => &[(Family::V4, "iptables-restore")],
    };
    for (family, program) in all {
        // a String refuses nothing
        let _ = write!(
            text,
            "# {program} --noflush\n{}",
            iptables::restore(rules, *family)
        );
    }
    for line in rules
        .routed
        .iter()
        .flat_map(|family| redirect::routing::describe(*family))
    {
        let _ = writeln!(text, "# {line}");
    }
    text
}

fn read(arguments: &[String]) -> Result<Asked, CommandError> {
    let mut asked = Asked {
        host: false,
        iptables: false,
        capture: PodCapture::default(),
        uid: 0,
    };
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        let (flag, given) = match argument.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (argument.as_str(), None),
        };
        match flag {
            "--host" => asked.host = switch(flag, given)?,
            "--ipv6" => {
                asked.capture.families = if switch(flag, given)? {
                    Families::Both
                } else {
                    Families::V4
                };
            }
            "--dns" => {
                asked.capture.dns = if switch(flag, given)? {
                    Dns::Captured
                } else {
                    Dns::Untouched
                }
            }
            "--bypass-inbound" => {
                asked.capture.inbound = if switch(flag, given)? {
                    Inbound::Bypassed
                } else {
                    Inbound::Captured
                };
            }
            "--backend" | "--reroute-interfaces" | "--uid" | "--probe-ip" | "--probe-ipv6" => {
                let next = given.or_else(|| rest.next().map(String::as_str));
                let value = next.ok_or_else(|| CommandError::NoValue(flag.to_owned()))?;
                valued(&mut asked, flag, value)?;
            }
            _ => return Err(CommandError::Argument(argument.clone())),
        }
    }
    Ok(asked)
}

fn bad(flag: &str, value: &str, expected: &'static str) -> CommandError {
    CommandError::Value {
        flag: flag.to_owned(),
        value: value.to_owned(),
        expected,
    }
}

fn switch(flag: &str, given: Option<&str>) -> Result<bool, CommandError> {
    match given {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(value) => Err(bad(flag, value, "expected true or false")),
    }
}

fn valued(asked: &mut Asked, flag: &str, value: &str) -> Result<(), CommandError> {
    match (flag, value) {
        ("--backend", "nft" | "iptables") => asked.iptables = value == "iptables",
        ("--backend", _) => return Err(bad(flag, value, "expected nft or iptables")),
        ("--uid", _) => {
            let uid = value.parse();
            asked.uid = uid.map_err(|_| bad(flag, value, "expected a user id"))?;
        }
        ("--probe-ip", _) => {
            let address = value.parse();
            asked.capture.probes.v4 = address.map_err(|_| bad(flag, value, "expected an IPv4 address"))?;
        }
        ("--probe-ipv6", _) => {
            let address = value.parse();
            asked.capture.probes.v6 = address.map_err(|_| bad(flag, value, "expected an IPv6 address"))?;
        }
        _ => {
            let names: Vec<&str> = value.split(',').map(str::trim).collect();
            if names.iter().any(|name| name.is_empty() || name.len() > 15) {
                return Err(bad(flag, value, "expected names of interfaces"));
            }
            asked.capture.rerouted = names.into_iter().map(str::to_owned).collect();
        }
    }
    Ok(())
}

/// Prints a CNI configuration as it would be edited.
pub fn conflist(arguments: &[String], config: &Config) -> Result<String, CommandError> {
    if wants_help(arguments) {
        return Ok(CONFLIST_HELP.to_owned());
    }
    let [file] = arguments else {
        let word = arguments.get(1).cloned().unwrap_or_default();
        return Err(CommandError::Argument(word));
    };
    let text = std::fs::read(file).map_err(|source| CommandError::Read {
        file: file.clone(),
        source,
    })?;
    let name = Path::new(file).file_name().unwrap_or_default().to_string_lossy();
    Ok(Conf::parse(&name, &text)?.with(&entry(config)).render())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(words: &str) -> Result<String, CommandError> {
        let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
        rules(&words)
    }

    #[test]
    fn rules_are_printed_for_every_variant() {
        assert_eq!(
            ask("").unwrap(),
            redirect::pod(&PodCapture::default()).to_string()
        );
        let text = ask("--backend iptables --ipv6=false --dns=false").unwrap();
        assert!(
            text.starts_with("# iptables-restore --noflush\n*nat\n") && !text.contains("15053"),
            "{text}"
        );
        assert!(!text.contains("ip6tables"));
        assert!(ask("--host --uid 7").unwrap().contains("meta skuid 7"));
        assert!(
            ask("--bypass-inbound --reroute-interfaces=net1")
                .unwrap()
                .contains("iifname \"net1\"")
        );
    }

    #[test]
    fn the_examples_of_the_help_work() {
        let help = ask("--backend iptables --help").unwrap();
        let examples: Vec<&str> = help
            .lines()
            .filter_map(|line| line.strip_prefix("  mesh-node rules"))
            .collect();
        assert!(examples.len() > 3, "{help}");
        let texts: std::collections::BTreeSet<String> =
            examples.iter().map(|words| ask(words).unwrap()).collect();
        assert_eq!(texts.len(), examples.len(), "each shows something else");
        let help = conflist(&["-h".to_owned()], &Config::default()).unwrap();
        assert!(help.contains("mesh-node conflist /etc/cni/net.d/"), "{help}");
    }

    #[test]
    fn words_that_mean_nothing_are_named() {
        for (words, named) in [
            ("--nonsense", "--nonsense"),
            ("--backend ipfw", "ipfw"),
            ("--uid", "--uid"),
            ("--dns=no", "no"),
            ("--probe-ip ::1", "::1"),
            ("--probe-ipv6 10.0.0.1", "10.0.0.1"),
            ("--reroute-interfaces a,,b", "a,,b"),
        ] {
            let error = ask(words).unwrap_err().to_string();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_configuration_is_printed_as_it_would_be_edited_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("10-x.conflist");
        let text = r#"{"name":"n","plugins":[{"type":"bridge"}]}"#;
        std::fs::write(&file, text).unwrap();
        let path = [file.to_string_lossy().into_owned()];
        let printed = conflist(&path, &Config::default()).unwrap();
        assert!(printed.contains("\"istio-cni\""), "{printed}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
        assert!(conflist(&["/absent".to_owned()], &Config::default()).is_err());
        assert!(conflist(&[], &Config::default()).is_err());
    }
}
