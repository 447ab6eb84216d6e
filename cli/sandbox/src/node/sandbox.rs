//! A pod's namespaces: made, connected by the CNI chain, and taken down.

use crate::error::{Failure, Named, Result};
use crate::node::cni::{self, Attached, Attachment};
use crate::node::context::{MESHCTL, NodeContext, uid};
use crate::stage::pause::PauseConfig;
use crate::stage::{self, Stage};
use k8s_openapi::api::core::v1::Pod;
use kube::ResourceExt;
use std::net::IpAddr;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tracing::warn;

/// A pod's namespaces, held by a process.
#[derive(Debug)]
pub(crate) struct PodSandbox {
    holder: Child,
    pub(crate) pid: i32,
    pub(crate) addresses: Vec<IpAddr>,
    network: Option<(Attachment, Attached)>,
}

/// Makes the namespaces and connects them.
pub(crate) async fn create(node: &NodeContext, pod: &Pod, attempt: u32) -> Result<PodSandbox> {
    let spec = pod.spec.clone().unwrap_or_default();
    let host_network = spec.host_network == Some(true);
    let config = PauseConfig {
        hostname: spec
            .hostname
            .clone()
            .unwrap_or_else(|| pod.name_any())
            .chars()
            .take(63)
            .collect(),
        host_network,
        host_ipc: spec.host_ipc == Some(true),
    };
    let (mut holder, pid) = hold(&config).await?;
    if host_network {
        return Ok(PodSandbox {
            holder,
            pid,
            addresses: vec![node.address().into()],
            network: None,
        });
    }
    let attachment = Attachment {
        id: format!("{}{attempt:08x}", uid(pod).replace('-', "")),
        pause: pid,
        namespace: pod.namespace().unwrap_or_default(),
        name: pod.name_any(),
        uid: uid(pod),
    };
    match cni::add(&attachment).await {
        Ok(attached) => {
            let addresses = attached.addresses.clone();
            Ok(PodSandbox {
                holder,
                pid,
                addresses,
                network: Some((attachment, attached)),
            })
        }
        Err(failure) => {
            // what the first plugins did must not stay: a runtime asks for DEL after a failed ADD
            drop(cni::forget(&attachment).await);
            drop(holder.kill().await);
            Err(failure)
        }
    }
}

async fn hold(config: &PauseConfig) -> Result<(Child, i32)> {
    let command = stage::command(Path::new(MESHCTL), Stage::Pause, config)?;
    let mut holder = Command::from(command)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .named(|| "cannot start the pod's sandbox process".to_owned())?;
    let mut ready = [0; 6];
    let mut out = holder
        .stdout
        .take()
        .ok_or_else(|| Failure::new("the pod's sandbox process has no pipe"))?;
    out.read_exact(&mut ready)
        .await
        .named(|| "the pod's sandbox process did not start".to_owned())?;
    let pid = holder.id().and_then(|pid| i32::try_from(pid).ok());
    let pid = pid.ok_or_else(|| Failure::new("the pod's sandbox process has ended"))?;
    Ok((holder, pid))
}

impl PodSandbox {
    /// Disconnects the pod and ends the process that holds the namespaces.
    pub(crate) async fn remove(mut self) {
        if let Some((attachment, attached)) = &self.network
            && let Err(failure) = cni::remove(attachment, attached).await
        {
            warn!(
                pod = attachment.name,
                reason = failure.chain(),
                "cannot disconnect the pod cleanly"
            );
        }
        drop(self.holder.kill().await);
    }
}
