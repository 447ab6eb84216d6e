//! An installation as files that a repository keeps. (pure)
//!
//! Same input, same bytes: no times, no versions of a cluster, no status. No field is rendered that a controller of ours
//! writes, so that Argo CD and Flux see no drift and need no ignore rule (`spec/charts.md` 8.3, `spec/cli.md` 11).

use super::component::{Component, meta};
use super::kinds;
use super::plan::{Plan, namespace};
use super::values::Settings;
use crate::yaml;
use mesh_wire::well_known::PRODUCT_VERSION;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Where the charts are published.
const CHARTS: &str = "https://github.com/meshctl/meshctl";
/// The policies of the system namespace.
const SYSTEM_POLICY: &str =
    include_str!("../../../manifests/network-policies/istio-system/network-policy.yaml");
/// What a meshed namespace that denies by default has to allow.
const MESHED_POLICY: &str =
    include_str!("../../../manifests/network-policies/meshed-namespace/network-policy.yaml");
/// The same as older runbooks have it.
const RUNBOOK_POLICY: &str =
    include_str!("../../../manifests/network-policies/meshed-namespace/runbook-egress.yaml");

/// What files are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// One stream of objects
    Yaml,
    /// Objects by component, and a kustomization
    Kustomize,
    /// One values file for each chart
    HelmValues,
    /// Argo CD applications with sync waves
    Argocd,
    /// Flux Helm releases
    Flux,
}

/// Sync waves; later ones wait until earlier ones are healthy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waves(BTreeMap<Component, i32>);

impl Default for Waves {
    fn default() -> Self {
        Self(
            [
                (Component::Base, -45),
                (Component::Pilot, -44),
                (Component::Cni, -43),
                (Component::Ztunnel, -42),
            ]
            .into(),
        )
    }
}

impl Waves {
    /// `COMPONENT=N` over the default.
    ///
    /// # Errors
    /// It is no such assignment.
    pub fn set(&mut self, text: &str) -> Result<(), String> {
        let (name, wave) = text.split_once('=').ok_or("write COMPONENT=N")?;
        let component = Component::ALL
            .into_iter()
            .find(|one| [one.key(), one.chart(), one.release()].contains(&name))
            .ok_or_else(|| format!("unknown component `{name}`: known are base, istiod, cni, ztunnel"))?;
        let wave = wave.parse().map_err(|_| format!("`{wave}` is no whole number"))?;
        self.0.insert(component, wave);
        Ok(())
    }

    fn of(&self, component: Component) -> String {
        self.0.get(&component).copied().unwrap_or_default().to_string()
    }
}

/// What the files depend on besides the installation.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Sync waves.
    pub waves: Waves,
    /// The operator's own repository, where the values files are; without it they stand in the applications.
    pub repository: Option<String>,
    /// Also allow what older runbooks list.
    pub has_runbook_egress: bool,
}

/// Path below the output folder, and content.
pub type Files = BTreeMap<String, String>;

/// One stream: the namespace, then everything in the order in which it is applied.
#[must_use]
pub fn stream(plan: &Plan) -> String {
    let mut objects: Vec<&Value> = plan.objects().collect();
    objects.sort_by_cached_key(|object| {
        let text = |key: &str| object[key].as_str().unwrap_or_default().to_owned();
        let group = text("apiVersion")
            .split_once('/')
            .map(|(group, _)| group.to_owned());
        (
            kinds::rank_of(object),
            group,
            text("kind"),
            meta(object, "name").to_owned(),
            meta(object, "namespace").to_owned(),
        )
    });
    let first = namespace(&plan.namespace);
    let documents: Vec<String> = std::iter::once(&first)
        .chain(objects)
        .map(yaml::to_string)
        .collect();
    documents.join("---\n")
}

/// The files of a format.
#[must_use]
pub fn files(format: Format, settings: &Settings, plan: &Plan, layout: &Layout) -> Files {
    match format {
        Format::Yaml => [("mesh.yaml".to_owned(), stream(plan))].into(),
        Format::Kustomize => kustomize(plan),
        Format::HelmValues => values(settings),
        Format::Argocd => argocd(settings, layout),
        Format::Flux => flux(settings, layout),
    }
}

fn kustomize(plan: &Plan) -> Files {
    let mut files = Files::from([(
        "namespace.yaml".to_owned(),
        yaml::to_string(&namespace(&plan.namespace)),
    )]);
    let mut resources = vec!["namespace.yaml".to_owned()];
    for part in &plan.parts {
        let path = format!("{}.yaml", part.component.release());
        let documents: Vec<String> = part.objects.iter().map(yaml::to_string).collect();
        files.insert(path.clone(), documents.join("---\n"));
        resources.push(path);
    }
    let kustomization = json!({
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    });
    files.insert("kustomization.yaml".to_owned(), yaml::to_string(&kustomization));
    files
}

/// What an operator set; the owner label is this program's own and means nothing to other appliers.
fn own_values(settings: &Settings) -> Value {
    let mut values = settings.values.clone();
    if let Some(map) = values.as_object_mut() {
        map.remove("ownerName");
    }
    values
}

fn values(settings: &Settings) -> Files {
    let text = yaml::to_string(&own_values(settings));
    let path = |component: &Component| format!("base/istio/{}-values.yaml", component.release());
    settings
        .components
        .iter()
        .map(|component| (path(component), text.clone()))
        .collect()
}

fn argocd(settings: &Settings, layout: &Layout) -> Files {
    let mut files = if layout.repository.is_some() {
        values(settings)
    } else {
        Files::new()
    };
    for component in &settings.components {
        let name = match component {
            // node agent and node proxy share a file: neither is of use without the other
            Component::Cni | Component::Ztunnel => "istio-cni",
            other => other.release(),
        };
        let file = files.entry(format!("applications/{name}.yaml")).or_default();
        if !file.is_empty() {
            file.push_str("---\n");
        }
        file.push_str(&yaml::to_string(&application(*component, settings, layout)));
    }
    let mut system = namespace(&settings.namespace);
    system["metadata"]["annotations"] = json!({"argocd.argoproj.io/sync-wave": "-46", "argocd.argoproj.io/sync-options": "Delete=false,Prune=false"});
    files.insert("base/istio/namespace.yaml".to_owned(), yaml::to_string(&system));
    policies(&mut files, settings, layout);
    files
}

fn policies(files: &mut Files, settings: &Settings, layout: &Layout) {
    let system = SYSTEM_POLICY.replace(
        "namespace: istio-system",
        &format!("namespace: {}", settings.namespace),
    );
    files.insert(
        format!("base/network-policies/{}/network-policy.yaml", settings.namespace),
        system,
    );
    let mut meshed = MESHED_POLICY.to_owned();
    if layout.has_runbook_egress {
        meshed.push_str("---\n");
        meshed.push_str(&RUNBOOK_POLICY.replace(
            "metadata.name: istio-system",
            &format!("metadata.name: {}", settings.namespace),
        ));
    }
    files.insert(
        "base/network-policies/meshed-namespace/network-policy.yaml".to_owned(),
        meshed,
    );
}

fn application(component: Component, settings: &Settings, layout: &Layout) -> Value {
    let chart = json!({
        "repoURL": CHARTS,
        "targetRevision": format!("v{PRODUCT_VERSION}"),
        "path": format!("manifests/charts/{}", component.chart()),
    });
    let mut spec = json!({
        "project": "default",
        "destination": {"server": "https://kubernetes.default.svc", "namespace": settings.namespace},
        "syncPolicy": {
            "automated": {"prune": true, "selfHeal": true},
            "syncOptions": ["CreateNamespace=false", "ServerSideApply=true", "RespectIgnoreDifferences=true"],
            "retry": {"limit": 10, "backoff": {"duration": "5s", "factor": 2, "maxDuration": "1m"}},
        },
    });
    let mut chart = chart;
    if let Some(repository) = &layout.repository {
        chart["helm"] = json!({
            "releaseName": component.release(),
            "valueFiles": [format!("$values/base/istio/{}-values.yaml", component.release())],
        });
        spec["sources"] = json!([chart, {"repoURL": repository, "targetRevision": "HEAD", "ref": "values"}]);
    } else {
        chart["helm"] = json!({"releaseName": component.release(), "valuesObject": own_values(settings)});
        spec["source"] = chart;
    }
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": component.release(),
            "namespace": "argocd",
            "annotations": {
                "argocd.argoproj.io/sync-wave": layout.waves.of(component),
                "argocd.argoproj.io/compare-options": "ServerSideDiff=true",
            },
        },
        "spec": spec,
    })
}

fn flux(settings: &Settings, layout: &Layout) -> Files {
    let source = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "meshctl", "namespace": "flux-system"},
        "spec": {"interval": "1h", "url": CHARTS, "ref": {"tag": format!("v{PRODUCT_VERSION}")}},
    });
    let mut files = Files::from([
        ("source.yaml".to_owned(), yaml::to_string(&source)),
        (
            "namespace.yaml".to_owned(),
            yaml::to_string(&namespace(&settings.namespace)),
        ),
    ]);
    for component in &settings.components {
        let mut spec = json!({
            "interval": "10m",
            "releaseName": component.release(),
            "targetNamespace": settings.namespace,
            "driftDetection": {"mode": "enabled"},
            "chart": {"spec": {
                "chart": format!("manifests/charts/{}", component.chart()),
                "sourceRef": {"kind": "GitRepository", "name": "meshctl", "namespace": "flux-system"},
            }},
            "values": own_values(settings),
        });
        let needs: Vec<Value> = needs(*component)
            .iter()
            .filter(|one| settings.components.contains(one))
            .map(|one| json!({"name": one.release()}))
            .collect();
        if !needs.is_empty() {
            spec["dependsOn"] = Value::from(needs);
        }
        let release = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {"name": component.release(), "namespace": "flux-system"},
            "spec": spec,
        });
        files.insert(format!("{}.yaml", component.release()), yaml::to_string(&release));
    }
    policies(&mut files, settings, layout);
    files
}

/// What must be there first.
fn needs(component: Component) -> &'static [Component] {
    match component {
        Component::Base => &[],
        Component::Pilot | Component::Cni => &[Component::Base],
        Component::Ztunnel => &[Component::Pilot, Component::Cni],
    }
}

#[cfg(test)]
mod tests {
    use super::super::component::title_of;
    use super::super::plan::{Target, render};
    use super::super::values::{Given, settle};
    use super::*;

    fn export(format: Format, layout: &Layout) -> Files {
        let given = Given {
            namespace: "istio-system".to_owned(),
            ..Given::default()
        };
        let settings = settle(&given).unwrap();
        let plan = render(&settings, &Target::default(), None).unwrap();
        files(format, &settings, &plan, layout)
    }

    #[test]
    fn cli_c24_exports_are_byte_stable_and_hold_nothing_of_a_cluster() {
        for format in [
            Format::Yaml,
            Format::Kustomize,
            Format::HelmValues,
            Format::Argocd,
            Format::Flux,
        ] {
            let files = export(format, &Layout::default());
            assert_eq!(files, export(format, &Layout::default()));
            for (path, text) in &files {
                let documents = yaml::all_from_str(text).unwrap();
                for document in &documents {
                    let metadata = &document["metadata"];
                    assert!(
                        document.get("status").is_none() && metadata.get("creationTimestamp").is_none(),
                        "{path} {}",
                        title_of(document)
                    );
                }
                assert!(
                    !text.contains("caBundle") && !text.contains("installed-state-"),
                    "{path}"
                );
            }
        }
    }

    #[test]
    fn waves_are_those_of_the_field_and_can_be_set() {
        let mut layout = Layout {
            repository: Some("https://git.example/platform.git".to_owned()),
            ..Layout::default()
        };
        layout.waves.set("istiod=7").unwrap();
        assert!(layout.waves.set("nope=1").is_err() && layout.waves.set("cni=x").is_err());
        let files = export(Format::Argocd, &layout);
        let waves: BTreeMap<String, String> = ["istio-base", "istiod", "istio-cni"]
            .iter()
            .flat_map(|name| yaml::all_from_str(&files[&format!("applications/{name}.yaml")]).unwrap())
            .map(|application| {
                let wave = application["metadata"]["annotations"]["argocd.argoproj.io/sync-wave"]
                    .as_str()
                    .unwrap()
                    .to_owned();
                (meta(&application, "name").to_owned(), wave)
            })
            .collect();
        let expected = [
            ("istio-base", "-45"),
            ("istio-cni", "-43"),
            ("istiod", "7"),
            ("ztunnel", "-42"),
        ];
        assert_eq!(
            waves,
            expected
                .map(|(name, wave)| (name.to_owned(), wave.to_owned()))
                .into()
        );
        assert!(files.contains_key("base/istio/ztunnel-values.yaml"));
        assert!(files.contains_key("base/network-policies/istio-system/network-policy.yaml"));
    }

    #[test]
    fn the_runbook_egress_is_there_only_when_asked_for() {
        let path = "base/network-policies/meshed-namespace/network-policy.yaml";
        assert!(!export(Format::Argocd, &Layout::default())[path].contains("15012"));
        let layout = Layout {
            has_runbook_egress: true,
            ..Layout::default()
        };
        let text = &export(Format::Argocd, &layout)[path];
        assert!(text.contains("15012") && text.contains("15017"));
    }

    #[test]
    fn cli_c15_the_stream_is_ordered() {
        let text = &export(Format::Yaml, &Layout::default())["mesh.yaml"];
        let kinds: Vec<u8> = yaml::all_from_str(text)
            .unwrap()
            .iter()
            .map(kinds::rank_of)
            .collect();
        assert!(kinds.is_sorted(), "{kinds:?}");
        assert!(!text.starts_with("---"));
    }
}
