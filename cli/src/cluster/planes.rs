//! Every control plane of the mesh, asked the same.

use super::Cluster;
use super::forward::PodRequest;
use crate::exit::Failure;
use crate::install::component::meta;
use crate::install::wait::encode;
use crate::render::message::Messages;
use bytes::Bytes;
use mesh_wire::well_known::port;
use serde_json::Value;

/// What one control plane said.
pub struct Said {
    /// The pod, as the API has it.
    pub pod: Value,
    /// The answer.
    pub body: Bytes,
}

impl Cluster {
    /// The pods of a namespace that a label selector fits and that run.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_running(&self, namespace: &str, selector: &str) -> Result<Vec<Value>, Failure> {
        let selector = encode(selector);
        let path = format!("/api/v1/namespaces/{namespace}/pods?labelSelector={selector}");
        let mut pods = self.list(&path).await?;
        pods.retain(|pod| pod["status"]["phase"] == "Running");
        Ok(pods)
    }

    /// Asks each control plane of a namespace for a page of its monitoring port. What one of them failed with is told and
    /// given back beside the answers of the others.
    ///
    /// # Errors
    /// The API cannot be asked, or no control plane runs.
    pub async fn fetch_from_control_planes(
        &self,
        system: &str,
        path: &str,
        messages: Messages,
    ) -> Result<(Vec<Said>, Option<Failure>), Failure> {
        let pods = self.fetch_running(system, "app=istiod").await?;
        if pods.is_empty() {
            return Err(
                Failure::new(format!("no control plane runs in namespace `{system}`"))
                    .hint("is the mesh installed? `meshctl check` tells"),
            );
        }
        let (mut said, mut failed) = (Vec::new(), None);
        for pod in pods {
            let ask = PodRequest {
                namespace: system,
                pod: meta(&pod, "name"),
                port: port::MONITORING,
                path,
            };
            let answer = self.fetch_from_pod(&ask).await;
            if let Some(body) = messages.answered(answer, &mut failed) {
                said.push(Said { pod, body });
            }
        }
        Ok((said, failed))
    }
}
