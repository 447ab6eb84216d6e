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

/// Which scene a child of this program plays.
const SCENE: &str = "MESH_NAMESPACES_SCENE";

fn main() -> ExitCode {
    if let Ok(scene) = std::env::var(SCENE) {
        return play(&scene);
    }
    let mut suite = Suite::default();
    let needs = [Need::Root];
    suite.test(
        "security_p4_a_thread_that_cannot_come_home_ends_the_process",
        &needs,
        stranded,
    );
    suite.test(
        "security_p6_a_confined_process_makes_sockets_in_pods_and_nothing_else",
        &needs,
        confined,
    );
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

/// Ends with what a child says; its last line is the verdict.
fn child(scene: &str) -> io::Result<std::process::Output> {
    std::process::Command::new(std::env::current_exe()?)
        .env(SCENE, scene)
        .output()
}

fn play(scene: &str) -> ExitCode {
    let played = match scene {
        "stranded" => play_stranded(),
        _ => play_confined(),
    };
    let said = played.unwrap_or_else(|error| format!("failed: {error:?}"));
    mesh_sys::program::print(&said).map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS)
}

/// A job gives away the right to come home.
fn play_stranded() -> Result<String, Failed> {
    let away = NetNamespace::create()?;
    let worker = Worker::start()?;
    runtime()?.block_on(async {
        let nobody = nix::unistd::Uid::from_raw(65534);
        mesh_sys::program::print("inside\n").map_err(|error| error.to_string())?;
        worker.run(&away, move || nix::unistd::setuid(nobody)).await??;
        // a socket of the wrong namespace would be made here
        worker.run(&away, || TcpListener::bind("127.0.0.1:0")).await??;
        Ok("went on".to_owned())
    })
}

fn stranded() -> Result<(), Failed> {
    use std::os::unix::process::ExitStatusExt;
    let output = child("stranded")?;
    let text = String::from_utf8_lossy(&output.stdout);
    check(text.trim() == "inside", &text)?;
    check(
        output.status.signal() == Some(nix::libc::SIGABRT),
        &format!("{:?}", output.status),
    )
}

fn play_confined() -> Result<String, Failed> {
    use mesh_sys::confine::{self, Done};
    let folder = tempfile::tempdir()?;
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    for place in [&inside, &outside] {
        fs::create_dir(place)?;
        fs::write(place.join("file"), "text")?;
    }
    let away = NetNamespace::create()?;
    let network = confine::NET_ADMIN | confine::NET_RAW;
    let told = [
        confine::keep_to_itself(),
        confine::keep_capabilities(network | confine::SYS_ADMIN),
    ];
    let worker = Worker::start()?;
    let more = [
        confine::keep_capabilities(network),
        // a folder that is not there yet stands for the one around it
        confine::read_only_below(&["/proc".into(), inside.join("later")]),
        confine::only_known_calls(),
    ];
    for done in told.iter().chain(&more) {
        check(matches!(done, Done::Fully | Done::Partly), &done.to_string())?;
    }
    let code = |error: io::Error| error.raw_os_error();
    let denied = Some(nix::libc::EACCES);
    check(
        fs::read(inside.join("file")).is_ok(),
        "files of the list are read",
    )?;
    let read = fs::read(outside.join("file")).map_err(code);
    check(read == Err(denied), &format!("other files: {read:?}"))?;
    let written = fs::write(inside.join("file"), "x").map_err(code);
    check(written == Err(denied), &format!("writing: {written:?}"))?;
    let executed = std::process::Command::new("/bin/true").status().map_err(code);
    check(executed.is_err(), &format!("executing: {executed:?}"))?;
    let left = nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNET);
    check(
        left == Err(nix::errno::Errno::EPERM),
        &format!("unshare: {left:?}"),
    )?;
    let changed = nix::unistd::setuid(nix::unistd::Uid::from_raw(65534));
    check(
        changed == Err(nix::errno::Errno::EPERM),
        &format!("setuid: {changed:?}"),
    )?;
    let killed = nix::sys::signal::kill(nix::unistd::Pid::from_raw(1), None);
    check(
        killed == Err(nix::errno::Errno::EPERM),
        &format!("kill: {killed:?}"),
    )?;
    // nor does another thread of it enter namespaces; the one that may still does
    let entered = away.run(|| ()).is_err();
    check(entered, "only the worker enters namespaces")?;
    let home = NetNamespace::current()?;
    let (made, back) = runtime()?.block_on(async {
        let made = worker.run(&away, || TcpListener::bind("127.0.0.1:0")).await??;
        let back = worker.run(&home, NetNamespace::current).await??;
        Ok::<_, Failed>((made, back))
    })?;
    check(made.local_addr().is_ok() && back == home, "sockets in pods")?;
    Ok("all as it should be".to_owned())
}

fn confined() -> Result<(), Failed> {
    let output = child("confined")?;
    let text = String::from_utf8_lossy(&output.stdout);
    check(text.trim() == "all as it should be", &text)
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
