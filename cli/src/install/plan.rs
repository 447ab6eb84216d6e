//! Settings in, objects in their order out. (pure but for reading a folder of charts)

use super::chart::{Chart, ChartError, Release};
use super::component::{Component, meta};
use super::kinds;
use super::values::{self, Settings};
use crate::exit::Failure;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// On a namespace: it was made by `install`, so `uninstall --purge` may remove it.
pub const CREATED_LABEL: &str = "meshctl.dev/created-by";

/// What the cluster is, as far as charts ask.
#[derive(Debug, Clone)]
pub struct Target {
    /// `v1.33.1`.
    pub kubernetes: String,
    /// `apps/v1`, ..
    pub api_versions: BTreeSet<String>,
}

impl Default for Target {
    fn default() -> Self {
        let versions = [
            "v1",
            "apps/v1",
            "policy/v1",
            "autoscaling/v2",
            "rbac.authorization.k8s.io/v1",
            "networking.k8s.io/v1",
            "admissionregistration.k8s.io/v1",
            "apiextensions.k8s.io/v1",
        ];
        Self {
            kubernetes: "v1.33.0".to_owned(),
            api_versions: versions.map(str::to_owned).into(),
        }
    }
}

/// One component's objects, in the order they are written.
#[derive(Debug, Clone)]
pub struct Part {
    /// Which.
    pub component: Component,
    /// Its objects.
    pub objects: Vec<Value>,
}

/// All that will be there.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The value of the owner label.
    pub owner: String,
    /// The system namespace.
    pub namespace: String,
    /// The components chosen.
    pub parts: Vec<Part>,
}

impl Plan {
    /// The part of a component.
    #[must_use]
    pub fn find(&self, component: Component) -> Option<&Part> {
        self.parts.iter().find(|part| part.component == component)
    }

    /// Every object of every part.
    pub fn objects(&self) -> impl Iterator<Item = &Value> {
        self.parts.iter().flat_map(|part| &part.objects)
    }
}

/// Renders the chosen components from the embedded charts, or from a folder.
///
/// # Errors
/// A chart is missing or does not render with these values.
pub fn render(settings: &Settings, target: &Target, folder: Option<&PathBuf>) -> Result<Plan, Failure> {
    let mut parts = Vec::new();
    for component in &settings.components {
        let objects = render_one(*component, settings, target, folder).map_err(|error| {
            Failure::new(format!("cannot render {}", component.title())).caused_by(&error)
        })?;
        parts.push(Part {
            component: *component,
            objects,
        });
    }
    Ok(Plan {
        owner: values::owner(&settings.revision),
        namespace: settings.namespace.clone(),
        parts,
    })
}

fn render_one(
    component: Component,
    settings: &Settings,
    target: &Target,
    folder: Option<&PathBuf>,
) -> Result<Vec<Value>, ChartError> {
    let chart = match folder {
        Some(folder) => Chart::read(&chart_folder(folder, component))?,
        None => Chart::embedded(component.chart())?,
    };
    let release = Release {
        name: component.release().to_owned(),
        namespace: settings.namespace.clone(),
        is_upgrade: false,
        kubernetes: target.kubernetes.clone(),
        api_versions: target.api_versions.clone(),
    };
    let rendered = chart.render(&settings.values, &release)?;
    let mut objects: Vec<Value> = rendered.into_iter().map(|one| one.object).collect();
    objects.sort_by_cached_key(|object| {
        let kind = object["kind"].as_str().unwrap_or_default().to_owned();
        (
            kinds::rank_of(object),
            group(object).to_owned(),
            kind,
            meta(object, "namespace").to_owned(),
            meta(object, "name").to_owned(),
        )
    });
    Ok(objects)
}

/// `DIR/base`, or `DIR/charts/base` where a whole `manifests` folder was named.
fn chart_folder(folder: &std::path::Path, component: Component) -> PathBuf {
    let nested = folder.join("charts").join(component.chart());
    if nested.is_dir() {
        nested
    } else {
        folder.join(component.chart())
    }
}

fn group(object: &Value) -> &str {
    let api_version = object["apiVersion"].as_str().unwrap_or_default();
    api_version.split_once('/').map_or("", |(group, _)| group)
}

/// The system namespace, for pods that need rights on their node.
#[must_use]
pub fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": name,
            "labels": {
                "pod-security.kubernetes.io/enforce": "privileged",
                "pod-security.kubernetes.io/audit": "privileged",
                "pod-security.kubernetes.io/warn": "privileged",
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::super::component::{label, title_of};
    use super::super::values::{Given, settle};
    use super::*;
    use mesh_wire::well_known::label::{
        OPERATOR_COMPONENT, OPERATOR_MANAGED, OPERATOR_OWNER, OPERATOR_VERSION, REVISION,
    };

    fn plan(sets: &[&str]) -> Plan {
        let given = Given {
            sets: sets.iter().map(|set| (*set).to_owned()).collect(),
            namespace: "istio-system".to_owned(),
            ..Given::default()
        };
        render(&settle(&given).unwrap(), &Target::default(), None).unwrap()
    }

    #[test]
    fn cli_c14_every_object_is_labelled_with_its_owner_and_component() {
        for sets in [
            &[][..],
            &[
                "revision=canary",
                "global.networkPolicy.enabled=true",
                "resourceQuotas.enabled=true",
            ],
        ] {
            let plan = plan(sets);
            assert_eq!(plan.parts.len(), 4);
            for part in &plan.parts {
                for object in &part.objects {
                    let title = title_of(object);
                    assert_eq!(
                        label(object, OPERATOR_COMPONENT),
                        Some(part.component.label()),
                        "{title}"
                    );
                    assert_eq!(
                        label(object, OPERATOR_OWNER),
                        Some(plan.owner.as_str()),
                        "{title}"
                    );
                    for key in [OPERATOR_MANAGED, OPERATOR_VERSION, REVISION] {
                        assert!(label(object, key).is_some(), "{title} has no {key}");
                    }
                }
            }
        }
    }

    #[test]
    fn cli_c15_the_order_is_stable_and_definitions_come_first() {
        let (one, two) = (plan(&[]), plan(&[]));
        let kinds: Vec<_> = one.objects().map(title_of).collect();
        assert_eq!(kinds, two.objects().map(title_of).collect::<Vec<_>>());
        assert!(kinds[0].starts_with("CustomResourceDefinition/"));
        let names: BTreeSet<_> = kinds.iter().collect();
        assert_eq!(names.len(), kinds.len(), "no object is rendered twice");
    }

    #[test]
    fn the_namespace_admits_the_node_agent() {
        let namespace = namespace("mesh");
        assert_eq!(
            namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
            "privileged"
        );
        assert!(meta(&namespace, "name") == "mesh");
    }
}
