//! Which names are ours, and what they mean.

use super::*;
use crate::state::service::Visibility;
use crate::state::workload::{Health, NetworkAddress};
use crate::testing::{member, mesh, pod, service};

fn ask(mesh: &MeshState, name: &str, family: Family) -> Answer {
    let client = pod("client", &["10.0.0.9"]);
    answer(
        mesh,
        &Question {
            name,
            family,
            client: &client,
            domain: "cluster.local",
            preferred_namespace: Some("preferred"),
            ipv6: true,
        },
    )
}

/// An answer on one line: the alias, then sorted addresses.
#[track_caller]
fn check(mesh: &MeshState, name: &str, expected: &str) {
    let text = match ask(mesh, name, Family::V4) {
        Answer::Forward => "forward".to_owned(),
        Answer::Records { alias, mut addresses } => {
            addresses.sort();
            let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            let addresses = addresses.join(" ");
            alias.map_or(addresses.clone(), |alias| format!("{alias}: {addresses}"))
        }
    };
    assert_eq!(text, expected, "{name}");
}

fn usual() -> MeshState {
    mesh![
        service("shop/web.shop.svc.cluster.local", &["10.96.0.1"], &[]),
        service("data/web.data.svc.cluster.local", &["10.96.0.2"], &[]),
        service("data/api.example.com", &["240.0.0.1"], &[]),
        service("data/*.wild.example.com", &["240.0.0.2"], &[]),
    ]
}

#[test]
fn ops_c17_short_names_mean_the_clients_namespace_and_dotted_ones_the_named_one() {
    let mesh = usual();
    check(&mesh, "web", "10.96.0.1");
    check(&mesh, "web.shop", "10.96.0.1");
    check(&mesh, "web.data", "10.96.0.2");
    check(&mesh, "web.data.svc", "10.96.0.2");
    check(&mesh, "web.data.svc.cluster.local", "10.96.0.2");
    check(&mesh, "api.example.com", "240.0.0.1");
    check(&mesh, "other.example.com", "forward");
    check(&mesh, "nobody", "forward");
}

#[test]
fn names_with_a_search_domain_are_answered_by_an_alias() {
    let mesh = usual();
    check(
        &mesh,
        "web.data.svc.cluster.local.shop.svc.cluster.local",
        "web.data.svc.cluster.local: 10.96.0.2",
    );
    check(
        &mesh,
        "api.example.com.cluster.local",
        "api.example.com: 240.0.0.1",
    );
    check(
        &mesh,
        "api.example.com.svc.cluster.local",
        "api.example.com: 240.0.0.1",
    );
    check(&mesh, "nobody.example.com.shop.svc.cluster.local", "forward");
}

#[test]
fn wildcards_answer_under_the_name_that_was_asked() {
    let mesh = usual();
    check(&mesh, "a.wild.example.com", "240.0.0.2");
    check(&mesh, "a.b.wild.example.com", "240.0.0.2");
    check(&mesh, "a.wild.example.com.cluster.local", "240.0.0.2");
    check(&mesh, "wild.example.com", "forward");
}

#[test]
fn ops_c18_a_family_without_address_is_an_empty_answer() {
    let mesh = usual();
    assert_eq!(
        ask(&mesh, "web", Family::V6),
        Answer::Records {
            alias: None,
            addresses: vec![]
        }
    );
    let dual = service("shop/web.shop.svc.cluster.local", &["10.96.0.1", "fd00::1"], &[]);
    let only_v4 = Service {
        ip_families: Some(IpFamilies::V4),
        ..dual.clone()
    };
    let addresses = |mesh: &MeshState| match ask(mesh, "web", Family::V6) {
        Answer::Records { addresses, .. } => addresses.len(),
        Answer::Forward => panic!(),
    };
    assert_eq!(addresses(&mesh![dual]), 1);
    assert_eq!(addresses(&mesh![only_v4]), 0);
}

#[test]
fn ops_c19_hidden_services_are_forwarded() {
    let hidden = Service {
        visibility: Visibility::Namespace,
        ..service("data/db.data.svc.cluster.local", &["10.96.0.3"], &[])
    };
    check(&mesh![hidden], "db.data.svc.cluster.local", "forward");
}

#[test]
fn headless_services_answer_with_their_healthy_endpoints() {
    let name = "shop/db.shop.svc.cluster.local";
    let sick = Workload {
        status: Health::Unhealthy,
        ..pod("db-2", &["10.0.0.3"])
    };
    let mesh = mesh![
        service(name, &[], &[]),
        member(pod("db-0", &["10.0.0.1", "fd00::1"]), &[(name, &[])]),
        member(pod("db-1", &["10.0.0.2"]), &[(name, &[])]),
        member(sick, &[(name, &[])]),
        service("shop/headless.example.com", &[], &[]),
    ];
    check(&mesh, "db", "10.0.0.1 10.0.0.2");
    check(&mesh, "db-0.db.shop.svc.cluster.local", "forward");
    // without addresses only names of the cluster are ours
    check(&mesh, "headless.example.com", "forward");
}

#[test]
fn addresses_of_other_networks_are_left_out() {
    let far = NetworkAddress {
        network: "n2".into(),
        address: "10.96.9.9".parse().unwrap(),
    };
    let mut both = service("shop/web.shop.svc.cluster.local", &["10.96.0.1"], &[]);
    both.vips = both.vips.iter().cloned().chain([far]).collect();
    check(&mesh![both], "web", "10.96.0.1");
}

#[test]
fn of_services_with_one_name_the_nearest_is_meant() {
    let of = |namespace: &str, vip: &str, canonical| Service {
        canonical,
        ..service(&format!("{namespace}/api.example.com"), &[vip], &[])
    };
    let (mine, canonical) = (of("shop", "240.0.0.1", false), of("a", "240.0.0.2", true));
    let (preferred, other) = (of("preferred", "240.0.0.3", false), of("b", "240.0.0.4", false));
    check(
        &mesh![mine, canonical.clone(), preferred.clone(), other.clone()],
        "api.example.com",
        "240.0.0.1",
    );
    check(
        &mesh![canonical, preferred.clone(), other.clone()],
        "api.example.com",
        "240.0.0.2",
    );
    check(&mesh![preferred, other], "api.example.com", "240.0.0.3");
}

proptest::proptest! {
    #[test]
    fn any_name_has_an_answer(name in "[a-z0-9.*-]{0,60}") {
        let mesh = usual();
        ask(&mesh, &name, Family::V4);
        ask(&mesh, &name, Family::V6);
    }
}
