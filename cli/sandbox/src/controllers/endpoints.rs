//! Service → `EndpointSlice`, and the older `Endpoints` for those who still read them.

use super::world::{World, controller_reference, is_ready, uid};
use k8s_openapi::api::core::v1::{
    EndpointAddress, EndpointPort as OldPort, EndpointSubset, Endpoints, ObjectReference, Pod, Service,
    ServicePort,
};
use k8s_openapi::api::discovery::v1::{Endpoint, EndpointConditions, EndpointPort, EndpointSlice};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use kube::api::{DeleteParams, PostParams};
use kube::{Api, ResourceExt};
use std::collections::BTreeMap;
use std::sync::Arc;

const SERVICE: &str = "kubernetes.io/service-name";
const MANAGED: &str = "endpointslice.kubernetes.io/managed-by";
const MANAGER: &str = "endpointslice-controller.k8s.io";

pub(super) async fn pass(world: &World) -> kube::Result<()> {
    let pods = world.pods.state();
    for service in world.services.state() {
        let selector = service
            .spec
            .as_ref()
            .and_then(|spec| spec.selector.clone())
            .unwrap_or_default();
        if selector.is_empty() || service.metadata.deletion_timestamp.is_some() {
            continue;
        }
        let fits = |pod: &&Arc<Pod>| {
            pod.namespace() == service.namespace()
                && selector
                    .iter()
                    .all(|(key, value)| pod.labels().get(key) == Some(value))
        };
        let mut chosen: Vec<_> = pods
            .iter()
            .filter(fits)
            .filter(|pod| has_address(pod))
            .cloned()
            .collect();
        chosen.sort_by_key(|pod| pod.name_any());
        write_slices(world, &service, &chosen).await?;
        write_endpoints(world, &service, &chosen).await?;
    }
    Ok(())
}

fn has_address(pod: &Pod) -> bool {
    let status = pod.status.clone().unwrap_or_default();
    status.pod_ip.is_some_and(|ip| !ip.is_empty())
        && !matches!(status.phase.as_deref(), Some("Succeeded" | "Failed"))
}

/// The number of the service's port in one pod.
fn number(port: &ServicePort, pod: &Pod) -> Option<i32> {
    match &port.target_port {
        None | Some(IntOrString::Int(0)) => Some(port.port),
        Some(IntOrString::Int(number)) => Some(*number),
        Some(IntOrString::String(name)) => {
            let spec = pod.spec.as_ref()?;
            let sidecars = spec
                .init_containers
                .iter()
                .flatten()
                .filter(|one| one.restart_policy.as_deref() == Some("Always"));
            let ports = spec
                .containers
                .iter()
                .chain(sidecars)
                .flat_map(|one| one.ports.iter().flatten());
            ports
                .into_iter()
                .find(|port| port.name.as_ref() == Some(name))
                .map(|port| port.container_port)
        }
    }
}

/// The numbers of all ports in one pod: pods that agree share a slice.
type Numbers = Vec<Option<i32>>;

async fn write_slices(world: &World, service: &Service, pods: &[Arc<Pod>]) -> kube::Result<()> {
    let ports = service.spec.clone().unwrap_or_default().ports.unwrap_or_default();
    let mut groups: BTreeMap<Numbers, Vec<&Arc<Pod>>> = BTreeMap::new();
    for pod in pods {
        groups
            .entry(ports.iter().map(|port| number(port, pod)).collect())
            .or_default()
            .push(pod);
    }
    if groups.is_empty() {
        groups.insert(
            ports
                .iter()
                .map(|port| match &port.target_port {
                    Some(IntOrString::String(_)) => None,
                    Some(IntOrString::Int(number)) if *number != 0 => Some(*number),
                    _ => Some(port.port),
                })
                .collect(),
            Vec::new(),
        );
    }
    let (namespace, name) = (service.namespace().unwrap_or_default(), service.name_any());
    let own: Vec<_> = world
        .slices
        .state()
        .into_iter()
        .filter(|slice| slice.namespace().as_deref() == Some(namespace.as_str()))
        .filter(|slice| {
            slice.labels().get(SERVICE) == Some(&name)
                && slice.labels().get(MANAGED).is_some_and(|by| by == MANAGER)
        })
        .collect();
    let api: Api<EndpointSlice> = Api::namespaced(world.client.clone(), &namespace);
    let mut kept = Vec::new();
    for (index, (numbers, members)) in groups.iter().enumerate() {
        let wanted = slice(service, (&ports, numbers), members, format!("{name}-{index}"));
        kept.push(wanted.name_any());
        match own.iter().find(|slice| slice.name_any() == wanted.name_any()) {
            Some(old) if same_slice(old, &wanted) => {}
            Some(old) => {
                let mut next = wanted;
                next.metadata
                    .resource_version
                    .clone_from(&old.metadata.resource_version);
                settle(api.replace(&old.name_any(), &PostParams::default(), &next).await)?;
            }
            None => settle(api.create(&PostParams::default(), &wanted).await)?,
        }
    }
    for old in own.iter().filter(|slice| !kept.contains(&slice.name_any())) {
        settle(api.delete(&old.name_any(), &DeleteParams::default()).await)?;
    }
    Ok(())
}

/// A write that lost a race is repeated by the next pass.
fn settle<T>(outcome: kube::Result<T>) -> kube::Result<()> {
    match outcome {
        Err(kube::Error::Api(refused)) if matches!(refused.code, 404 | 409) => Ok(()),
        // the namespace is on its way out
        Err(kube::Error::Api(refused)) if refused.code == 403 => Ok(()),
        other => other.map(drop),
    }
}

fn same_slice(old: &EndpointSlice, new: &EndpointSlice) -> bool {
    old.endpoints == new.endpoints && old.ports == new.ports && old.labels() == new.labels()
}

fn slice(
    service: &Service,
    (ports, numbers): (&[ServicePort], &Numbers),
    pods: &[&Arc<Pod>],
    name: String,
) -> EndpointSlice {
    let mut labels = service.labels().clone();
    labels.insert(SERVICE.into(), service.name_any());
    labels.insert(MANAGED.into(), MANAGER.into());
    let spec = service.spec.clone().unwrap_or_default();
    if spec.cluster_ip.as_deref() == Some("None") {
        labels.insert("service.kubernetes.io/headless".into(), String::new());
    }
    let unready = spec.publish_not_ready_addresses == Some(true);
    let port = |(port, number): (&ServicePort, &Option<i32>)| {
        number.map(|number| EndpointPort {
            name: Some(port.name.clone().unwrap_or_default()),
            port: Some(number),
            protocol: port.protocol.clone().or_else(|| Some("TCP".into())),
            app_protocol: port.app_protocol.clone(),
        })
    };
    EndpointSlice {
        address_type: "IPv4".into(),
        endpoints: pods.iter().map(|pod| endpoint(service, pod, unready)).collect(),
        metadata: ObjectMeta {
            name: Some(name),
            namespace: service.namespace(),
            labels: Some(labels),
            owner_references: controller_reference(service).map(|reference| vec![reference]),
            ..ObjectMeta::default()
        },
        ports: Some(ports.iter().zip(numbers).filter_map(port).collect()),
    }
}

fn reference(pod: &Pod) -> ObjectReference {
    ObjectReference {
        kind: Some("Pod".into()),
        name: pod.metadata.name.clone(),
        namespace: pod.metadata.namespace.clone(),
        uid: Some(uid(pod)),
        ..ObjectReference::default()
    }
}

fn endpoint(service: &Service, pod: &Pod, publish_unready: bool) -> Endpoint {
    let spec = pod.spec.clone().unwrap_or_default();
    let terminating = pod.metadata.deletion_timestamp.is_some();
    let serving = is_ready(pod) || publish_unready;
    let named = spec.subdomain.as_deref() == Some(service.name_any().as_str());
    Endpoint {
        addresses: pod
            .status
            .iter()
            .filter_map(|status| status.pod_ip.clone())
            .collect(),
        conditions: Some(EndpointConditions {
            ready: Some(publish_unready || (serving && !terminating)),
            serving: Some(serving),
            terminating: Some(terminating),
        }),
        hostname: spec.hostname.filter(|_| named),
        node_name: spec.node_name,
        target_ref: Some(reference(pod)),
        ..Endpoint::default()
    }
}

async fn write_endpoints(world: &World, service: &Service, pods: &[Arc<Pod>]) -> kube::Result<()> {
    let (namespace, name) = (service.namespace().unwrap_or_default(), service.name_any());
    let subsets = subsets(service, pods);
    let is_it = |one: &Arc<Endpoints>| {
        one.name_any() == name && one.namespace().as_deref() == Some(namespace.as_str())
    };
    let stored = world.endpoints.state().into_iter().find(is_it);
    let api: Api<Endpoints> = Api::namespaced(world.client.clone(), &namespace);
    let mut wanted = Endpoints {
        metadata: ObjectMeta {
            name: Some(name.clone()),
            namespace: Some(namespace.clone()),
            labels: service.metadata.labels.clone(),
            owner_references: controller_reference(service).map(|reference| vec![reference]),
            ..ObjectMeta::default()
        },
        subsets: (!subsets.is_empty()).then_some(subsets),
    };
    match stored {
        Some(old) if old.subsets == wanted.subsets => Ok(()),
        Some(old) => {
            wanted
                .metadata
                .resource_version
                .clone_from(&old.metadata.resource_version);
            settle(api.replace(&name, &PostParams::default(), &wanted).await)
        }
        None => settle(api.create(&PostParams::default(), &wanted).await),
    }
}

fn subsets(service: &Service, pods: &[Arc<Pod>]) -> Vec<EndpointSubset> {
    let ports = service.spec.clone().unwrap_or_default().ports.unwrap_or_default();
    let mut groups: BTreeMap<Numbers, Vec<&Arc<Pod>>> = BTreeMap::new();
    for pod in pods
        .iter()
        .filter(|pod| pod.metadata.deletion_timestamp.is_none())
    {
        groups
            .entry(ports.iter().map(|port| number(port, pod)).collect())
            .or_default()
            .push(pod);
    }
    let subset = |(numbers, members): (Numbers, Vec<&Arc<Pod>>)| {
        let (ready, unready): (Vec<_>, Vec<_>) = members.into_iter().partition(|pod| is_ready(pod));
        let list = |pods: &[&Arc<Pod>]| {
            (!pods.is_empty()).then(|| pods.iter().map(|pod| old_address(pod)).collect())
        };
        let port = |(port, number): (&ServicePort, &Option<i32>)| {
            number.map(|number| OldPort {
                name: port.name.clone(),
                port: number,
                protocol: port.protocol.clone().or_else(|| Some("TCP".into())),
                app_protocol: port.app_protocol.clone(),
            })
        };
        EndpointSubset {
            addresses: list(&ready),
            not_ready_addresses: list(&unready),
            ports: Some(ports.iter().zip(&numbers).filter_map(port).collect()),
        }
    };
    groups.into_iter().map(subset).collect()
}

fn old_address(pod: &Pod) -> EndpointAddress {
    EndpointAddress {
        ip: pod
            .status
            .as_ref()
            .and_then(|status| status.pod_ip.clone())
            .unwrap_or_default(),
        node_name: pod.spec.as_ref().and_then(|spec| spec.node_name.clone()),
        target_ref: Some(reference(pod)),
        ..EndpointAddress::default()
    }
}
