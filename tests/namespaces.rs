//! What the rim does with real network namespaces: enter, come home, leave nothing open.

#[path = "harness.rs"]
mod harness;

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;

use harness::{Need, Suite};
use libtest_mimic::Failed;
use mesh_sys::netns::{NamespaceId, NetNamespace, Worker};
use mesh_sys::socket::{self, Options};

fn main() -> ExitCode {
    let mut suite = Suite::default();
    let needs = [Need::Root];
    suite.test(
        "a_job_runs_inside_and_the_caller_stays_outside",
        &needs,
        inside_and_outside,
    );
    suite.test("a_socket_stays_where_it_was_made", &needs, sockets_stay);
    suite.test("the_worker_comes_home_after_every_job", &needs, worker_comes_home);
    suite.test(
        "the_worker_survives_a_job_that_panics_or_nobody_waits_for",
        &needs,
        worker_survives,
    );
    suite.test(
        "a_dropped_namespace_is_referenced_by_nothing",
        &needs,
        nothing_left,
    );
    suite.test(
        "foreign_addresses_can_be_bound_transparently",
        &needs,
        transparent,
    );
    suite.run()
}

fn check(holds: bool, what: &str) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what.into()) }
}

fn runtime() -> io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn inside_and_outside() -> Result<(), Failed> {
    let home = NetNamespace::current()?;
    let away = NetNamespace::create()?;
    check(home != away, "a new namespace is another one")?;
    let seen = away.run(NetNamespace::current)??;
    check(seen == away, "the job runs inside")?;
    check(NetNamespace::current()? == home, "the caller stays")
}

fn sockets_stay() -> Result<(), Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let target = listener.local_addr()?;
    TcpStream::connect(target)?;
    let away = NetNamespace::create()?;
    let alone = away.run(move || TcpStream::connect(target))?;
    check(
        alone.is_err(),
        "loopback of another namespace is another loopback",
    )
}

fn worker_comes_home() -> Result<(), Failed> {
    let home = NetNamespace::current()?;
    let away = NetNamespace::create()?;
    let worker = Worker::start()?;
    runtime()?.block_on(async {
        for namespace in [&away, &home, &away] {
            let seen = worker.run(namespace, NetNamespace::current).await??;
            check(seen == *namespace, "the job runs inside")?;
        }
        Ok(())
    })
}

fn worker_survives() -> Result<(), Failed> {
    let away = NetNamespace::create()?;
    let worker = Worker::start()?;
    runtime()?.block_on(async {
        drop(worker.run(&away, || ()));
        let panicked = worker.run(&away, || panic!("on purpose")).await;
        check(panicked.is_err(), "a job that panics is an error")?;
        let after = worker.run(&away, NetNamespace::current).await??;
        check(after == away, "the next job runs")
    })
}

/// Whether a thread or descriptor of this process refers to a namespace.
fn is_referenced(id: NamespaceId) -> io::Result<bool> {
    let name = id.to_string();
    let mut links = Vec::new();
    for thread in fs::read_dir("/proc/self/task")? {
        links.push(thread?.path().join("ns/net"));
    }
    for descriptor in fs::read_dir("/proc/self/fd")? {
        links.push(descriptor?.path());
    }
    // a thread or descriptor may end meanwhile; then it refers to nothing
    Ok(links
        .iter()
        .filter_map(|link| fs::read_link(link).ok())
        .any(|to| to.as_os_str() == name.as_str()))
}

fn nothing_left() -> Result<(), Failed> {
    // security P5
    let away = NetNamespace::create()?;
    let id = away.id();
    let worker = Worker::start()?;
    runtime()?.block_on(async {
        worker.run(&away, || ()).await?;
        check(is_referenced(id)?, "an open handle is seen")?;
        drop(away);
        // a job at home comes after whatever the worker did with the former
        worker.run(&NetNamespace::current()?, || ()).await?;
        check(!is_referenced(id)?, "nothing refers to it")
    })
}

fn transparent() -> Result<(), Failed> {
    let away = NetNamespace::create()?;
    let options = Options {
        mark: Some(0x539),
        transparent: true,
        freebind: true,
        reuse_port: true,
        dual_stack: true,
        ..Options::default()
    };
    let address: SocketAddr = "198.51.100.7:0".parse()?;
    let bound = away.run(move || {
        let stream = socket::stream(address.ip(), &options)?;
        stream.bind(address)?;
        let listener = socket::listen("[::]:15008".parse().map_err(io::Error::other)?, 128, &options)?;
        Ok::<_, io::Error>((stream.local_addr()?, listener.local_addr()?))
    })??;
    check(
        bound.0.ip() == address.ip() && bound.1.port() == 15008,
        "both are bound",
    )
}
