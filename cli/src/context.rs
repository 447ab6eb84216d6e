//! The flags every command shares, and what they come to together with the environment.

use crate::config::Environment;
use crate::exit::{Exit, Failure};
use crate::render::message::Messages;
use crate::settings::{self, Setting};
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::time::Duration;

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// Only on a terminal that can
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Flags that every command has (`spec/cli.md` 1.1).
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Path of the kubeconfig [default: $KUBECONFIG, ~/.kube/config, in-cluster]
    #[arg(short = 'c', long, global = true, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub kubeconfig: Option<PathBuf>,
    /// Context of the kubeconfig
    #[arg(long, global = true, value_name = "NAME", add = crate::completers::contexts())]
    pub context: Option<String>,
    /// Namespace of the object meant
    #[arg(short, long, global = true, value_name = "NAME", add = crate::completers::namespaces())]
    pub namespace: Option<String>,
    /// Namespace of the control plane [default: istio-system]
    #[arg(short = 'i', long = "istioNamespace", global = true, value_name = "NAME")]
    #[arg(aliases = ["istio-namespace", "mesh-namespace"], add = crate::completers::namespaces())]
    pub istio_namespace: Option<String>,
    /// User to impersonate
    #[arg(long = "as", global = true, value_name = "USER", hide_short_help = true)]
    pub impersonate: Option<String>,
    /// UID to impersonate; counts only together with --as
    #[arg(long, global = true, value_name = "UID", hide_short_help = true)]
    pub as_uid: Option<String>,
    /// Group to impersonate; counts only together with --as
    #[arg(long, global = true, value_name = "GROUP", hide_short_help = true)]
    pub as_group: Vec<String>,
    /// Time limit of one API request [default: 15s]
    #[arg(long, global = true, value_name = "DURATION", hide_short_help = true)]
    pub kubeclient_timeout: Option<String>,
    /// kubectl's spelling of --kubeclient-timeout; 0 means none
    #[arg(long, global = true, value_name = "DURATION", hide_short_help = true)]
    pub request_timeout: Option<String>,
    /// Verbosity of the API client
    #[arg(long, global = true, value_name = "LEVEL", hide_short_help = true)]
    pub vklog: Option<u8>,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", hide_short_help = true)]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = "always")]
    pub color: Option<Colour>,
    /// Say nothing about progress
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Never ask
    #[arg(long, global = true)]
    pub no_input: bool,
}

/// What a command is run with.
#[derive(Debug, Clone)]
pub struct Context {
    /// The shared flags.
    pub globals: Globals,
    /// What the environment says.
    pub environment: Environment,
    /// Where progress, warnings and hints go.
    pub messages: Messages,
    /// What each global flag comes to, and by whom.
    pub settings: Vec<Setting>,
}

impl Context {
    /// Combines flags, environment and config file.
    ///
    /// # Errors
    /// As [`settings::settle`].
    pub fn settled(globals: Globals, environment: Environment) -> Result<Self, Failure> {
        let (globals, settings) = settings::settle(globals, &environment)?;
        Ok(Self {
            settings,
            ..Self::new(globals, environment)
        })
    }

    /// Combines flags and environment.
    #[must_use]
    pub fn new(globals: Globals, environment: Environment) -> Self {
        let wants = match globals.color {
            Some(Colour::Always) => true,
            Some(Colour::Never) => false,
            Some(Colour::Auto) | None if environment.forces_colour => true,
            Some(Colour::Auto) | None => !environment.forbids_colour && std::io::stderr().is_terminal(),
        };
        let messages = Messages {
            is_quiet: globals.quiet,
            has_colour: wants,
        };
        Self {
            globals,
            environment,
            messages,
            settings: Vec::new(),
        }
    }

    /// The control plane's namespace.
    #[must_use]
    pub fn istio_namespace(&self) -> String {
        let given = self.globals.istio_namespace.clone();
        given.unwrap_or_else(|| "istio-system".to_owned())
    }

    /// The limit of one API request; `None` is no limit.
    ///
    /// # Errors
    /// The value is not a duration; the message names the flag.
    pub fn request_timeout(&self) -> Result<Option<Duration>, Failure> {
        let flags = [
            ("--request-timeout", self.globals.request_timeout.clone()),
            ("--kubeclient-timeout", self.globals.kubeclient_timeout.clone()),
        ];
        for (flag, value) in flags {
            if let Some(value) = value {
                let limit = parse_duration(&value).ok_or_else(|| {
                    Failure::usage(format!("invalid value `{value}` for {flag}: not a duration"))
                        .hint("write it like 500ms, 15s, 2m or 1h30m")
                })?;
                return Ok((!limit.is_zero()).then_some(limit));
            }
        }
        Ok(Some(Duration::from_secs(15)))
    }

    /// Asks before something is changed. `-y` never asks; without a terminal nothing is changed (C27).
    ///
    /// # Errors
    /// Refused (exit 1), or nobody there to ask (exit 64).
    pub fn confirm(&self, question: &str, skip: bool) -> Result<(), Failure> {
        if skip {
            return Ok(());
        }
        if self.globals.no_input || !std::io::stdin().is_terminal() {
            return Err(
                Failure::usage("refusing to change anything without a confirmation")
                    .because("standard input is not a terminal")
                    .hint("pass -y to go ahead without being asked"),
            );
        }
        loop {
            self.messages.prompt(&format!("{question} (y/N) "));
            let mut line = String::new();
            let read = std::io::stdin().read_line(&mut line).unwrap_or(0);
            match line.trim().to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(()),
                "n" | "no" => break,
                "" if read == 0 => break,
                _ => {}
            }
        }
        self.messages.line("Cancelled.");
        Err(Failure {
            exit: Exit::Error,
            is_silent: true,
            ..Failure::new("cancelled")
        })
    }
}

/// Reads a duration as Go and kubectl write it: `1h30m`, `15s`, `500ms`, a bare `0` or seconds.
#[must_use]
pub fn parse_duration(text: &str) -> Option<Duration> {
    if let Ok(seconds) = text.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let mut total = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        let unit_end = rest[digits..]
            .find(|c: char| c.is_ascii_digit())
            .map_or(rest.len(), |at| digits + at);
        let unit = match &rest[digits..unit_end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number * unit).ok()?;
        rest = &rest[unit_end..];
    }
    (!text.is_empty()).then_some(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Duration>) {
        assert_eq!(parse_duration(text), expected, "{text}");
    }

    #[test]
    fn durations_are_read_as_kubectl_writes_them() {
        check("15s", Some(Duration::from_secs(15)));
        check("1h30m", Some(Duration::from_mins(90)));
        check("500ms", Some(Duration::from_millis(500)));
        check("0", Some(Duration::ZERO));
        check("1.5s", Some(Duration::from_millis(1500)));
        for wrong in ["", "s", "5x", "-1s", "5 s"] {
            check(wrong, None);
        }
    }
}
