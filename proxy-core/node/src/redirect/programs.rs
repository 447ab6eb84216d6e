//! Puts rule sets into the kernel through the programs of the iptables family, for nodes that want it so.
//!
//! Acts in the network namespace of the calling thread: the programs inherit it. For each address family one program
//! shows what is there and, if it differs, one writes it; chains that are not ours are never touched.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};

use super::iptables::{CHAINS, Lines, lines};
use super::nft::Applied;
use super::{Family, Flow, RuleSet, routing};
use crate::redirect::netlink::NetlinkError;

const TABLES: [&str; 3] = ["nat", "mangle", "raw"];
/// Seconds that a program waits for another one's lock.
const PATIENCE: &str = "5";

/// Which variant of the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flavour {
    /// Over nf_tables.
    Nft,
    /// The old interface of the kernel, under a lock.
    Legacy(Lock),
}

/// What programs of the old interface exclude each other by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// The namespace they work in, by its own file: pods do not wait for each other, and nothing is left to remove.
    Namespace,
    /// One file for the whole node, the programs' default.
    Node,
}

/// Which file the programs lock.
const LOCK_FILE: &str = "XTABLES_LOCKFILE";
const OWN_NAMESPACE: &str = "/proc/self/ns/net";

/// Why the programs did not do it.
#[derive(Debug, thiserror::Error)]
pub enum ProgramError {
    /// It is not there, or cannot be started.
    #[error("cannot run `{program}`")]
    Start {
        /// Which program.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It failed.
    #[error("`{program}` refuses the rules: {output}")]
    Refused {
        /// Which program.
        program: String,
        /// What it said.
        output: String,
    },
    /// Routing, which needs no program.
    #[error(transparent)]
    Routing(#[from] NetlinkError),
}

impl Flavour {
    /// The flavour whose rules are on the node already, else the one that is installed, nf_tables first.
    pub fn detect(lock: Lock) -> Result<Self, ProgramError> {
        let legacy = Self::Legacy(lock);
        let has_rules = |flavour: Self| {
            let saved = flavour.save(Family::V4);
            saved.is_ok_and(|text| text.lines().any(|line| line.starts_with("-A ")))
        };
        if has_rules(legacy) && !has_rules(Self::Nft) {
            return Ok(legacy);
        }
        match Self::Nft.save(Family::V4) {
            Ok(_) => Ok(Self::Nft),
            Err(first) => legacy.save(Family::V4).map(|_| legacy).map_err(|_| first),
        }
    }

    fn program(self, family: Family, action: &str) -> String {
        let family = match family {
            Family::V4 => "iptables",
            Family::V6 => "ip6tables",
        };
        match self {
            Self::Nft => format!("{family}-nft-{action}"),
            Self::Legacy(_) => format!("{family}-legacy-{action}"),
        }
    }

    fn command(self, program: &str) -> Command {
        let mut command = Command::new(program);
        if self == Self::Legacy(Lock::Namespace) {
            command.env(LOCK_FILE, OWN_NAMESPACE);
        }
        command
    }

    fn save(self, family: Family) -> Result<String, ProgramError> {
        let program = self.program(family, "save");
        let output = self.command(&program).stdin(Stdio::null()).output();
        let output = output.map_err(|source| ProgramError::Start {
            program: program.clone(),
            source,
        })?;
        succeeded(program, &output)
    }

    fn restore(self, family: Family, text: &str) -> Result<(), ProgramError> {
        let program = self.program(family, "restore");
        let start = |source| ProgramError::Start {
            program: program.clone(),
            source,
        };
        let mut child = self
            .command(&program)
            .args(["--noflush", "--wait", PATIENCE])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(start)?;
        if let Some(mut input) = child.stdin.take() {
            input.write_all(text.as_bytes()).map_err(start)?;
        }
        let output = child.wait_with_output().map_err(start)?;
        succeeded(program, &output).map(drop)
    }

    /// Makes the namespace hold exactly this rule set in our chains.
    pub fn apply(self, rules: &RuleSet) -> Result<Applied, ProgramError> {
        let mut applied = Applied::Unchanged;
        for family in &rules.routed {
            let saved = self.save(*family)?;
            let wanted = lines(rules, *family);
            if !holds(&saved, &wanted) {
                self.restore(*family, &change(&saved, &wanted))?;
                applied = Applied::Written;
            }
        }
        Ok(applied)
    }

    /// Whether the namespace holds exactly these rules.
    pub fn holds(self, rules: &RuleSet) -> Result<bool, ProgramError> {
        for family in &rules.routed {
            if !routing::is_present(*family)? || !holds(&self.save(*family)?, &lines(rules, *family)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes everything of ours out of the namespace.
    pub fn remove(self) -> Result<(), ProgramError> {
        for family in [Family::V4, Family::V6] {
            let saved = match self.save(family) {
                // a node without IPv6 has no program for it, and no rules
                Err(ProgramError::Start { .. }) if family == Family::V6 => continue,
                saved => saved?,
            };
            let text = change(&saved, &[]);
            if !text.is_empty() {
                self.restore(family, &text)?;
            }
            routing::remove(family)?;
        }
        Ok(())
    }

    /// Whether any chain of ours is there.
    pub fn is_captured(self) -> Result<bool, ProgramError> {
        let saved = self.save(Family::V4)?;
        Ok(saved.lines().any(|line| line.starts_with(":ISTIO_")))
    }

    /// The flows that the rules exempt.
    pub fn flows(self) -> Result<BTreeSet<Flow>, ProgramError> {
        let mut found = BTreeSet::new();
        for family in [Family::V4, Family::V6] {
            let saved = self.save(family).unwrap_or_default();
            found.extend(saved.lines().filter_map(flow));
        }
        Ok(found)
    }
}

fn succeeded(program: String, output: &Output) -> Result<String, ProgramError> {
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let output = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(ProgramError::Refused { program, output })
}

/// The lines of one table of a saved text.
fn section<'a>(saved: &'a str, table: &str) -> Vec<&'a str> {
    let begins = |line: &&str| line.strip_prefix('*') == Some(table);
    let inside = saved.lines().skip_while(|line| !begins(line)).skip(1);
    inside.take_while(|line| *line != "COMMIT").collect()
}

/// Whether our chains hold exactly the wanted rules and are jumped to once.
fn holds(saved: &str, wanted: &[Lines]) -> bool {
    TABLES.iter().all(|table| {
        let present = section(saved, table);
        let Some(wanted) = wanted.iter().find(|one| one.table == *table) else {
            return !present.iter().any(|line| line.starts_with(":ISTIO_"));
        };
        wanted.chains.iter().all(|(chain, from, rules)| {
            let prefix = format!("-A {chain} ");
            let own: Vec<&str> = present
                .iter()
                .copied()
                .filter(|line| line.starts_with(&prefix))
                .collect();
            let jump = format!("-A {from} -j {chain}");
            own.iter().eq(rules.iter()) && present.iter().filter(|line| **line == jump).count() == 1
        })
    })
}

/// What takes our chains from what is saved to what is wanted.
fn change(saved: &str, wanted: &[Lines]) -> String {
    let mut text = String::new();
    for table in TABLES {
        let present = section(saved, table);
        let wanted = wanted.iter().find(|one| one.table == table);
        let mut changes = Vec::new();
        for (chain, from) in CHAINS {
            let is_there = present.iter().any(|line| line.starts_with(&format!(":{chain} ")));
            let rules = wanted.and_then(|one| one.chains.iter().find(|(name, ..)| *name == chain));
            let jump = format!("{from} -j {chain}");
            let jumps = present
                .iter()
                .filter(|line| line.strip_prefix("-A ") == Some(&jump))
                .count();
            match rules {
                Some((_, _, rules)) => {
                    // naming a chain empties it
                    changes.insert(0, format!(":{chain} - [0:0]"));
                    changes.extend((1..jumps).map(|_| format!("-D {jump}")));
                    changes.extend((jumps == 0).then(|| format!("-A {jump}")));
                    changes.extend(rules.iter().cloned());
                }
                None if is_there => {
                    changes.extend((0..jumps).map(|_| format!("-D {jump}")));
                    changes.push(format!("-F {chain}"));
                    changes.push(format!("-X {chain}"));
                }
                None => {}
            }
        }
        if !changes.is_empty() {
            text.extend(["*", table, "\n", &changes.join("\n"), "\nCOMMIT\n"]);
        }
    }
    text
}

/// The flow of a rule that exempts one.
fn flow(line: &str) -> Option<Flow> {
    let words: Vec<&str> = line
        .strip_prefix("-A ISTIO_")?
        .strip_suffix(" -j ACCEPT")?
        .split(' ')
        .collect();
    let after = |flag: &str| {
        let at = words.iter().position(|word| *word == flag)?;
        words.get(at + 1).copied()
    };
    let address = |flag: &str| after(flag)?.split('/').next()?.parse().ok();
    let port = |flag: &str| after(flag)?.parse().ok();
    Some(Flow {
        source: SocketAddr::new(address("-s")?, port("--sport")?),
        destination: SocketAddr::new(address("-d")?, port("--dport")?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redirect::{PodCapture, pod};
    use proptest::prelude::*;

    const FOREIGN: &str = "*nat\n:PREROUTING ACCEPT [0:0]\n:OTHER - [0:0]\n-A PREROUTING -j OTHER\n\
                           -A OTHER -j RETURN\nCOMMIT\n";

    #[test]
    fn only_our_chains_change() {
        let wanted = lines(&pod(&PodCapture::default()), Family::V4);
        let text = change(FOREIGN, &wanted);
        assert!(
            !text.contains("OTHER") && text.contains("-A PREROUTING -j ISTIO_PRERT"),
            "{text}"
        );
        assert!(!holds(FOREIGN, &wanted));
        assert!(holds(FOREIGN, &[]) && change(FOREIGN, &[]).is_empty());
    }

    #[test]
    fn what_was_written_holds_and_is_taken_out_again() {
        let rules = pod(&PodCapture::default());
        let saved = super::super::iptables::restore(&rules, Family::V4);
        let wanted = lines(&rules, Family::V4);
        assert!(holds(&saved, &wanted));
        let again = change(&saved, &wanted);
        assert!(
            !again.contains("-A PREROUTING"),
            "jumps are there already: {again}"
        );
        let gone = change(&saved, &[]);
        for line in [
            "-D PREROUTING -j ISTIO_PRERT",
            "-F ISTIO_OUTPUT",
            "-X ISTIO_OUTPUT",
        ] {
            assert!(gone.lines().any(|found| found == line), "{gone}");
        }
    }

    #[test]
    fn exempted_flows_are_read_back() {
        let line =
            "-A ISTIO_OUTPUT -s 10.0.0.1/32 -d 10.0.0.2/32 -p tcp -m tcp --sport 5000 --dport 80 -j ACCEPT";
        let expected = Flow {
            source: "10.0.0.1:5000".parse().unwrap(),
            destination: "10.0.0.2:80".parse().unwrap(),
        };
        assert_eq!(flow(line), Some(expected));
        assert_eq!(flow("-A ISTIO_OUTPUT -d 169.254.7.127/32 -p tcp -j ACCEPT"), None);
    }

    proptest! {
        #[test]
        fn foreign_text_never_panics(text in "[-A-Z*: a-z0-9/.\n]{0,200}") {
            let wanted = lines(&pod(&PodCapture::default()), Family::V4);
            let _ = (holds(&text, &wanted), change(&text, &wanted), text.lines().filter_map(flow).count());
        }
    }
}
