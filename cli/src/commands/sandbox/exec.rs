//! `meshctl sandbox exec`: a command in a pod, without kubectl.
//!
//! Its input, outputs and exit code are the command's. Absent on purpose: terminals, which `kubectl exec -it` has.

use super::{Named, kubeconfig};
use crate::exit::{Exit, Failure};
use clap::Args;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Status;
use kube::api::{AttachParams, AttachedProcess};
use kube::config::{KubeConfigOptions, Kubeconfig};
use std::io::{IsTerminal, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::process::ExitCode;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};

#[derive(Debug, Args)]
pub(super) struct Exec {
    #[command(flatten)]
    named: Named,
    /// The pod, as NAME or NAMESPACE/NAME
    pod: String,
    /// The container; the first one unless given
    #[arg(long)]
    container: Option<String>,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

impl Exec {
    /// Runs the command; its exit code is ours.
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        let path = kubeconfig(&self.named.name)?;
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::new("cannot start the runtime").caused_by(&error))?;
        let ended = runtime.block_on(async {
            let process = self.start(&path).await?;
            self.attend(process).await
        });
        // a read of our standard input that nobody needs any more must not hold us
        runtime.shutdown_background();
        ended
    }

    fn failed(&self) -> Failure {
        Failure::new(format!("cannot run the command in `{}`", self.pod))
    }

    async fn start(&self, path: &Path) -> Result<AttachedProcess, Failure> {
        let kubeconfig = Kubeconfig::read_from(path).map_err(|error| self.failed().caused_by(&error))?;
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &KubeConfigOptions::default())
            .await
            .map_err(|error| self.failed().caused_by(&error))?;
        let client = kube::Client::try_from(config).map_err(|error| self.failed().caused_by(&error))?;
        let (namespace, name) = self.pod.split_once('/').unwrap_or(("default", &self.pod));
        let pods: kube::Api<Pod> = kube::Api::namespaced(client, namespace);
        let streams = AttachParams {
            container: self.container.clone(),
            // a person who types is better served by a terminal
            stdin: !std::io::stdin().is_terminal(),
            ..AttachParams::default()
        };
        pods.exec(name, &self.command, &streams)
            .await
            .map_err(|error| self.failed().caused_by(&error))
    }

    async fn attend(&self, mut process: AttachedProcess) -> Result<ExitCode, Failure> {
        let (input, out, err, ended) = (
            process.stdin(),
            process.stdout(),
            process.stderr(),
            process.take_status(),
        );
        let feed = async {
            if let Some(mut input) = input {
                // a command that does not read its input has its reasons
                if let Ok(own) = std::io::stdin().as_fd().try_clone_to_owned() {
                    let mut own = tokio::fs::File::from_std(own.into());
                    drop(tokio::io::copy(&mut own, &mut input).await);
                }
                drop(input.shutdown().await);
            }
            std::future::pending::<()>().await;
        };
        let copy_out = async {
            if let Some(mut out) = out {
                pump(&mut out, &mut std::io::stdout()).await;
            }
        };
        let copy_err = async {
            if let Some(mut err) = err {
                pump(&mut err, &mut std::io::stderr()).await;
            }
        };
        tokio::select! {
            biased;
            ((), ()) = async { tokio::join!(copy_out, copy_err) } => {}
            () = feed => {}
        }
        let status = match ended {
            Some(ended) => ended.await,
            None => None,
        };
        let status = status.ok_or_else(|| self.failed().because("the connection to the pod was lost"))?;
        if status.status.as_deref() == Some("Success") {
            return Ok(Exit::Ok.into());
        }
        exit_code(&status)
            .map(ExitCode::from)
            .ok_or_else(|| self.failed().because(status.message.unwrap_or_default()))
    }
}

/// The exit code that a failed command's status carries.
fn exit_code(status: &Status) -> Option<u8> {
    let causes = status.details.as_ref()?.causes.as_ref()?;
    let cause = causes
        .iter()
        .find(|cause| cause.reason.as_deref() == Some("ExitCode"))?;
    cause.message.as_ref()?.parse().ok()
}

/// Copies until one of the two ends; a reader of ours that went away ends the copy quietly.
async fn pump(from: &mut (impl AsyncRead + Unpin), to: &mut impl Write) {
    let mut buffer = vec![0; 32 << 10];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if to.write_all(&buffer[..length]).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}
