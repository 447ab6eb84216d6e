//! What the proxies hold: at rest, with many connections, after them, for many pods, with a large mesh.

use std::hint::black_box;
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use mesh_wire::workload::Address;
use mesh_wire::xds::DeltaDiscoveryResponse;
use prost::Message;

use crate::control;
use crate::mesh::{PODS, Pair, Setup, World};
use crate::process::Process;
use crate::report::{Column, Reach, Row};
use crate::serve::ECHO;
use crate::usage::{Memory, cpu_here, descriptors, memory};
use crate::{Bench, Group, Outcome};

/// Open connections that do nothing.
const CONNECTIONS: usize = 10_000;
/// Workloads of a large mesh.
const WORKLOADS: u32 = 100_000;
/// After which a proxy has given back what its start needed.
const SETTLED: Duration = Duration::from_millis(6500);
/// How long idle processor time is watched.
const WATCHED: Duration = Duration::from_secs(3);
const MIB: f64 = 1_048_576.0;

const fn row(what: &'static str, unit: &'static str, limit: f64) -> Row {
    Row {
        what,
        unit,
        against: None,
        reach: Reach::AtMost(limit),
    }
}

static HELD: [Row; 5] = [
    row("resident, idle", "MiB", 6.5),
    row("anonymous, idle", "MiB", 2.0),
    row(
        "memory of an open idle connection, both proxies, at 10,000",
        "KiB",
        2.0,
    ),
    row("idle CPU with 10,000 open connections, both proxies", "ms/s", 0.6),
    row(
        "resident 10 s after 10,000 connections have closed, over idle",
        "×",
        1.3,
    ),
];
static CAPTURED: [Row; 2] = [
    row("memory of a captured pod without traffic", "KiB", 20.0),
    row("descriptors of a captured pod without traffic", "", 4.0),
];
static LARGE: [Row; 3] = [
    row("resident with 100,000 workloads", "MiB", 50.0),
    row("peak while 100,000 workloads are loaded", "MiB", 62.0),
    Row {
        what: "CPU to ready with 100,000 workloads",
        unit: "ms",
        against: Some("decoding the same bytes once with prost"),
        reach: Reach::AtMost(2.0),
    },
];

/// What is here.
pub(crate) static GROUPS: [Group; 3] = [
    Group {
        rows: &HELD,
        measure: |bench| each(bench, held),
    },
    Group {
        rows: &CAPTURED,
        measure: captured,
    },
    Group {
        rows: &LARGE,
        measure: large,
    },
];

/// What a measurement adds: a sample to a row.
type Add<'a> = dyn FnMut(&'static Row, f64) + 'a;

/// Takes a measurement of every program, round by round.
fn each(bench: &mut Bench, measure: impl Fn(&World, &mut Add<'_>) -> Outcome<()>) -> Outcome<()> {
    for _ in 0..bench.options.rounds {
        for (column, world) in &bench.worlds {
            measure(world, &mut |row, sample| {
                bench.report.add(row, *column, sample);
            })?;
        }
    }
    Ok(())
}

fn memories(pair: &Pair) -> Outcome<Vec<Memory>> {
    pair.ids().into_iter().map(memory).collect()
}

fn sum(memories: &[Memory], of: impl Fn(&Memory) -> f64) -> f64 {
    memories.iter().map(of).sum()
}

fn held(world: &World, add: &mut Add<'_>) -> Outcome<()> {
    let pair = world.start(&Setup::default())?;
    sleep(SETTLED);
    let idle = memories(&pair)?;
    let proxies = idle.len() as f64;
    add(&HELD[0], sum(&idle, |memory| memory.resident) / MIB / proxies);
    add(&HELD[1], sum(&idle, |memory| memory.anonymous) / MIB / proxies);
    let (target, count) = (world.server(ECHO).to_string(), CONNECTIONS.to_string());
    let mut holder = Process::start(world.client(), &["load", "hold", &target, &count])?;
    holder.ready()?;
    sleep(Duration::from_secs(1)); // what the last connections still cost
    let full = memories(&pair)?;
    // code that runs for the first time is no memory of a connection, so files do not count
    let grown = sum(&full, |memory| memory.anonymous) - sum(&idle, |memory| memory.anonymous);
    add(&HELD[2], grown / 1024.0 / CONNECTIONS as f64);
    let before = pair.cpu()?;
    sleep(WATCHED);
    add(&HELD[3], (pair.cpu()? - before) * 1e3 / WATCHED.as_secs_f64());
    holder.go()?;
    holder.seen()?;
    drop(holder);
    sleep(Duration::from_secs(10));
    let after = sum(&memories(&pair)?, |memory| memory.resident);
    add(&HELD[4], after / sum(&idle, |memory| memory.resident));
    Ok(())
}

/// The first node has many pods more than the second.
fn captured(bench: &mut Bench) -> Outcome<()> {
    for (_, world) in &mut bench.worlds {
        world.with_pods()?;
    }
    each(bench, |world, add| {
        let setup = Setup {
            pods: PODS,
            ..Setup::default()
        };
        let pair = world.start(&setup)?;
        sleep(SETTLED);
        let (ids, held) = (pair.ids(), memories(&pair)?);
        let [many, few] = held[..] else {
            return Err("not two proxies".into());
        };
        add(
            &CAPTURED[0],
            (many.resident - few.resident) / 1024.0 / PODS as f64,
        );
        let grown = descriptors(ids[0])? - descriptors(ids[1])?;
        add(&CAPTURED[1], grown / PODS as f64);
        Ok(())
    })
}

fn large(bench: &mut Bench) -> Outcome<()> {
    let more = control::many(WORKLOADS);
    let told: Vec<Arc<DeltaDiscoveryResponse>> = bench
        .worlds
        .iter()
        .map(|(_, world)| world.with(more.clone()))
        .collect();
    drop(more);
    let bytes = told[0].encode_to_vec();
    for _ in 0..bench.options.rounds {
        bench.report.add(&LARGE[2], Column::Yardstick, decoding(&bytes)?);
        for ((column, world), told) in bench.worlds.iter().zip(&told) {
            let setup = Setup {
                told: Some(told.clone()),
                is_alone: true,
                ..Setup::default()
            };
            let pair = world.start(&setup)?;
            sleep(SETTLED);
            let [held] = memories(&pair)?[..] else {
                return Err("not one proxy".into());
            };
            bench.report.add(&LARGE[0], *column, held.resident / MIB);
            bench.report.add(&LARGE[1], *column, held.peak / MIB);
            bench.report.add(&LARGE[2], *column, pair.cpu_to_ready * 1e3);
        }
    }
    Ok(())
}

/// Milliseconds of processor time for decoding a response and what is in it.
fn decoding(bytes: &[u8]) -> Outcome<f64> {
    let before = cpu_here()?;
    let response = DeltaDiscoveryResponse::decode(bytes)?;
    for resource in &response.resources {
        let Some(any) = &resource.resource else { continue };
        black_box(Address::decode(any.value.as_slice())?);
    }
    Ok((cpu_here()? - before) * 1e3)
}
