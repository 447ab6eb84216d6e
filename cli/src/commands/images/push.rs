//! `meshctl images push`: into a registry, without a container engine.

use super::choice::Choice;
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::images::registry::{Credentials, PushError, Reference, Registry};
use clap::{Args, ValueHint};
use http::StatusCode;
use std::io::Read;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Push {
    /// The user, when the logins of container engines on this machine have none for the registry
    #[arg(long, value_name = "NAME", requires = "password_stdin")]
    username: Option<String>,
    /// Read the password or token from standard input
    #[arg(long, requires = "username")]
    password_stdin: bool,
    /// More certificates to trust, in PEM
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    ca_file: Option<PathBuf>,
    /// Without TLS; registries on this machine need no flag for it
    #[arg(long)]
    plain_http: bool,
    #[command(flatten)]
    choice: Choice,
}

impl Push {
    /// Runs the command.
    pub(super) async fn run(self, context: &Context) -> Result<Exit, Failure> {
        let images = self.choice.build(context)?;
        let mut targets = Vec::new();
        for image in &images {
            let name = Reference::parse(&image.name);
            targets.push(name.map_err(|error| {
                Failure::usage(error.to_string())
                    .hint("name the registry with --hub, such as registry.example/mesh")
            })?);
        }
        let given = match &self.username {
            Some(user) => Some(Credentials::new(user, password()?)),
            None => None,
        };
        for (image, to) in images.iter().zip(&targets) {
            let credentials = given.clone().or_else(|| Credentials::found(&to.host));
            let registry = Registry::new(&to.host, self.plain_http, self.ca_file.as_deref(), credentials)
                .map_err(|error| Failure::new(error.to_string()))?;
            let pushed = registry
                .push(image, to)
                .await
                .map_err(|error| explain(&image.name, &error))?;
            let known = if pushed.sent == 0 {
                ", which the registry had"
            } else {
                ""
            };
            context
                .messages
                .done(&format!("{}@{}{known}", image.name, image.digest));
        }
        Ok(Exit::Ok)
    }
}

fn password() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin()
        .lock()
        .read_to_string(&mut text)
        .map_err(|error| Failure::new("cannot read the password from standard input").caused_by(&error))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}

fn explain(name: &str, error: &PushError) -> Failure {
    let failure = Failure::new(format!("cannot push `{name}`")).caused_by(error);
    match error {
        PushError::Refused {
            status: StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN,
            ..
        } => failure.hint("log in with `docker login`, or pass --username and --password-stdin"),
        PushError::Unreachable { .. } => {
            failure.hint("a registry without TLS needs --plain-http, one with a private authority --ca-file")
        }
        _ => failure,
    }
}
