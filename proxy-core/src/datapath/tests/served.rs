//! Pods that are served whole: what opens them, closes them, and who they are.

use mesh_sys::netns::{NamespaceId, NetNamespace, Worker};
use tokio::time::{Instant, sleep};

use super::*;
use crate::authz;
use crate::control_plane::{ControlPlane, RootSource, TokenSource};
use crate::datapath::capture::StartError;
use crate::inpod::listeners::PodTasks;
use crate::route::{Captured, Plan, outbound};
use crate::testing::mesh;
use crate::testing::node::{self, Echo, HERE, call, exchange, serve, told};
use crate::xds::client::XdsClient;

const UNAUTHORIZED: http::StatusCode = http::StatusCode::UNAUTHORIZED;

fn web() -> Workload {
    pod("web", &["127.0.0.1"])
}

fn who(account: &str) -> Vec<mesh_wire::identity::Identity> {
    vec![identity("shop", account)]
}

#[tokio::test]
async fn security_a7_nothing_comes_in_before_the_first_sync() {
    let mut shared = node::shared(mesh![web()]);
    Arc::get_mut(&mut shared).unwrap().live = Arc::new(Live::new(mesh![web()]));
    let (served, echo) = (serve(&shared, told("web")).await, Echo::start().await);
    let caller = call(&shared, "client", (served.hbone, who("web"))).await.unwrap();
    assert_eq!(caller.connect(echo.address).await.unwrap_err(), UNAUTHORIZED);
    assert_eq!(echo.count(), 0);
    shared.live.mark_synced();
    let mut open = caller.connect(echo.address).await.unwrap();
    assert_eq!(exchange(&mut open, b"now").await.unwrap(), b"now");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn security_a7_a_day_without_control_plane_changes_no_decision() {
    let shared = node::shared(mesh![]);
    let listed = Workload {
        authorization_policies: Box::new(["shop/no".into(), "shop/never".into()]),
        ..pod("listed", &["10.0.0.2"])
    };
    let (free, listed) = (pod("web", &["10.0.0.1"]), listed);
    let updates = [deny("shop/no", 80), free.into_update(), listed.into_update()];
    shared.live.apply(updates.into());
    // no trust root: every attempt fails, without a packet
    let gone = ControlPlane {
        address: "https://127.0.0.1:1".to_owned(),
        alternative_name: None,
        root: RootSource::File("/nonexistent/root.pem".into()),
        token: TokenSource::None,
        cluster_id: String::new(),
        headers: Vec::new(),
    };
    let client = XdsClient::new(
        gone,
        mesh_wire::xds::Node::default(),
        shared.live.clone(),
        shared.metrics.clone(),
    );
    let stop = CancellationToken::new();
    let (mut tasks, until) = (JoinSet::new(), stop.clone());
    tasks.spawn(async move { client.run(None, until).await });
    let decisions = || {
        shared.live.read(|mesh| {
            let of = |name: &str, port| {
                let workload = mesh.find_local(name, "shop", name).unwrap();
                format!("{:?}", authz::decide(mesh, workload, &connection(port)).outcome)
            };
            [of("web", 80), of("listed", 80), of("listed", 81)]
        })
    };
    let before = decisions();
    assert!(before[0].starts_with("Ok") && before[1].starts_with("Err") && before[2].starts_with("Err"));
    sleep(Duration::from_hours(24)).await;
    assert_eq!(decisions(), before);
    assert!(*shared.live.synced().borrow());
    stop.cancel();
    tasks.join_all().await;
}

#[tokio::test]
async fn security_a8_every_change_of_policy_decides_the_next_stream_and_cuts_those_that_are_open() {
    let shared = node::shared(mesh![web()]);
    let (served, echo) = (serve(&shared, told("web")).await, Echo::start().await);
    let (port, other) = (echo.address.port(), Echo::start().await);
    let listed = |names: &[&str]| Workload {
        authorization_policies: names.iter().map(|name| (*name).into()).collect(),
        ..web()
    };
    shared
        .live
        .apply(vec![deny("shop/no", port), web().into_update()]);
    let caller = call(&shared, "client", (served.hbone, who("web"))).await.unwrap();
    let mut kept = caller.connect(other.address).await.unwrap();
    for round in 0..50 {
        shared.live.apply(vec![listed(&[]).into_update()]);
        let mut open = Vec::new();
        for _ in 0..5 {
            let mut stream = caller.connect(echo.address).await.unwrap();
            assert_eq!(exchange(&mut stream, b"open").await.unwrap(), b"open");
            open.push(stream);
        }
        // one of them is slow: it sends, and never reads what comes back
        timeout(Duration::from_millis(20), open[0].write_all(&[0; 16 << 10]))
            .await
            .ok();
        let seen = echo.count();
        shared.live.apply(vec![listed(&["shop/no"]).into_update()]);
        assert_eq!(caller.connect(echo.address).await.unwrap_err(), UNAUTHORIZED);
        for mut stream in open.into_iter().rev() {
            let ended = timeout(LIMIT, async {
                let mut rest = Vec::new();
                stream.read_to_end(&mut rest).await
            });
            assert!(ended.await.unwrap().is_err(), "round {round}: a cut is no end");
        }
        assert_eq!(echo.count(), seen, "refused ones reach no application");
    }
    assert_eq!(exchange(&mut kept, b"still here").await.unwrap(), b"still here");
    served.end().await;
}

#[tokio::test(start_paused = true)]
async fn security_a8_ten_thousand_are_cut_at_once_and_nobody_waits_for_a_slow_one() {
    let live = Arc::new(Live::new(mesh![web()]));
    let registry = Arc::new(Registry::default());
    let (mut open, mut others) = (Vec::new(), Vec::new());
    for number in 0..10_000 {
        open.push(registry.inbound(shown(number), web().uid, connection(80)));
        others.push(registry.inbound(shown(number), web().uid, connection(81)));
    }
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    let (enforcer, watched, until) = (registry.clone(), live.clone(), stop.clone());
    tasks.spawn(async move { enforcer.enforce(&nobody(), &watched, until).await });
    tokio::task::yield_now().await;
    let listed = Workload {
        authorization_policies: Box::new(["shop/no".into()]),
        ..web()
    };
    live.apply(vec![deny("shop/no", 80), listed.into_update()]);
    let began = Instant::now();
    // the first of them is never looked at, as a connection that is busy elsewhere
    for one in open.iter().skip(1) {
        assert_eq!(one.closed().await, CloseReason::PolicyChange);
    }
    assert_eq!(began.elapsed(), Duration::ZERO, "no timer was waited for");
    for other in &others {
        assert!(futures::FutureExt::now_or_never(other.closed()).is_none());
    }
    stop.cancel();
    tasks.join_all().await;
}

#[tokio::test]
async fn security_i9_pods_of_one_address_never_have_each_others_identity() {
    let shared = node::shared(mesh![]);
    let target: std::net::SocketAddr = (HERE, 80).into();
    let mut before: Option<Workload> = None;
    for round in 0..1_000 {
        let name = format!("pod-{}", round % 7);
        let new = pod(&name, &["127.0.0.1"]);
        let gone = before
            .take()
            .map(|old| crate::state::Update::AddressGone(old.uid));
        let overlap = round % 2 == 0;
        if let Some(gone) = gone.clone().filter(|_| !overlap) {
            shared.live.apply(vec![gone]);
        }
        shared.live.apply(vec![new.clone().into_update()]);
        let served = serve(&shared, told(&name)).await;
        // whoever still believes in another pod of this address gets nothing
        let others: Vec<_> = (1..7)
            .map(|step| identity("shop", &format!("pod-{}", (round + step) % 7)))
            .collect();
        assert!(
            call(&shared, "client", (served.hbone, others)).await.is_err(),
            "{round}"
        );
        assert!(
            call(&shared, "client", (served.hbone, who(&name))).await.is_ok(),
            "{round}"
        );
        // and what leaves the pod leaves in its own name, while the mesh still knows the old one
        let own = served.pod.workload().await.unwrap();
        assert_eq!(own.identity, new.identity, "{round}");
        if let Some(gone) = gone.filter(|_| overlap) {
            shared.live.apply(vec![gone]);
        }
        let client = pod("client", &["10.0.0.9"]);
        let plan = shared.live.read(|mesh| {
            let captured = Captured {
                source: &client,
                client: "10.0.0.9".parse().unwrap(),
                destination: target,
                network: &"".into(),
                seed: round,
                resolved: &[],
                unreachable: &[],
            };
            outbound::plan(mesh, &captured, &shared.own_ports)
        });
        let Ok(Plan::Hbone(tunnel)) = plan else {
            panic!("{round}: {plan:?}")
        };
        assert_eq!(tunnel.expected, who(&name), "{round}");
        served.end().await;
        before = Some(new);
    }
}

#[tokio::test]
async fn security_i10_a_pod_the_mesh_knows_by_another_account_is_refused() {
    let shared = node::shared(mesh![web()]);
    let elsewhere = NamespaceId { device: 0, inode: 0 };
    let tasks = PodTasks::new(shared.clone(), Worker::start().unwrap(), elsewhere);
    let liar = PodInfo {
        service_account: "admin".to_owned(),
        ..told("web")
    };
    let started = tasks.start(liar, NetNamespace::current().unwrap()).await;
    let Err(error @ StartError::WorkloadConflict(_)) = started else {
        panic!("{started:?}")
    };
    let text = format!("{error:?}");
    assert!(
        text.contains("workload_conflict: shop/web has the account `web`, not `admin`"),
        "{text}"
    );
    // a pod that the mesh does not know yet, and one of another namespace, are no contradiction
    for info in [
        told("new"),
        PodInfo {
            namespace: "data".to_owned(),
            ..told("web")
        },
    ] {
        assert_eq!(shared.live.read(|mesh| info.conflict(mesh)), None);
    }
}

#[tokio::test]
async fn security_i10_a_conflict_that_comes_later_stops_that_pod_and_no_other() {
    let shared = node::shared(mesh![web(), pod("other", &["127.0.0.1"])]);
    let (served, echo) = (serve(&shared, told("web")).await, Echo::start().await);
    let neighbour = serve(&shared, told("other")).await;
    let caller = call(&shared, "client", (served.hbone, who("web"))).await.unwrap();
    let mut open = caller.connect(echo.address).await.unwrap();
    assert_eq!(exchange(&mut open, b"before").await.unwrap(), b"before");
    let changed = Workload {
        identity: identity("shop", "admin"),
        ..web()
    };
    shared.live.apply(vec![changed.into_update()]);
    let mut rest = Vec::new();
    let ended = timeout(LIMIT, open.read_to_end(&mut rest)).await.unwrap();
    assert!(ended.is_err(), "what was open is cut");
    assert_eq!(caller.connect(echo.address).await.unwrap_err(), UNAUTHORIZED);
    assert!(
        call(&shared, "client", (served.hbone, who("admin")))
            .await
            .is_err()
    );
    assert_eq!(echo.count(), 1);
    let caller = call(&shared, "client", (neighbour.hbone, who("other")))
        .await
        .unwrap();
    let mut open = caller.connect(echo.address).await.unwrap();
    assert_eq!(exchange(&mut open, b"unaffected").await.unwrap(), b"unaffected");
    // and once they agree again, so does the pod
    shared.live.apply(vec![web().into_update()]);
    let caller = call(&shared, "client", (served.hbone, who("web"))).await.unwrap();
    caller.connect(echo.address).await.unwrap();
    served.end().await;
    neighbour.end().await;
}
