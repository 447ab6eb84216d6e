//! Runs a program in a pod, and takes what it prints.

use super::Cluster;
use crate::exit::Failure;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::AttachParams;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::timeout;

/// How long a program may take.
const LIMIT: Duration = Duration::from_secs(15);

/// What came of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It ran to its end, however that was, and printed this.
    Ended(String),
    /// The container does not have it, or cannot run it.
    Missing(String),
}

impl Cluster {
    /// Runs a program in a pod's first container.
    ///
    /// # Errors
    /// The API refuses, or the program does not end in time.
    pub async fn run_in_pod(&self, namespace: &str, pod: &str, words: &[String]) -> Result<Ran, Failure> {
        let doing = format!("cannot run `{}` in pod `{namespace}/{pod}`", words.join(" "));
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), namespace);
        let params = AttachParams::default().stdin(false).stdout(true).stderr(true);
        let ran = async {
            let mut process = pods
                .exec(pod, words, &params)
                .await
                .map_err(|error| self.explain(&doing, &error))?;
            let status = process.take_status();
            let (out, errors) = tokio::join!(drain(process.stdout()), drain(process.stderr()));
            let status = match status {
                Some(status) => status.await,
                None => None,
            };
            let is_ended = status.as_ref().is_none_or(|one| {
                one.status.as_deref() == Some("Success") || one.reason.as_deref() == Some("NonZeroExitCode")
            });
            Ok(if is_ended {
                Ran::Ended(out)
            } else {
                let told = status.and_then(|one| one.message).unwrap_or(errors);
                Ran::Missing(told)
            })
        };
        timeout(LIMIT, Box::pin(ran))
            .await
            .map_err(|_| Failure::timed_out(&doing).because(format!("it did not end within {LIMIT:?}")))?
    }
}

/// Everything a stream gives; what breaks off counts as far as it came.
async fn drain(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut stream) = stream {
        // a stream that breaks off has said what it said
        let _ = stream.read_to_end(&mut bytes).await;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
