//! What a proxy may do, what is left in its memory, and what it says.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use crate::world::{Proxy, TOKEN, World, until};

/// A PKCS#8 key of the curve P-256, up to the private number: its curve, and the SEC 1 structure's beginning.
const KEY: &[u8] = &[
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x04, 0x6d, 0x30, 0x6b, 0x02, 0x01, 0x01,
    0x04, 0x20,
];

fn threads(proxy: &Proxy<'_>) -> Vec<BTreeMap<String, String>> {
    let folder = fs::read_dir(format!("/proc/{}/task", proxy.pid())).unwrap();
    let status = folder.map(|entry| fs::read_to_string(entry.unwrap().path().join("status")).unwrap());
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_owned(), value.trim().to_owned())
    };
    status.map(|text| text.lines().map(field).collect()).collect()
}

/// Threads hold two capabilities, one of them a third to enter namespaces; all are filtered.
pub(crate) fn confined() {
    let world = World::new(0, Duration::from_hours(1));
    let proxy = world.start("proxy", &[]);
    world
        .runtime
        .block_on(world.call(b"served", &HeaderMap::new()))
        .unwrap();
    let mut held: BTreeMap<u64, usize> = BTreeMap::new();
    for thread in threads(&proxy) {
        let name = &thread["Name"];
        assert_eq!(thread["NoNewPrivs"], "1", "{name}");
        assert_eq!(thread["Seccomp"], "2", "{name}");
        // the allocator's thread is older than the program's first line, and runs none of it
        if name != "jemalloc_bg_thd" {
            let capabilities = u64::from_str_radix(&thread["CapEff"], 16).unwrap();
            *held.entry(capabilities).or_default() += 1;
        }
    }
    let (network, namespaces) = (1 << 12 | 1 << 13, 1 << 21);
    assert_eq!(
        held.keys().copied().collect::<Vec<u64>>(),
        [network, network | namespaces]
    );
    assert_eq!(held[&(network | namespaces)], 1);
    let limits = fs::read_to_string(format!("/proc/{}/limits", proxy.pid())).unwrap();
    let core = limits
        .lines()
        .find(|line| line.starts_with("Max core file size"))
        .unwrap();
    assert_eq!(core.split_whitespace().rev().nth(1), Some("0"), "{core}");
    let log = proxy.log();
    for what in [
        "privileges and core files",
        "capabilities",
        "files",
        "system calls",
    ] {
        assert!(
            log.contains(&format!("what=\"{what}\" done=yes")),
            "{what}:\n{log}"
        );
    }
}

/// A profile that a confined proxy takes of itself is one that Go's `pprof` reads.
pub(crate) fn profiled() {
    let world = World::new(0, Duration::from_hours(1));
    let proxy = world.start("proxy", &[("PROFILING", "true")]);
    let answer = std::thread::scope(|threads| {
        let taken = threads.spawn(|| proxy.get_bytes(15000, "/debug/pprof/profile?seconds=2&frequency=1000"));
        while !taken.is_finished() {
            world
                .runtime
                .block_on(world.call(b"served", &HeaderMap::new()))
                .unwrap();
        }
        taken.join().unwrap().unwrap()
    });
    let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&answer[..end]);
    assert!(head.starts_with("HTTP/1.0 200"), "{head}");
    fs::write(world.path("profile"), &answer[end + 4..]).unwrap();
    // on the path, or where `tests/foreign/build` has put it
    let fetched = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/tools/go-toolchain/go/bin");
    let path = format!("{}:{fetched}", std::env::var("PATH").unwrap());
    let mut pprof = std::process::Command::new("go");
    pprof.env("PATH", path);
    pprof.args(["tool", "pprof", "-raw"]).arg(world.path("profile"));
    let read = pprof.output().unwrap();
    let (shown, wrong) = (
        String::from_utf8_lossy(&read.stdout),
        String::from_utf8_lossy(&read.stderr),
    );
    assert!(read.status.success(), "{wrong}");
    for expected in ["samples/count cpu/nanoseconds", "Locations", "mesh-proxy"] {
        assert!(shown.contains(expected), "{expected}:\n{shown}");
    }
    let samples = shown.lines().skip_while(|line| !line.starts_with("samples/"));
    let counted = samples.skip(1).take_while(|line| *line != "Locations").count();
    assert!(counted >= 5, "{shown}");
}

/// The bytes of a process that it may write, piece by piece.
fn pieces(proxy: &Proxy<'_>, mut look: impl FnMut(&[u8])) {
    let pid = proxy.pid();
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap();
    let mut memory = fs::File::open(format!("/proc/{pid}/mem")).unwrap();
    for line in maps.lines().filter(|line| line.contains(" rw")) {
        let (from, to) = line.split_once(' ').unwrap().0.split_once('-').unwrap();
        let (from, to) = (
            u64::from_str_radix(from, 16).unwrap(),
            u64::from_str_radix(to, 16).unwrap(),
        );
        let mut bytes = vec![0; usize::try_from(to - from).unwrap()];
        memory.seek(SeekFrom::Start(from)).unwrap();
        // pages may go meanwhile
        if memory.read_exact(&mut bytes).is_ok() {
            look(&bytes);
        }
    }
}

fn count(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).filter(|window| *window == what).count()
}

/// A hundred identities have their keys replaced a thousand times.
pub(crate) fn keys_are_wiped() {
    let identities = 100;
    let world = World::new(identities, Duration::from_secs(3));
    let proxy = world.start("proxy", &[]);
    until("a thousand certificates", || {
        (world.authority.asked.lock().unwrap().len() > 1_000 + identities).then_some(())
    });
    let (mut keys, mut tokens) = (0, 0);
    pieces(&proxy, |bytes| {
        keys += count(bytes, KEY);
        tokens += count(bytes, TOKEN.as_bytes());
    });
    // a hundred are in use, and none of them in the form in which it was made; what libraries have freed
    // themselves is soon overwritten
    assert!(keys <= 32, "{keys} keys");
    // the connection that is open may hold what it sends with each request
    assert!(tokens <= 64, "{tokens} tokens");
}

/// The canaries of the log: token, requests, keys, payload, headers.
pub(crate) fn nothing_is_logged() {
    let world = World::new(3, Duration::from_hours(1));
    let proxy = world.start("proxy", &[("RUST_LOG", "trace")]);
    let mut headers = HeaderMap::new();
    headers.insert("x-password", HeaderValue::from_static("canary-header-91ab"));
    headers.insert("cookie", HeaderValue::from_static("session=canary-cookie-2f0e"));
    for _ in 0..5 {
        let call = world.call(b"canary-payload-55c3", &headers);
        world.runtime.block_on(call).unwrap();
    }
    for (port, path) in [(15000, "/config_dump"), (15000, "/"), (15020, "/metrics")] {
        let page = proxy.get(port, path).unwrap();
        assert!(page.starts_with("HTTP/1.0 200"), "{page}");
        assert!(
            !page.contains("canary") && !page.contains("PRIVATE KEY"),
            "{path}"
        );
    }
    proxy.terminate();
    let path = world.path("proxy.log");
    assert!(proxy.wait().success());
    let log = fs::read_to_string(path).unwrap();
    assert!(
        log.lines().count() > 100 && log.contains("\ttrace\t"),
        "it was at trace level"
    );
    let requests = world.authority.asked.lock().unwrap().clone();
    assert!(requests.len() >= 4, "{}", requests.len());
    let bodies = requests.iter().filter_map(|request| request.lines().nth(1));
    let canaries = ["canary-", "PRIVATE KEY", "CERTIFICATE REQUEST"]
        .into_iter()
        .chain(bodies);
    for canary in canaries {
        let found = log.lines().find(|line| line.contains(canary));
        assert_eq!(found, None, "{canary}");
    }
}
