//! Which endpoint of a service is chosen.

use super::*;

fn balanced(mode: Mode, preferences: &[Scope]) -> Service {
    Service {
        load_balancing: Some(LoadBalancing {
            preferences: preferences.into(),
            mode,
            health: HealthPolicy::OnlyHealthy,
        }),
        ..web_service()
    }
}

#[test]
fn wl_c12_a_passthrough_service_keeps_the_original_address() {
    check(
        &mesh![balanced(Mode::Passthrough, &[]), web()],
        "10.96.0.1:80",
        "passthrough",
    );
}

#[test]
fn wl_c13_strict_means_all_preferences() {
    let elsewhere = Workload {
        node: "node-2".into(),
        ..web()
    };
    let strict = || balanced(Mode::Strict, &[Scope::Node]);
    check(
        &mesh![strict(), elsewhere],
        "10.96.0.1:80",
        "error: no healthy upstream: 10.96.0.1:80",
    );
    check(
        &mesh![strict(), web()],
        "10.96.0.1:80",
        "hbone 10.0.0.1:15008 for 10.0.0.1:8080",
    );
}

fn place(region: &str, zone: &str) -> Locality {
    Locality {
        region: region.into(),
        zone: zone.into(),
        subzone: "".into(),
    }
}

#[test]
fn wl_c14_the_network_outranks_locality_when_it_stands_first() {
    let near = Workload {
        network: "n2".into(),
        network_gateway: Some(gateway_at("10.0.0.7")),
        locality: place("r1", "z1"),
        ..member(pod("near", &["10.9.0.1"]), &[(WEB, &[(80, 8080)])])
    };
    let far = Workload {
        locality: place("r2", "z9"),
        ..web()
    };
    let source = Workload {
        locality: place("r1", "z1"),
        ..client()
    };
    let preferences = [Scope::Network, Scope::Region, Scope::Zone];
    let mesh = mesh![balanced(Mode::Failover, &preferences), near, far];
    for seed in 0..50 {
        let plan = plan_from(&mesh, &source, "10.96.0.1:80", seed);
        assert_eq!(line(&plan), "hbone 10.0.0.1:15008 for 10.0.0.1:8080");
    }
}

#[test]
fn failover_takes_the_best_zone_and_falls_back() {
    let zoned = |name: &str, address: &str, zone: &str| Workload {
        locality: place("r1", zone),
        ..member(pod(name, &[address]), &[(WEB, &[(80, 8080)])])
    };
    let source = Workload {
        locality: place("r1", "z1"),
        ..client()
    };
    let failover = balanced(Mode::Failover, &[Scope::Region, Scope::Zone]);
    let (mine, other) = (zoned("a", "10.0.0.1", "z1"), zoned("b", "10.0.0.2", "z2"));
    let mut mesh = mesh![failover, mine.clone(), other];
    for seed in 0..20 {
        let plan = plan_from(&mesh, &source, "10.96.0.1:80", seed);
        assert!(line(&plan).starts_with("hbone 10.0.0.1:"));
    }
    mesh.apply([Update::AddressGone(mine.uid)]);
    assert!(line(&plan_from(&mesh, &source, "10.96.0.1:80", 1)).starts_with("hbone 10.0.0.2:"));
}

#[test]
fn wl_c15_capacity_weighs_and_zero_gets_nothing() {
    let weighed = |name: &str, address: &str, capacity| Workload {
        capacity,
        ..member(pod(name, &[address]), &[(WEB, &[(80, 8080)])])
    };
    let mesh = mesh![
        web_service(),
        weighed("a", "10.0.0.1", 3),
        weighed("b", "10.0.0.2", 1),
        weighed("c", "10.0.0.3", 0),
    ];
    let mut counts = BTreeMap::new();
    for seed in 0..4_000 {
        *counts
            .entry(line(&plan_from(&mesh, &client(), "10.96.0.1:80", seed)))
            .or_insert(0) += 1;
    }
    let of = |address: &str| counts[&format!("hbone {address}:15008 for {address}:8080")];
    assert_eq!((of("10.0.0.1"), of("10.0.0.2"), counts.len()), (3_000, 1_000, 2));
}
