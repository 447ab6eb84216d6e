//! What an installation was meant to be, whoever keeps it: files, the record of `install`, Helm, or Argo CD.

use super::apply::{self, Change};
use super::component::Component;
use super::drift::{self, Drift};
use super::plan::{self, Plan, Target};
use super::values::{self, Given};
use super::{prune, record};
use crate::argocd::Application;
use crate::cluster::Cluster;
use crate::exit::Failure;
use crate::yaml;
use mesh_wire::well_known::field_manager;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// What was meant, and who applies it.
#[derive(Debug, Clone)]
pub struct Meant {
    /// The objects.
    pub plan: Plan,
    /// The field manager that applies them.
    pub manager: String,
    /// Where it is kept, for messages.
    pub keeper: String,
    /// What applies it again.
    pub restore: String,
    /// Whether objects of the owner that the plan does not hold are surplus.
    has_owner: bool,
}

/// Renders values that are not this program's own: there is no owner but the charts' default.
fn render(
    values: &Value,
    component: Component,
    namespace: &str,
    target: &Target,
    folder: Option<&PathBuf>,
) -> Result<Plan, Failure> {
    let mut settings = values::settle(&Given {
        files: vec![("values".to_owned(), yaml::to_string(values))],
        namespace: namespace.to_owned(),
        ..Given::default()
    })?;
    settings.components = [component].into();
    if let Some(map) = settings.values.as_object_mut() {
        map.remove("ownerName");
        if values.get("profile").is_none() {
            map.remove("profile");
        }
    }
    plan::render(&settings, target, folder)
}

/// Helm's own marks, which it sets on every object of a release.
fn mark(object: &mut Value, release: &str, namespace: &str) {
    let metadata = &mut object["metadata"];
    metadata["labels"]["app.kubernetes.io/managed-by"] = json!("Helm");
    metadata["annotations"]["meta.helm.sh/release-name"] = json!(release);
    metadata["annotations"]["meta.helm.sh/release-namespace"] = json!(namespace);
}

impl Meant {
    /// Of an installation by this program.
    #[must_use]
    pub fn ours(plan: Plan, keeper: impl Into<String>) -> Self {
        Self {
            plan,
            manager: field_manager::CLI.to_owned(),
            keeper: keeper.into(),
            restore: "meshctl get-config | meshctl install -y -f -".to_owned(),
            has_owner: true,
        }
    }

    /// Of an Argo CD application: one chart with the values that stand in it, or in the folder of its `repository`.
    ///
    /// # Errors
    /// As [`Application::chart`].
    pub fn argocd(
        application: &Application,
        target: &Target,
        (folder, repository): (Option<&PathBuf>, Option<&Path>),
    ) -> Result<Self, Failure> {
        let (component, values) = application.chart(repository)?;
        let plan = render(&values, component, &application.destination, target, folder)?;
        Ok(Self {
            plan,
            manager: "argocd-controller".to_owned(),
            keeper: format!("Argo CD application {}", application.name),
            restore: format!("meshctl argocd sync {}", application.name),
            has_owner: false,
        })
    }

    /// What is recorded in the cluster: by `install`, else by Helm.
    ///
    /// # Errors
    /// The API cannot be asked, or nothing is recorded.
    pub async fn fetch_recorded(
        cluster: &Cluster,
        system: &str,
        owner: &str,
        (target, folder): (&Target, Option<&PathBuf>),
    ) -> Result<Vec<Self>, Failure> {
        if let Some(settings) = record::fetch_settings(cluster, system, owner).await? {
            let plan = record::render(&settings, target, folder)?;
            return Ok(vec![Self::ours(plan, "the record of the last install")]);
        }
        let mut all = Vec::new();
        for release in record::fetch_releases(cluster, system).await? {
            let mut plan = render(&release.values, release.component, system, target, folder)?;
            for object in plan.parts.iter_mut().flat_map(|part| &mut part.objects) {
                mark(object, &release.name, system);
            }
            all.push(Self {
                plan,
                manager: "helm".to_owned(),
                keeper: format!("Helm release {}", release.name),
                restore: format!(
                    "helm upgrade -n {system} {} CHART --reuse-values --server-side=true --force-conflicts",
                    release.name
                ),
                has_owner: false,
            });
        }
        Ok(all)
    }

    /// Everything that differs from it in the cluster.
    ///
    /// # Errors
    /// The API cannot be asked, or refuses an object.
    pub async fn fetch_drift(&self, cluster: &Cluster) -> Result<Vec<Drift>, Failure> {
        // the record says what was meant, and is no part of it
        let is_meant = |object: &&Value| !record::is_record(object, &self.plan.owner);
        let objects = self.plan.objects().filter(is_meant).cloned().collect();
        let mut found = Vec::new();
        for pair in apply::fetch_pairs(cluster, objects).await? {
            match apply::plan_change(cluster, &pair, &self.manager).await? {
                Change::Nothing => {}
                Change::Create => found.push(drift::missing(&pair.wanted, &self.restore)),
                Change::Update(both) => {
                    found.append(&mut drift::fields(&both.0, &both.1, &self.manager));
                }
            }
        }
        if self.has_owner {
            let surplus = prune::fetch_surplus(cluster, &self.plan).await?;
            found.extend(surplus.iter().map(drift::extra));
        }
        Ok(found)
    }
}

/// The rules that an Argo CD application needs to ignore what others write; nothing when it needs none. (pure)
#[must_use]
pub fn ignore_rules(found: &[Drift]) -> Vec<Value> {
    let mut rules: Vec<Value> = Vec::new();
    for one in found {
        let Some(expression) = &one.ignored_by else {
            continue;
        };
        let mut parts = one.object.split('/');
        let kind = parts.next().unwrap_or_default();
        let name = parts.next_back().unwrap_or_default();
        let known = rules
            .iter_mut()
            .find(|rule| rule["kind"] == kind && rule["name"] == name);
        if let Some(rule) = known {
            if let Some(list) = rule["jqPathExpressions"].as_array_mut() {
                list.push(json!(expression));
            }
            continue;
        }
        rules.push(json!({
            "group": one.group, "kind": kind, "name": name, "jqPathExpressions": [expression],
        }));
    }
    rules
}

#[cfg(test)]
mod tests;
