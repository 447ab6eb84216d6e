//! What the control plane makes of objects: its own index, fed with them; and the proxy's state read back from the
//! bytes it would send. (pure)
//!
//! Nothing is translated here. [`control_core`] makes the resources, [`proxy_core`] reads them, as in production.

use crate::objects::Sourced;
use arcstr::ArcStr;
use control_core::config::{Config, ConfigError, Environment};
use control_core::index::Index;
use control_core::index::event::{Event, Settings};
use control_core::mesh_config::{MeshConfig, MeshConfigError};
use control_core::translate::{self, TranslateError};
use control_core::xds::resource::ResourceKind;
use control_core::xds::store::Store;
use control_core::xds::stream::{Outcome, Stream};
use mesh_wire::names::AUTHORIZATION_TYPE;
use mesh_wire::well_known::name;
use mesh_wire::xds::{DeltaDiscoveryRequest, DeltaDiscoveryResponse};
use proxy_core::state::MeshState;
use proxy_core::state::from_wire::{self, Reject, Texts};
use serde_json::Value;

/// Why the settings of a control plane cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Its flags or environment.
    #[error("the settings of Deployment `{deployment}` cannot be used")]
    Config {
        /// The Deployment.
        deployment: String,
        /// Why.
        #[source]
        source: ConfigError,
    },
    /// The mesh configuration.
    #[error("the mesh configuration of ConfigMap `{map}` cannot be used")]
    Mesh {
        /// The ConfigMap.
        map: String,
        /// Why.
        #[source]
        source: Box<MeshConfigError>,
    },
}

/// A mesh made of objects.
#[derive(Debug)]
pub struct Translated {
    /// The control plane's index.
    pub index: Index,
    /// What its streams answer from.
    pub store: Store,
    /// Objects of a kind that is read, in a form that is not.
    pub unreadable: Vec<TranslateError>,
}

/// The settings that a control plane in `system` would have: its Deployment and ConfigMap are among the objects, or
/// the defaults of an ambient installation hold.
///
/// # Errors
/// They are there and cannot be used.
pub fn settings(objects: &[Sourced], system: &str) -> Result<Settings, SettingsError> {
    let is_here = |object: &Value, kind: &str| {
        object["kind"] == kind && object["metadata"]["namespace"].as_str().unwrap_or("default") == system
    };
    let named = |object: &Value| object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    let deployment = objects.iter().map(|one| &one.object).find(|one| {
        is_here(one, "Deployment")
            && (one["metadata"]["labels"]["app"] == name::CONTROL_PLANE || named(one) == name::CONTROL_PLANE)
    });
    let (arguments, environment) = deployment.map_or_else(|| defaults(system), |one| given(one, system));
    let config = Config::load(&arguments, &environment).map_err(|source| SettingsError::Config {
        deployment: deployment.map(named).unwrap_or_default(),
        source,
    })?;
    let map = match config.cluster.revision.as_str() {
        "" | "default" => name::MESH_CONFIG_MAP.to_owned(),
        revision => format!("{}-{revision}", name::MESH_CONFIG_MAP),
    };
    let text = objects
        .iter()
        .map(|one| &one.object)
        .find(|one| is_here(one, "ConfigMap") && named(one) == map)
        .and_then(|one| one["data"]["mesh"].as_str());
    let mesh = MeshConfig::read(text, system).map_err(|source| SettingsError::Mesh {
        map,
        source: Box::new(source),
    })?;
    Ok(translate::settings(&config, &mesh))
}

fn defaults(system: &str) -> (Vec<String>, Environment) {
    let on = [("PILOT_ENABLE_AMBIENT", "true"), ("POD_NAMESPACE", system)];
    let environment = on.map(|(name, value)| (name.to_owned(), value.to_owned()));
    (Vec::new(), environment.into())
}

/// Arguments and environment of the first container, as far as they are literal.
fn given(deployment: &Value, system: &str) -> (Vec<String>, Environment) {
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let arguments = container["args"].as_array().into_iter().flatten();
    let mut arguments: Vec<String> = arguments
        .filter_map(|one| one.as_str().map(str::to_owned))
        .collect();
    if arguments.first().is_some_and(|word| !word.starts_with('-')) {
        arguments.remove(0);
    }
    let variables = container["env"].as_array().into_iter().flatten();
    let mut environment: Environment = variables
        .filter_map(|one| {
            Some((
                one["name"].as_str()?.to_owned(),
                one["value"].as_str()?.to_owned(),
            ))
        })
        .collect();
    environment
        .entry("POD_NAMESPACE".to_owned())
        .or_insert_with(|| system.to_owned());
    (arguments, environment)
}

/// Feeds the control plane's index with objects; later ones replace earlier ones of the same name.
#[must_use]
pub fn translate(objects: &[Sourced], settings: Settings) -> Translated {
    let mut index = Index::new(settings);
    let mut unreadable = Vec::new();
    for one in objects {
        match translate::event(&one.object) {
            Ok(Some(event)) => index.stage(event),
            Ok(None) => {}
            Err(error) => {
                if let Some(kind) = translate::kind(&one.object) {
                    let reason = error.source.to_string();
                    index.stage(Event::Unreadable(kind, error.name.clone(), reason));
                }
                unreadable.push(error);
            }
        }
    }
    let mut store = Store::default();
    store.apply(&index.derive_all(), &index);
    Translated {
        index,
        store,
        unreadable,
    }
}

/// Whose stream answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Client {
    /// A node proxy that asks for everything.
    Everything,
    /// The proxy of this node, when it asks on demand: what it is sent before it has asked for anything.
    OnDemand(String),
}

/// The first response that a client is sent for a type; `None` for a type that is not served.
#[must_use]
pub fn first_response(store: &Store, type_url: &str, client: &Client) -> Option<DeltaDiscoveryResponse> {
    let all = || vec!["*".to_owned()];
    // policies are always asked for whole (`xds.md` 5)
    let is_partial = matches!(client, Client::OnDemand(_)) && type_url != AUTHORIZATION_TYPE;
    let request = DeltaDiscoveryRequest {
        type_url: type_url.to_owned(),
        resource_names_subscribe: all(),
        resource_names_unsubscribe: if is_partial { all() } else { Vec::new() },
        ..DeltaDiscoveryRequest::default()
    };
    let node = match client {
        Client::Everything => ArcStr::new(),
        Client::OnDemand(node) => node.as_str().into(),
    };
    match Stream::new(node, 0).on_request(request, store) {
        Outcome::Reply(response) => Some(response.to_wire()),
        _ => None,
    }
}

/// What a node proxy holds after it has received everything, and what it refuses.
#[must_use]
pub fn received(index: &Index) -> (MeshState, Vec<Reject>) {
    let (mut mesh, mut texts, mut rejects) = (MeshState::new(None), Texts::default(), Vec::new());
    for resource in index.resources() {
        let read = match resource.kind {
            ResourceKind::Policy => from_wire::authorization(&resource.name, &resource.body),
            ResourceKind::Workload | ResourceKind::Service => {
                from_wire::address(&resource.name, &resource.body, &mut texts)
            }
        };
        match read {
            Ok(update) => {
                mesh.apply([update]);
            }
            Err(mut reject) => {
                mesh.apply(reject.stand_in.take());
                rejects.push(reject);
            }
        }
    }
    (mesh, rejects)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::{self, Text};
    use prost::Message;

    fn mesh() -> Vec<Sourced> {
        let names = ["shop.yaml", "policies.yaml"]
            .map(|name| format!("{}/../tests/fixtures/mesh/{name}", env!("CARGO_MANIFEST_DIR")));
        objects::read_objects(&names).unwrap()
    }

    fn of(text: &str) -> Vec<Sourced> {
        objects::parse(&Text {
            name: "x".to_owned(),
            text: text.to_owned(),
        })
        .unwrap()
    }

    #[test]
    fn what_is_dumped_is_what_a_stream_sends_and_what_a_proxy_reads() {
        let objects = mesh();
        let translated = translate(&objects, settings(&objects, "istio-system").unwrap());
        assert!(translated.unreadable.is_empty());
        let mut sent = Vec::new();
        for kind in [mesh_wire::names::ADDRESS_TYPE, AUTHORIZATION_TYPE] {
            let response = first_response(&translated.store, kind, &Client::Everything).unwrap();
            sent.extend(
                response
                    .resources
                    .into_iter()
                    .map(|one| one.resource.unwrap().value),
            );
        }
        let held: Vec<_> = translated
            .index
            .resources()
            .map(|one| one.body.to_vec())
            .collect();
        assert_eq!((sent.len(), held.len()), (6, 6));
        assert!(held.iter().all(|one| sent.contains(one)), "byte for byte");
        let (state, rejects) = received(&translated.index);
        assert!(rejects.is_empty());
        assert_eq!(
            (
                state.workloads().count(),
                state.services().count(),
                state.policies().count()
            ),
            (3, 1, 2)
        );
    }

    #[test]
    fn on_demand_a_proxy_is_sent_the_workloads_of_its_node() {
        let objects = mesh();
        let translated = translate(&objects, settings(&objects, "istio-system").unwrap());
        let client = Client::OnDemand("node-2".to_owned());
        let response = first_response(&translated.store, mesh_wire::names::ADDRESS_TYPE, &client).unwrap();
        let names: Vec<_> = response.resources.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["Kubernetes//Pod/shop/api-1"]);
        let policies = first_response(&translated.store, AUTHORIZATION_TYPE, &client).unwrap();
        assert_eq!(policies.resources.len(), 2);
    }

    #[test]
    fn the_control_planes_own_settings_shape_the_mesh() {
        let objects = of(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio-blue, namespace: mesh}\n\
             data: {mesh: 'trustDomain: corp.example'}\n---\n\
             apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: istiod-blue, namespace: mesh, labels: {app: istiod}}\n\
             spec: {template: {spec: {containers: [{args: [discovery, --domain, corp.local], env: [\
             {name: REVISION, value: blue}, {name: CLUSTER_ID, value: east}, {name: PILOT_ENABLE_AMBIENT, value: 'true'},\
             {name: AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY, value: 'true'}]}]}}}\n",
        );
        let found = settings(&objects, "mesh").unwrap();
        let told = [
            &found.trust_domain,
            &found.cluster,
            &found.domain,
            &found.root_namespace,
        ];
        assert_eq!(told, ["corp.example", "east", "corp.local", "mesh"]);
        assert!(found.sends_dry_run && found.has_waypoints);
        let bad = of(
            "kind: ConfigMap\nmetadata: {name: istio, namespace: mesh}\ndata: {mesh: 'trustDomain: A/B'}\n",
        );
        let error = settings(&bad, "mesh").unwrap_err();
        assert!(error.to_string().contains("`istio`"), "{error}");
    }

    #[test]
    fn an_unreadable_policy_is_told_and_the_rest_goes_on() {
        let mut objects = mesh();
        objects.extend(of(
            "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n\
             metadata: {name: odd, namespace: shop}\nspec: {rules: 7}\n",
        ));
        let translated = translate(&objects, Settings::default());
        assert_eq!(translated.unreadable.len(), 1);
        let verdicts = translated.index.verdicts();
        assert!(
            verdicts
                .iter()
                .any(|one| one.name == "shop/odd" && one.because[0].contains("cannot be read"))
        );
        let policy = translated.store.policy("shop/api-from-web").unwrap();
        assert_eq!(
            mesh_wire::security::Authorization::decode(policy.body.clone())
                .unwrap()
                .rules
                .len(),
            1
        );
    }
}
