//! What checks are made of: asked of the cluster once per round.

use crate::cluster::Cluster;
use crate::enrolment::facts::{Facts as Enrolment, Whose};
use crate::exit::Failure;
use crate::install::component::meta;
use crate::install::plan::Target;
use serde_json::Value;

/// What network plugins are set to, where they are there.
#[derive(Debug, Clone, Default)]
pub struct Plugins {
    /// The `ConfigMap` `kube-system/cilium-config`.
    pub cilium: Option<Value>,
    /// Calico's `FelixConfiguration` `default`.
    pub calico: Option<Value>,
}

/// Everything that is looked at.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The system namespace's name.
    pub system: String,
    /// The cluster's version and groups.
    pub target: Target,
    /// The system namespace.
    pub namespace: Option<Value>,
    /// Nodes.
    pub nodes: Vec<Value>,
    /// Workloads of the system namespace: Deployments and `DaemonSets`.
    pub workloads: Vec<Value>,
    /// Pods of the system namespace.
    pub pods: Vec<Value>,
    /// Definitions of the mesh's kinds.
    pub definitions: Vec<Value>,
    /// Validating webhooks of the mesh.
    pub webhooks: Vec<Value>,
    /// The root bundle of the system namespace.
    pub root: Option<Value>,
    /// Network policies, everywhere.
    pub policies: Vec<Value>,
    /// Settings of network plugins.
    pub plugins: Plugins,
    /// Who is in the mesh.
    pub enrolment: Enrolment,
}

impl Facts {
    /// A workload by name.
    #[must_use]
    pub fn find_workload(&self, name: &str) -> Option<&Value> {
        self.workloads
            .iter()
            .find(|workload| meta(workload, "name") == name)
    }

    /// The pods of a workload.
    pub fn pods_of<'a>(&'a self, workload: &'a Value) -> impl Iterator<Item = &'a Value> {
        let labels = workload["spec"]["selector"]["matchLabels"].as_object();
        self.pods.iter().filter(move |pod| {
            labels.is_some_and(|labels| {
                labels
                    .iter()
                    .all(|(key, value)| pod["metadata"]["labels"].get(key) == Some(value))
            })
        })
    }
}

impl Cluster {
    /// The settings of network plugins that are known to matter.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_plugins(&self) -> Result<Plugins, Failure> {
        Ok(Plugins {
            cilium: self
                .get("/api/v1/namespaces/kube-system/configmaps/cilium-config")
                .await?,
            calico: self
                .get("/apis/crd.projectcalico.org/v1/felixconfigurations/default")
                .await?,
        })
    }

    /// Gathers everything that checks look at.
    ///
    /// # Errors
    /// The API cannot be asked.
    pub async fn fetch_checked(&self, system: &str) -> Result<Facts, Failure> {
        let target = crate::commands::install::fetch_target(self).await?;
        let namespaced = format!("/namespaces/{system}");
        let mut workloads = Vec::new();
        for (kind, plural) in [("Deployment", "deployments"), ("DaemonSet", "daemonsets")] {
            for mut workload in self.list(&format!("/apis/apps/v1{namespaced}/{plural}")).await? {
                workload["kind"] = Value::from(kind);
                workloads.push(workload);
            }
        }
        let mut definitions = self
            .list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
            .await?;
        definitions.retain(|one| {
            one["spec"]["group"]
                .as_str()
                .is_some_and(|group| group.ends_with(".istio.io"))
        });
        for definition in &mut definitions {
            definition["kind"] = Value::from("CustomResourceDefinition");
        }
        let mut webhooks = self
            .list("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations")
            .await?;
        webhooks.retain(|one| one["metadata"]["labels"]["app"] == "istiod");
        Ok(Facts {
            system: system.to_owned(),
            namespace: self.get(&format!("/api/v1{namespaced}")).await?,
            nodes: self.list("/api/v1/nodes").await?,
            workloads,
            pods: self.list(&format!("/api/v1{namespaced}/pods")).await?,
            definitions,
            webhooks,
            root: self
                .get(&format!("/api/v1{namespaced}/configmaps/istio-ca-root-cert"))
                .await?,
            policies: self.list("/apis/networking.k8s.io/v1/networkpolicies").await?,
            plugins: self.fetch_plugins().await?,
            enrolment: Box::pin(self.fetch_enrolment(system, Whose::All)).await?,
            target,
        })
    }
}
