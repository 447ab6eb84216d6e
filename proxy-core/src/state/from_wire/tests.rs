//! Wire resources: what is read, what is refused, what fails closed.

use bytes::Bytes;
use mesh_wire::security;
use proptest::prelude::*;

use super::*;
use crate::authz::{self, Connection};
use crate::state::MeshState;
use crate::state::policy::PolicyScope;
use crate::state::service::Visibility;
use crate::state::workload::{TunnelProtocol, Workload, WorkloadType};
use crate::testing::{empty_mesh, pod};

fn wire_pod() -> wire::Workload {
    wire::Workload {
        uid: "c//Pod/shop/web".to_owned(),
        name: "web".to_owned(),
        namespace: "shop".to_owned(),
        addresses: vec![Bytes::from_static(&[10, 0, 0, 1])],
        ..Default::default()
    }
}

fn read_workload(wire: wire::Workload) -> Result<Workload, Reason> {
    let message = wire::Address {
        r#type: Some(wire::address::Type::Workload(wire)),
    };
    match address("w", &message.encode_to_vec(), &mut Texts::default()) {
        Ok(Update::Workload(record)) => Ok(record.open()),
        Ok(other) => panic!("{other:?}"),
        Err(reject) => Err(reject.reason),
    }
}

fn read_service(wire: wire::Service) -> Result<crate::state::service::Service, Reason> {
    let message = wire::Address {
        r#type: Some(wire::address::Type::Service(wire)),
    };
    match address("s", &message.encode_to_vec(), &mut Texts::default()) {
        Ok(Update::Service(service)) => Ok(*service),
        Ok(other) => panic!("{other:?}"),
        Err(reject) => Err(reject.reason),
    }
}

#[test]
fn wl_c01_absent_names_have_their_defaults() {
    let workload = read_workload(wire_pod()).unwrap();
    assert_eq!(
        workload.identity.to_string(),
        "spiffe://cluster.local/ns/shop/sa/default"
    );
    assert_eq!(workload.cluster_id, "Kubernetes");
    assert_eq!(workload.capacity, 1);
    assert_eq!(workload.protocol, TunnelProtocol::Tcp);
}

#[test]
fn wl_c02_an_address_of_five_bytes_is_refused() {
    let wire = wire::Workload {
        addresses: vec![Bytes::from_static(&[1; 5])],
        ..wire_pod()
    };
    let reason = read_workload(wire).unwrap_err();
    assert_eq!(reason.to_string(), "failed to parse address, had 5 bytes");
}

#[test]
fn wl_c03_unknown_numbers_are_refused_where_they_matter_and_default_where_they_do_not() {
    let odd = wire::Workload {
        tunnel_protocol: 7,
        ..wire_pod()
    };
    assert_eq!(
        read_workload(odd).unwrap_err().to_string(),
        "decode error: unknown enumeration value 7"
    );
    for refused in [
        wire::Workload {
            status: 9,
            ..wire_pod()
        },
        wire::Workload {
            network_mode: 9,
            ..wire_pod()
        },
        wire::Workload {
            application_tunnel: Some(wire::ApplicationTunnel { protocol: 9, port: 1 }),
            ..wire_pod()
        },
    ] {
        assert_eq!(read_workload(refused), Err(Reason::UnknownEnum(9)));
    }
    let typed = wire::Workload {
        workload_type: 9,
        ..wire_pod()
    };
    assert_eq!(
        read_workload(typed).unwrap().labels.workload_type,
        WorkloadType::Deployment
    );
    let service = wire::Service {
        visibility: 9,
        ..Default::default()
    };
    assert_eq!(read_service(service).unwrap().visibility, Visibility::Public);
}

#[test]
fn numbers_beyond_their_range_are_refused_and_not_cut() {
    // decision 34
    let port = |target_port| wire::Port {
        service_port: 80,
        target_port,
        app_protocol: 0,
    };
    let service = |port| wire::Service {
        ports: vec![port],
        ..Default::default()
    };
    assert_eq!(read_service(service(port(65_616))), Err(Reason::Port(65_616)));
    assert!(read_service(service(port(65_535))).is_ok());
    let vip = |length| wire::Service {
        addresses: vec![wire::NetworkAddress {
            network: String::new(),
            address: Bytes::from_static(&[10, 0, 0, 0]),
            length: Some(length),
        }],
        ..Default::default()
    };
    assert_eq!(read_service(vip(264)), Err(Reason::PrefixLength));
    assert_eq!(read_service(vip(33)), Err(Reason::PrefixLength));
    let exact = read_service(vip(32)).unwrap();
    assert_eq!((exact.vips.len(), exact.cidr_vips.len()), (1, 0));
}

#[test]
fn keys_without_a_slash_and_gateways_without_destination_are_refused() {
    let keyless = wire::Workload {
        services: [("web".to_owned(), wire::PortList::default())].into(),
        ..wire_pod()
    };
    assert_eq!(
        read_workload(keyless).unwrap_err().to_string(),
        "failed to parse namespaced hostname: web"
    );
    let nowhere = wire::Workload {
        waypoint: Some(wire::GatewayAddress {
            hbone_mtls_port: 15008,
            destination: None,
        }),
        ..wire_pod()
    };
    assert_eq!(
        read_workload(nowhere).unwrap_err().to_string(),
        "nonempty gateway address is missing address"
    );
    let neither = address("x", &[], &mut Texts::default()).unwrap_err();
    assert_eq!(neither.reason.to_string(), "unknown address type");
}

#[test]
fn names_that_cannot_be_an_identity_are_refused() {
    let spaced = wire::Workload {
        service_account: "a b".to_owned(),
        ..wire_pod()
    };
    assert!(matches!(read_workload(spaced), Err(Reason::Identity(_))));
}

#[test]
fn mapped_addresses_are_stored_as_ipv4() {
    // hbone 23, security I8
    let mapped = "::ffff:10.0.0.1".parse::<std::net::Ipv6Addr>().unwrap().octets();
    let wire = wire::Workload {
        addresses: vec![Bytes::copy_from_slice(&mapped)],
        ..wire_pod()
    };
    assert_eq!(read_workload(wire).unwrap().addresses[0].to_string(), "10.0.0.1");
}

fn wire_policy(scope: i32, action: i32, matches: Vec<security::Match>) -> security::Authorization {
    security::Authorization {
        name: "p".to_owned(),
        namespace: "shop".to_owned(),
        scope,
        action,
        rules: vec![security::Rule {
            clauses: vec![security::Clause { matches }],
        }],
        ..Default::default()
    }
}

fn apply(mesh: &mut MeshState, wire: &security::Authorization) -> Result<(), Reason> {
    match authorization("shop/p", &wire.encode_to_vec()) {
        Ok(update) => {
            mesh.apply([update]);
            Ok(())
        }
        Err(reject) => {
            mesh.apply(reject.stand_in);
            Err(reject.reason)
        }
    }
}

fn is_allowed(mesh: &MeshState, listed: bool) -> bool {
    let workload = Workload {
        authorization_policies: if listed {
            Box::new(["shop/p".into()])
        } else {
            Box::default()
        },
        ..pod("web", &["10.0.0.1"])
    };
    let connection = Connection {
        source: "10.0.0.9".parse().unwrap(),
        identity: None,
        destination: "10.0.0.1:80".parse().unwrap(),
    };
    authz::decide(mesh, &workload, &connection).outcome.is_ok()
}

/// Matches that hold a bad term, each beside a good one that would match.
fn bad_matches() -> Vec<security::Match> {
    let all = security::Match {
        destination_ports: vec![80],
        ..Default::default()
    };
    let range = |length, bytes: &'static [u8]| security::Address {
        address: Bytes::from_static(bytes),
        length,
    };
    let bad_range = [
        range(33, &[10, 0, 0, 0]),
        range(264, &[10, 0, 0, 0]),
        range(129, &[0; 16]),
        range(8, &[10, 0, 0]),
        range(0, &[]),
    ];
    let mut found = Vec::new();
    for range in bad_range {
        for negated in [false, true] {
            let list = vec![range.clone()];
            let (any, none) = if negated { (vec![], list) } else { (list, vec![]) };
            found.push(security::Match {
                source_ips: any.clone(),
                not_source_ips: none.clone(),
                ..all.clone()
            });
            found.push(security::Match {
                destination_ips: any,
                not_destination_ips: none,
                ..all.clone()
            });
        }
    }
    found.extend(bad_ports(&all));
    found.extend(formless_texts(&all));
    found
}

fn bad_ports(all: &security::Match) -> Vec<security::Match> {
    let mut found = Vec::new();
    for port in [65_536, 65_616, u32::MAX] {
        found.push(security::Match {
            destination_ports: vec![80, port],
            ..Default::default()
        });
        found.push(security::Match {
            not_destination_ports: vec![port],
            ..all.clone()
        });
    }
    found
}

fn formless_texts(all: &security::Match) -> Vec<security::Match> {
    let formless = security::StringMatch { match_type: None };
    let mut found = Vec::new();
    for count in [1, 2] {
        let list = vec![formless.clone(); count];
        found.push(security::Match {
            namespaces: list.clone(),
            ..all.clone()
        });
        found.push(security::Match {
            not_namespaces: list.clone(),
            ..all.clone()
        });
        found.push(security::Match {
            principals: list.clone(),
            ..all.clone()
        });
        found.push(security::Match {
            not_principals: list,
            ..all.clone()
        });
    }
    found
}

#[test]
fn security_a4_undecodable_policies_deny_whatever_stands_beside_the_bad_term() {
    let good = security::Match {
        destination_ports: vec![80],
        ..Default::default()
    };
    let mut cases = 0;
    for bad in bad_matches() {
        for matches in [
            vec![bad.clone()],
            vec![good.clone(), bad.clone()],
            vec![bad.clone(), good.clone()],
        ] {
            for scope in 0..=2 {
                for action in [0, 1, 7] {
                    let mut mesh = empty_mesh();
                    apply(&mut mesh, &wire_policy(scope, action, matches.clone())).unwrap_err();
                    assert!(
                        !is_allowed(&mesh, true),
                        "scope {scope} action {action} {matches:?}"
                    );
                    let by_scope = scope != PolicyScope::WorkloadSelector as i32;
                    assert_eq!(is_allowed(&mesh, false), !by_scope);
                    cases += 1;
                }
            }
        }
    }
    assert!(cases >= 400, "{cases}");
}

#[test]
fn authz_c03_a_refused_version_leaves_the_held_one_in_force() {
    let deny = |scope, port| {
        let matches = vec![security::Match {
            destination_ports: vec![port],
            ..Default::default()
        }];
        wire_policy(scope, 1, matches)
    };
    let mut mesh = empty_mesh();
    apply(&mut mesh, &deny(1, 81)).unwrap();
    assert!(is_allowed(&mesh, false));
    // the replacement would deny, and is refused: the held one, which allows, stays
    assert_eq!(apply(&mut mesh, &deny(9, 80)), Err(Reason::UnknownEnum(9)));
    assert_eq!(apply(&mut mesh, &deny(1, 70_000)), Err(Reason::Port(70_000)));
    assert!(is_allowed(&mesh, false));
    apply(&mut mesh, &deny(1, 80)).unwrap();
    assert!(!is_allowed(&mesh, false));
}

#[test]
fn security_a4_an_unknown_scope_concerns_only_those_who_name_it() {
    let mut mesh = empty_mesh();
    assert_eq!(
        apply(&mut mesh, &wire_policy(9, 1, vec![])),
        Err(Reason::UnknownEnum(9))
    );
    assert!(is_allowed(&mesh, false));
    assert!(!is_allowed(&mesh, true));
}

#[test]
fn a_match_without_terms_is_accepted_and_never_matches() {
    // authorization 7, rows 7 and 8
    let mut mesh = empty_mesh();
    apply(&mut mesh, &wire_policy(1, 1, vec![security::Match::default()])).unwrap();
    assert!(is_allowed(&mesh, false));
}

#[test]
fn a_stand_in_gives_way_to_the_first_good_version() {
    let mut mesh = empty_mesh();
    let bad = security::Match {
        destination_ports: vec![70_000],
        ..Default::default()
    };
    apply(&mut mesh, &wire_policy(1, 1, vec![bad])).unwrap_err();
    assert!(!is_allowed(&mesh, false));
    let elsewhere = security::Match {
        destination_ports: vec![81],
        ..Default::default()
    };
    apply(&mut mesh, &wire_policy(1, 1, vec![elsewhere])).unwrap();
    assert!(is_allowed(&mesh, false));
}

#[test]
fn security_9_too_many_rules_or_terms_are_refused() {
    let mut wire = wire_policy(1, 0, vec![]);
    wire.rules = vec![security::Rule::default(); 1_001];
    assert!(matches!(
        apply(&mut empty_mesh(), &wire),
        Err(Reason::TooMany { limit: 1_000, .. })
    ));
    let terms = security::Match {
        destination_ports: vec![80; 1_001],
        ..Default::default()
    };
    assert!(matches!(
        apply(&mut empty_mesh(), &wire_policy(1, 0, vec![terms])),
        Err(Reason::TooMany { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut mesh = empty_mesh();
        if let Ok(update) = address("x", &bytes, &mut Texts::default()) {
            mesh.apply([update]);
        }
        match authorization("x", &bytes) {
            Ok(update) => drop(mesh.apply([update])),
            Err(reject) => drop(mesh.apply(reject.stand_in)),
        }
    }

    /// A good message with some bytes changed: closer to what a broken peer sends.
    #[test]
    fn damaged_messages_are_read_or_refused(at in 0usize..200, byte in any::<u8>()) {
        let terms = bad_matches();
        let mut bytes = wire_policy(1, 1, terms).encode_to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Err(reject) = authorization("shop/p", &bytes) {
            prop_assert!(!reject.reason.to_string().is_empty());
        }
    }
}
