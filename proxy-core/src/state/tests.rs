//! Look-ups of the mesh, and that changing equals rebuilding.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::state::service::{HealthPolicy, LoadBalancing, Mode, Visibility};
use crate::state::workload::{Health, NetworkMode};
use crate::testing::{IntoUpdate, at, empty_mesh, key, member, mesh, pod, service};

const WEB: &str = "shop/web.shop.svc.cluster.local";

fn endpoints(mesh: &MeshState, name: &str) -> Vec<String> {
    let service = mesh.find_service(&key(name)).unwrap();
    mesh.endpoints_of(service)
        .map(|one| one.name.to_string())
        .collect()
}

fn best(mesh: &MeshState, address: &str, client: &str) -> String {
    let found = mesh.find_service_by_vip(&at(address), client);
    found.map_or_else(|| "none".to_owned(), |one| one.key.to_string())
}

#[test]
fn wl_c04_a_workload_that_came_first_is_used_when_its_service_arrives() {
    let mut mesh = mesh![member(pod("web", &["10.0.0.1"]), &[(WEB, &[(80, 8080)])])];
    assert_eq!(mesh.staged().count(), 1);
    mesh.apply([service(WEB, &["10.96.0.1"], &[(80, 8080)]).into_update()]);
    assert_eq!(endpoints(&mesh, WEB), ["web"]);
    assert_eq!(mesh.staged().count(), 0);
}

#[test]
fn wl_c05_of_services_with_one_address_the_clients_namespace_wins_then_the_canonical_one() {
    let of = |name, canonical| Service {
        canonical,
        ..service(name, &["10.96.0.1"], &[])
    };
    let mesh = mesh![of("a/h", false), of("b/h", true), of("c/h", false)];
    assert_eq!(best(&mesh, "10.96.0.1", "c"), "c/h");
    assert_eq!(best(&mesh, "10.96.0.1", "elsewhere"), "b/h");
    assert_eq!(
        mesh.find_service_by_hostname("h", "a").unwrap().key.to_string(),
        "a/h"
    );
}

#[test]
fn wl_c06_a_namespace_visible_service_is_nobody_elsewhere() {
    let mesh = mesh![Service {
        visibility: Visibility::Namespace,
        ..service(WEB, &["10.96.0.1"], &[])
    }];
    assert_eq!(best(&mesh, "10.96.0.1", "shop"), WEB);
    assert_eq!(best(&mesh, "10.96.0.1", "data"), "none");
    assert!(
        mesh.find_service_by_hostname("web.shop.svc.cluster.local", "data")
            .is_none()
    );
}

#[test]
fn wl_c07_ranges_are_ranked_by_namespace_then_length_and_lose_to_exact_addresses() {
    let range = |name: &str, cidr: &str| Service {
        cidr_vips: Box::new([CidrVip {
            network: "".into(),
            cidr: cidr.parse().unwrap(),
        }]),
        ..service(name, &[], &[])
    };
    let mesh = mesh![
        range("mine/wide", "10.0.0.0/8"),
        range("other/narrow", "10.1.0.0/16"),
        range("other/wide", "10.0.0.0/8"),
        service("third/exact", &["10.1.2.3"], &[]),
    ];
    assert_eq!(best(&mesh, "10.1.9.9", "mine"), "mine/wide");
    assert_eq!(best(&mesh, "10.1.9.9", "elsewhere"), "other/narrow");
    assert_eq!(best(&mesh, "10.1.2.3", "mine"), "third/exact");
    assert_eq!(best(&mesh, "11.0.0.1", "mine"), "none");
}

#[test]
fn wl_c22_a_workload_that_changes_services_leaves_nothing_behind() {
    let db = "shop/db.shop.svc.cluster.local";
    let web = pod("web", &["10.0.0.1"]);
    let mut mesh = mesh![
        service(WEB, &[], &[]),
        service(db, &[], &[]),
        member(web.clone(), &[(WEB, &[])])
    ];
    assert_eq!(endpoints(&mesh, WEB), ["web"]);
    mesh.apply([member(web.clone(), &[(db, &[])]).into_update()]);
    assert!(endpoints(&mesh, WEB).is_empty());
    assert_eq!(endpoints(&mesh, db), ["web"]);
    mesh.apply([Update::AddressGone(web.uid)]);
    assert!(endpoints(&mesh, db).is_empty());
    assert!(mesh.find_workload_by_address(&at("10.0.0.1")).is_none());
}

#[test]
fn a_changed_health_policy_brings_endpoints_back() {
    let sick = Workload {
        status: Health::Unhealthy,
        ..member(pod("web", &["10.0.0.1"]), &[(WEB, &[])])
    };
    let plain = service(WEB, &[], &[]);
    let mut mesh = mesh![plain.clone(), sick];
    assert!(endpoints(&mesh, WEB).is_empty());
    let all = Service {
        load_balancing: Some(LoadBalancing {
            preferences: Box::default(),
            mode: Mode::Standard,
            health: HealthPolicy::AllowAll,
        }),
        ..plain
    };
    mesh.apply([all.into_update()]);
    assert_eq!(endpoints(&mesh, WEB), ["web"]);
}

#[test]
fn pods_and_hbone_win_an_address_and_host_network_never_has_one() {
    let entry = |uid: &str, protocol, network_mode| Workload {
        uid: uid.into(),
        protocol,
        network_mode,
        ..pod("x", &["10.0.0.1"])
    };
    let (standard, host) = (NetworkMode::Standard, NetworkMode::HostNetwork);
    let (tcp, hbone) = (TunnelProtocol::Tcp, TunnelProtocol::Hbone);
    let mesh = mesh![
        entry("entry-hbone", hbone, standard),
        entry("c//Pod/a/plain", tcp, standard),
        entry("c//Pod/a/host", hbone, host),
    ];
    assert_eq!(
        mesh.find_workload_by_address(&at("10.0.0.1")).unwrap().uid,
        "c//Pod/a/plain"
    );
}

#[test]
fn xds_c13_removals_name_a_workload_or_a_service_and_unknown_ones_change_nothing() {
    let mut mesh = mesh![service(WEB, &["10.96.0.1"], &[]), pod("web", &["10.0.0.1"])];
    mesh.apply(["nobody", "a/b/c", "shop/unknown"].map(|name| Update::AddressGone(name.into())));
    assert_eq!((mesh.workloads().count(), mesh.services().count()), (1, 1));
    mesh.apply([
        Update::AddressGone(WEB.into()),
        Update::AddressGone("east//Pod/shop/web".into()),
    ]);
    assert_eq!((mesh.workloads().count(), mesh.services().count()), (0, 0));
}

#[test]
fn only_the_nodes_own_pods_are_local() {
    let away = Workload {
        node: "node-2".into(),
        ..pod("away", &["10.0.0.2"])
    };
    let mesh = mesh![pod("web", &["10.0.0.1"]), away];
    let names: Vec<&str> = mesh.local_workloads().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["web"]);
    assert!(mesh.find_local("web", "shop", "web").is_some());
    assert!(
        mesh.find_local("web", "shop", "other").is_none(),
        "security I10: another account is another pod"
    );
    assert!(mesh.find_local("away", "shop", "away").is_none());
}

#[test]
fn all_who_look_at_a_workload_get_the_same_one_until_it_changes() {
    let web = member(pod("web", &["10.0.0.1"]), &[(WEB, &[])]);
    let mut mesh = mesh![service(WEB, &[], &[]), web.clone()];
    let found = mesh.find_workload(&web.uid).unwrap().clone();
    assert!(Arc::ptr_eq(
        &found,
        mesh.find_workload_by_address(&at("10.0.0.1")).unwrap()
    ));
    assert!(Arc::ptr_eq(
        &found,
        mesh.find_local("web", "shop", "web").unwrap()
    ));
    let service = mesh.find_service(&key(WEB)).unwrap();
    assert!(Arc::ptr_eq(&found, mesh.endpoints_of(service).next().unwrap()));
    mesh.fold();
    assert!(
        Arc::ptr_eq(&found, mesh.find_workload(&web.uid).unwrap()),
        "it is in use"
    );
    mesh.apply([web.clone().into_update()]);
    assert!(!Arc::ptr_eq(&found, mesh.find_workload(&web.uid).unwrap()));
}

#[test]
fn workloads_that_nobody_uses_are_closed_once_there_are_many() {
    let mut mesh = empty_mesh();
    mesh.apply((0..9_000).map(|number| pod(&format!("p{number}"), &[]).into_update()));
    let uid = |number: usize| format!("east//Pod/shop/p{number}");
    assert_eq!(mesh.each_workload().count(), 9_000);
    assert!(!mesh.is_crowded(), "a look keeps nothing");
    let used = mesh.find_workload(&uid(7)).unwrap().clone();
    let unused = Arc::downgrade(mesh.find_workload(&uid(8)).unwrap());
    assert_eq!(mesh.workloads().count(), 9_000);
    assert!(mesh.is_crowded());
    mesh.apply([]);
    assert!(!mesh.is_crowded());
    assert!(unused.upgrade().is_none());
    assert!(Arc::ptr_eq(&used, mesh.find_workload(&uid(7)).unwrap()));
    assert_eq!(*mesh.find_workload(&uid(8)).unwrap().name, *"p8");
}

/// Everything that can be asked, in one comparable value.
fn observed(mesh: &MeshState) -> impl PartialEq + std::fmt::Debug + use<> {
    let owners: Vec<_> = ADDRESSES
        .iter()
        .map(|address| {
            let owner = mesh.find_workload_by_address(&at(address));
            (owner.map(|one| one.uid.clone()), best(mesh, address, "ns1"))
        })
        .collect();
    let members: Vec<_> = SERVICES
        .iter()
        .filter_map(|name| mesh.find_service(&key(name)))
        .map(|service| {
            mesh.endpoints_of(service)
                .map(|one| one.uid.clone())
                .collect::<BTreeSet<_>>()
        })
        .collect();
    let local: BTreeSet<_> = mesh.local_workloads().map(|one| one.uid.clone()).collect();
    let staged: BTreeSet<_> = mesh
        .staged()
        .map(|key| (key.clone(), mesh.members_of(key).count()))
        .collect();
    (owners, members, local, staged)
}

const ADDRESSES: [&str; 3] = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
const SERVICES: [&str; 3] = ["ns1/a", "ns1/b", "ns2/a"];

#[derive(Debug, Clone)]
enum Event {
    Put(usize, usize, usize, bool),
    PutService(usize, usize),
    Remove(usize),
    RemoveService(usize),
}

impl Event {
    fn update(&self) -> Update {
        match *self {
            Self::Put(name, address, service, healthy) => {
                let workload = Workload {
                    status: if healthy {
                        Health::Healthy
                    } else {
                        Health::Unhealthy
                    },
                    ..member(
                        pod(&format!("ns1/p{name}"), &[ADDRESSES[address]]),
                        &[(SERVICES[service], &[])],
                    )
                };
                workload.into_update()
            }
            Self::PutService(name, address) => {
                service(SERVICES[name], &[ADDRESSES[address]], &[]).into_update()
            }
            Self::Remove(name) => Update::AddressGone(format!("east//Pod/ns1/p{name}").into()),
            Self::RemoveService(name) => Update::AddressGone(SERVICES[name].into()),
        }
    }

    fn key(&self) -> (bool, usize) {
        match *self {
            Self::Put(name, ..) | Self::Remove(name) => (true, name),
            Self::PutService(name, _) | Self::RemoveService(name) => (false, name),
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..4usize, 0..3usize, 0..3usize, any::<bool>()).prop_map(|(n, a, s, h)| Event::Put(n, a, s, h)),
        (0..3usize, 0..3usize).prop_map(|(n, a)| Event::PutService(n, a)),
        (0..4usize).prop_map(Event::Remove),
        (0..3usize).prop_map(Event::RemoveService),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Only the last event of each thing matters.
    #[test]
    fn applying_changes_one_by_one_equals_a_rebuild(events in proptest::collection::vec(event(), 0..40)) {
        let mut changed = empty_mesh();
        for event in &events {
            changed.apply([event.update()]);
        }
        let mut rebuilt = empty_mesh();
        for (number, event) in events.iter().enumerate() {
            let is_last = events[number + 1..].iter().all(|later| later.key() != event.key());
            if is_last && matches!(event, Event::Put(..) | Event::PutService(..)) {
                rebuilt.apply([event.update()]);
            }
        }
        prop_assert_eq!(observed(&changed), observed(&rebuilt));
    }
}
