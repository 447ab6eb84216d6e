//! Redirection of a pod's traffic, as applications and the proxy meet it.

use std::io::{Read, Write};
use std::net::TcpStream;

use libtest_mimic::Failed;
use mesh_node::redirect::established;
use mesh_node::redirect::programs::{Flavour, Lock};
use mesh_node::redirect::writer::Writer;
use mesh_node::redirect::{self, Families, Inbound, PodCapture, ProbeAddresses, RuleSet, nft, probes};
use mesh_sys::netns::NetNamespace;
use mesh_sys::socket::{self, original_destination};
use mesh_wire::well_known::{PROBE_IPV4, PROBE_IPV6, mark, port};

use crate::harness::{Need, Suite};
use crate::world::{
    NODE, NODE6, PATIENCE, POD, POD6, World, accept, at, connect, datagram, is_refused, listen, same, talk,
};

type Test = fn(Writer) -> Result<(), Failed>;

/// Adds the tests of this file: what holds for a pod holds however its rules are written.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    let tests: [(&str, Test); 14] = [
        ("outbound_tcp_reaches_the_proxy_in_both_families", outbound),
        ("inbound_tcp_reaches_the_proxy_in_both_families", inbound),
        ("hbone_is_never_redirected", hbone),
        ("zds_c11_loopback_and_other_udp_are_untouched", untouched),
        ("dns_over_udp_and_tcp_reaches_the_proxy", dns),
        ("what_the_proxy_sends_leaves_the_pod", proxy_escapes),
        (
            "zds_c12_replies_reach_a_proxy_that_speaks_as_the_client",
            transparent,
        ),
        ("zds_c13_bypass_leaves_inbound_alone", bypass),
        ("what_arrives_at_a_rerouted_interface_is_the_pods_own", rerouted),
        ("rules_give_way_to_others_without_a_gap", swapped),
        ("zds_c09_applying_twice_changes_nothing", twice),
        ("damaged_rules_are_noticed_and_repaired", damaged),
        ("zds_c17_removal_restores_the_pod", removal),
        ("enrolment_c07_open_connections_survive_capture", preserved),
    ];
    let programs = [needs, &[Need::Iptables]].concat();
    let legacy = [&programs[..], &[Need::LegacyIptables]].concat();
    for (name, test) in tests {
        suite.test(name, needs, move || test(Writer::Netlink));
        for (suffix, needs, flavour) in [
            ("iptables", &programs, Flavour::Nft),
            ("iptables_legacy", &legacy, Flavour::Legacy(Lock::Namespace)),
        ] {
            let writer = Writer::Programs(flavour);
            suite.test(&format!("{name}_{suffix}"), needs, move || test(writer));
        }
    }
    suite.test(
        "a_lock_of_the_node_holds_up_no_pod_unless_wanted",
        &[&legacy[..], &[Need::Root]].concat(),
        locked,
    );
    suite.test(
        "rules_of_another_agent_are_replaced_in_one_step",
        &programs,
        replaced,
    );
    suite.test(
        "cni_c21_zds_c10_probes_of_the_node_reach_the_application",
        needs,
        probe,
    );
    suite.test("zds_c18_an_address_in_use_again_keeps_its_entry", needs, reuse);
}

fn captured(writer: Writer) -> Result<World, Failed> {
    let world = World::new()?;
    apply(writer, &world.pod, &redirect::pod(&PodCapture::default()))?;
    Ok(world)
}

fn apply(writer: Writer, inside: &NetNamespace, rules: &RuleSet) -> Result<nft::Applied, Failed> {
    Ok(inside.run(|| writer.apply(rules))??)
}

fn outbound(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let proxy = listen(&world.pod, "::", port::OUTBOUND)?;
    for (server, ip) in [("0.0.0.0", NODE), ("::", NODE6)] {
        let _server = listen(&world.node, server, 8080)?;
        let mut client = connect(&world.pod, ip, 8080)?;
        let (mut seen, _) = accept(&proxy)?;
        same(original_destination(&seen)?, at(ip, 8080))?;
        talk(&mut client, &mut seen)?;
    }
    Ok(())
}

fn inbound(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let proxy = listen(&world.pod, "::", port::INBOUND_PLAINTEXT)?;
    for (own, ip) in [(NODE, POD), (NODE6, POD6)] {
        let mut client = connect(&world.node, ip, 8080)?;
        let (mut seen, peer) = accept(&proxy)?;
        same(original_destination(&seen)?, at(ip, 8080))?;
        same(peer.ip().to_canonical(), own.parse()?)?;
        talk(&mut client, &mut seen)?;
    }
    Ok(())
}

fn hbone(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let proxy = listen(&world.pod, "::", port::HBONE)?;
    let mut client = connect(&world.node, POD, port::HBONE)?;
    let (mut seen, _) = accept(&proxy)?;
    talk(&mut client, &mut seen)
}

fn untouched(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    for loopback in ["127.0.0.1", "::1"] {
        let server = listen(&world.pod, loopback, 8080)?;
        let mut client = connect(&world.pod, loopback, 8080)?;
        talk(&mut client, &mut accept(&server)?.0)?;
    }
    // the pod's own address stays in the pod as well
    let server = listen(&world.pod, POD, 8081)?;
    let mut client = connect(&world.pod, POD, 8081)?;
    talk(&mut client, &mut accept(&server)?.0)?;
    let server = datagram(&world.node, NODE, 5000)?;
    let client = datagram(&world.pod, POD, 0)?;
    client.send_to(b"plain", at(NODE, 5000))?;
    let mut bytes = [0; 5];
    let (_, peer) = server.recv_from(&mut bytes)?;
    same(peer, client.local_addr()?)
}

fn dns(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let proxy = datagram(&world.pod, "127.0.0.1", port::DNS)?;
    let proxy6 = datagram(&world.pod, "::1", port::DNS)?;
    let mut bytes = [0; 5];
    for (own, server, proxy) in [(POD, NODE, &proxy), (POD6, NODE6, &proxy6)] {
        let client = datagram(&world.pod, own, 0)?;
        client.connect(at(server, 53))?;
        client.send(b"query")?;
        let (_, peer) = proxy.recv_from(&mut bytes)?;
        proxy.send_to(b"reply", peer)?;
        // the application sees the answer of the server it asked
        client.recv(&mut bytes)?;
        same(&bytes, b"reply")?;
    }
    let proxy = listen(&world.pod, "127.0.0.1", port::DNS)?;
    let _client = connect(&world.pod, NODE, 53)?;
    accept(&proxy).map(drop)
}

/// A connection with the proxy's mark.
fn marked(inside: &NetNamespace, ip: &str, port: u16) -> Result<TcpStream, Failed> {
    let stream = inside.run(|| {
        let socket = socket2::Socket::new(
            socket2::Domain::for_address(at(ip, port)),
            socket2::Type::STREAM,
            None,
        )?;
        socket.set_mark(mark::PROXY)?;
        socket.connect_timeout(&at(ip, port).into(), PATIENCE)?;
        Ok::<_, std::io::Error>(TcpStream::from(socket))
    })??;
    stream.set_read_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn proxy_escapes(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let server = listen(&world.node, "::", 8080)?;
    for ip in [NODE, NODE6] {
        let mut client = marked(&world.pod, ip, 8080)?;
        talk(&mut client, &mut accept(&server)?.0)?;
    }
    // and its own questions to the real DNS server as well
    let server = datagram(&world.node, NODE, 53)?;
    let client = datagram(&world.pod, POD, 0)?;
    socket2::SockRef::from(&client).set_mark(mark::PROXY)?;
    client.send_to(b"query", at(NODE, 53))?;
    let mut bytes = [0; 5];
    let (_, peer) = server.recv_from(&mut bytes)?;
    server.send_to(b"reply", peer)?;
    client.recv(&mut bytes)?;
    same(&bytes, b"reply")
}

fn transparent(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    for (application, ip, client) in [("0.0.0.0", POD, NODE), ("::", POD6, NODE6)] {
        let server = listen(&world.pod, application, 8080)?;
        let mut proxy = world.pod.run(|| {
            let domain = socket2::Domain::for_address(at(ip, 8080));
            let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None)?;
            socket.set_mark(mark::PROXY)?;
            socket::set_transparent(&socket, client == NODE6)?;
            socket.bind(&at(client, 40001).into())?;
            socket.connect_timeout(&at(ip, 8080).into(), PATIENCE)?;
            Ok::<_, std::io::Error>(TcpStream::from(socket))
        })??;
        proxy.set_read_timeout(Some(PATIENCE))?;
        let (mut seen, peer) = accept(&server)?;
        same(peer, at(client, 40001))?;
        talk(&mut proxy, &mut seen)?;
    }
    Ok(())
}

fn probe() -> Result<(), Failed> {
    let world = captured(Writer::Netlink)?;
    let rules = redirect::host(&ProbeAddresses::default(), Families::Both, 0);
    world.node.run(|| nft::apply_host(&rules))??;
    let server = listen(&world.pod, "::", 8080)?;
    // not in the set yet: captured, and no proxy listens
    same(is_refused(&world.node, POD, 8080)?, true)?;
    let addresses = [POD.parse()?, POD6.parse()?];
    world.node.run(|| probes::upsert("uid-1", &addresses))??;
    for (ip, source) in [(POD, PROBE_IPV4.into()), (POD6, PROBE_IPV6.into())] {
        let mut client = connect(&world.node, ip, 8080)?;
        let (mut seen, peer) = accept(&server)?;
        same(peer.ip().to_canonical(), source)?;
        talk(&mut client, &mut seen)?;
    }
    // writing the rules again keeps the entries
    let v4 = redirect::host(&ProbeAddresses::default(), Families::Both, 1);
    world.node.run(|| nft::apply_host(&v4))??;
    same(world.node.run(probes::list)??.len(), 2)?;
    same(world.node.run(|| nft::apply_host(&v4))??, nft::Applied::Unchanged)
}

fn bypass(writer: Writer) -> Result<(), Failed> {
    let world = World::new()?;
    let capture = PodCapture {
        inbound: Inbound::Bypassed,
        ..PodCapture::default()
    };
    apply(writer, &world.pod, &redirect::pod(&capture))?;
    let server = listen(&world.pod, "::", 8080)?;
    let mut client = connect(&world.node, POD, 8080)?;
    let (mut seen, peer) = accept(&server)?;
    same(peer.ip().to_canonical(), NODE.parse()?)?;
    talk(&mut client, &mut seen)?;
    let proxy = listen(&world.pod, "::", port::OUTBOUND)?;
    let _client = connect(&world.pod, NODE, 9090)?;
    accept(&proxy).map(drop)
}

/// Virtual machines in a pod: what they send arrives at interfaces of the pod, and is its own traffic.
fn rerouted(writer: Writer) -> Result<(), Failed> {
    let world = World::new()?;
    let capture = PodCapture {
        rerouted: vec!["net1".to_owned(), "eth0".to_owned()],
        ..PodCapture::default()
    };
    apply(writer, &world.pod, &redirect::pod(&capture))?;
    same(
        apply(writer, &world.pod, &redirect::pod(&capture))?,
        nft::Applied::Unchanged,
    )?;
    let (outbound, inbound) = (
        listen(&world.pod, "::", port::OUTBOUND)?,
        listen(&world.pod, "::", port::INBOUND_PLAINTEXT)?,
    );
    inbound.set_nonblocking(true)?;
    for ip in [POD, POD6] {
        let mut client = connect(&world.node, ip, 8080)?;
        let (mut seen, _) = accept(&outbound)?;
        same(original_destination(&seen)?, at(ip, 8080))?;
        talk(&mut client, &mut seen)?;
    }
    same(inbound.accept().is_err(), true)
}

/// However often rules are replaced, no connection finds a moment without any.
fn swapped(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let (outside, proxy) = (
        listen(&world.node, "::", 8080)?,
        listen(&world.pod, "::", port::OUTBOUND)?,
    );
    outside.set_nonblocking(true)?;
    let kept = redirect::Flow {
        source: at(POD, 4000),
        destination: at(NODE, 9999),
    };
    let variants = [
        PodCapture {
            preserved: [kept].into(),
            ..PodCapture::default()
        },
        PodCapture {
            dns: redirect::Dns::Untouched,
            ..PodCapture::default()
        },
        PodCapture::default(),
    ];
    let over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        let connecting = scope.spawn(|| {
            let mut count = 0;
            while !over.load(std::sync::atomic::Ordering::Relaxed) {
                for ip in [NODE, NODE6] {
                    connect(&world.pod, ip, 8080)?;
                    accept(&proxy)?;
                    count += 1;
                }
            }
            Ok::<_, Failed>(count)
        });
        let swapping = (0..10).try_for_each(|_| {
            variants.iter().try_for_each(|capture| {
                let applied = apply(writer, &world.pod, &redirect::pod(capture))?;
                same(applied, nft::Applied::Written)
            })
        });
        over.store(true, std::sync::atomic::Ordering::Relaxed);
        let connected: i32 = connecting.join().map_err(|_| "the client panicked")??;
        swapping?;
        same(connected > 0 && outside.accept().is_err(), true)
    })
}

/// Somebody holds the programs' file for the whole node.
fn locked() -> Result<(), Failed> {
    let world = World::new()?;
    let rules = redirect::pod(&PodCapture::default());
    let file = std::fs::File::options()
        .create(true)
        .append(true)
        .open("/run/xtables.lock")?;
    file.lock()?;
    let (own, shared) = (
        Writer::Programs(Flavour::Legacy(Lock::Namespace)),
        Writer::Programs(Flavour::Legacy(Lock::Node)),
    );
    same(apply(own, &world.pod, &rules)?, nft::Applied::Written)?;
    let refused = world.pod.run(|| shared.remove())?;
    let told = refused.err().map(|error| error.to_string()).unwrap_or_default();
    same(told.contains("lock"), true)?;
    file.unlock()?;
    world.pod.run(|| shared.remove())??;
    Ok(())
}

fn twice(writer: Writer) -> Result<(), Failed> {
    let world = World::new()?;
    for capture in [
        PodCapture::default(),
        PodCapture {
            families: Families::V4,
            dns: redirect::Dns::Untouched,
            ..PodCapture::default()
        },
    ] {
        let rules = redirect::pod(&capture);
        same(apply(writer, &world.pod, &rules)?, nft::Applied::Written)?;
        same(apply(writer, &world.pod, &rules)?, nft::Applied::Unchanged)?;
        same(world.pod.run(|| writer.holds(&rules))??, true)?;
    }
    Ok(())
}

fn damaged(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let wanted = redirect::pod(&PodCapture::default());
    let mut older = wanted.clone();
    older.tables[0].chains[0].rules.pop();
    same(apply(writer, &world.pod, &older)?, nft::Applied::Written)?;
    same(world.pod.run(|| writer.holds(&wanted))??, false)?;
    same(apply(writer, &world.pod, &wanted)?, nft::Applied::Written)?;
    same(world.pod.run(|| writer.holds(&wanted))??, true)
}

fn replaced() -> Result<(), Failed> {
    let world = World::new()?;
    let (theirs, rules) = (
        Writer::Programs(Flavour::Nft),
        redirect::pod(&PodCapture::default()),
    );
    apply(theirs, &world.pod, &rules)?;
    same(world.pod.run(nft::is_captured)??, true)?;
    same(apply(Writer::Netlink, &world.pod, &rules)?, nft::Applied::Written)?;
    same(world.pod.run(|| theirs.is_captured())??, false)?;
    same(world.pod.run(|| nft::holds(&rules))??, true)?;
    same(
        apply(Writer::Netlink, &world.pod, &rules)?,
        nft::Applied::Unchanged,
    )?;
    // and removal takes theirs too
    world.pod.run(nft::remove)??;
    apply(theirs, &world.pod, &rules)?;
    world.pod.run(nft::remove)??;
    same(world.pod.run(|| theirs.is_captured())??, false)
}

fn removal(writer: Writer) -> Result<(), Failed> {
    let world = captured(writer)?;
    let rules = redirect::pod(&PodCapture::default());
    world.pod.run(|| writer.remove())??;
    same(world.pod.run(|| writer.is_captured())??, false)?;
    same(world.pod.run(|| writer.holds(&rules))??, false)?;
    // a second time is as good
    world.pod.run(|| writer.remove())??;
    let server = listen(&world.pod, "::", 8080)?;
    let mut client = connect(&world.node, POD, 8080)?;
    talk(&mut client, &mut accept(&server)?.0)?;
    let server = listen(&world.node, "::", 8080)?;
    let mut client = connect(&world.pod, NODE6, 8080)?;
    talk(&mut client, &mut accept(&server)?.0)
}

fn preserved(writer: Writer) -> Result<(), Failed> {
    let world = World::new()?;
    let outside = listen(&world.node, "::", 8080)?;
    let inside = listen(&world.pod, "::", 8081)?;
    let mut open = Vec::new();
    for (server, client) in [(NODE, POD), (NODE6, POD6)] {
        let leaving = connect(&world.pod, server, 8080)?;
        open.push((leaving, accept(&outside)?.0));
        let arriving = connect(&world.node, client, 8081)?;
        open.push((arriving, accept(&inside)?.0));
    }
    for (client, server) in &mut open {
        talk(client, server)?;
    }
    let sockets = world.pod.run(established::read)??;
    same(sockets.open.len(), 4)?;
    // asked for one by one they are the same, from whichever end, and those of others are not found
    let asked: std::collections::BTreeSet<_> = sockets.open.iter().map(|flow| flow.reversed()).collect();
    same(
        world.pod.run(|| established::present(&asked))??.open,
        sockets.open.clone(),
    )?;
    let elsewhere = world.node.run(|| established::present(&asked))??.open;
    let reversed = |flow: &redirect::Flow| sockets.open.contains(&flow.reversed());
    same(elsewhere.len() == 4 && elsewhere.iter().all(reversed), true)?;
    same(sockets.listening.contains(&8081), true)?;
    let proxy = listen(&world.pod, "::", port::OUTBOUND)?;
    let heard = world.pod.run(|| established::present(&asked))??.listening;
    same(heard, [port::OUTBOUND].into())?;
    drop(proxy);
    let capture = PodCapture {
        preserved: sockets.open,
        ..PodCapture::default()
    };
    let rules = redirect::pod(&capture);
    same(apply(writer, &world.pod, &rules)?, nft::Applied::Written)?;
    same(apply(writer, &world.pod, &rules)?, nft::Applied::Unchanged)?;
    for (client, server) in &mut open {
        talk(client, server)?;
        // the other side may speak first after a long silence
        server.write_all(b"x")?;
        client.read_exact(&mut [0])?;
    }
    // what is opened afterwards is captured
    let (inbound, outbound) = (
        listen(&world.pod, "::", port::INBOUND_PLAINTEXT)?,
        listen(&world.pod, "::", port::OUTBOUND)?,
    );
    let _new = (
        connect(&world.pod, NODE, 8080)?,
        connect(&world.node, POD6, 8081)?,
    );
    accept(&outbound)?;
    accept(&inbound)?;
    drop(open);
    // without open connections the exemption disappears with its sets
    same(
        apply(writer, &world.pod, &redirect::pod(&PodCapture::default()))?,
        nft::Applied::Written,
    )
}

fn reuse() -> Result<(), Failed> {
    let world = World::new()?;
    let address = POD.parse()?;
    world.node.run(|| {
        nft::apply_host(&redirect::host(&ProbeAddresses::default(), Families::Both, 0))?;
        probes::upsert("old", &[address])?;
        probes::upsert("new", &[address])?;
        probes::remove("old")
    })??;
    same(
        world.node.run(probes::list)??,
        [(address, "new".to_owned())].into(),
    )?;
    same(world.node.run(|| probes::prune(|uid| uid != "new"))??, 1)?;
    same(world.node.run(probes::list)??.len(), 0)
}
