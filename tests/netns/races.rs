//! Somebody changes the rules of a pod at the very moment at which they are looked at.

use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;
use mesh_node::redirect::put::{Existing, Newcomer, Put, PutError, Wanted, put};
use mesh_node::redirect::writer::Writer;
use mesh_node::redirect::{self, Families, Family, PodCapture, nft, routing};
use mesh_sys::netns::NetnsError;

use crate::harness::{Need, Suite};
use crate::world::{POD, World};

/// How often, each time a little later.
const ROUNDS: u32 = 150;
const LATER: Duration = Duration::from_micros(20);

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    suite.test(
        "a_flush_beside_a_repair_is_never_taken_for_what_was_seen",
        needs,
        flushed_beside,
    );
}

/// The route of a pod is put back while somebody else flushes its tables: the next look must not trust what the first
/// one has seen.
fn flushed_beside() -> Result<(), Failed> {
    let world = World::new()?;
    let capture = PodCapture {
        families: Families::Both,
        ..PodCapture::default()
    };
    let rules = redirect::pod(&capture);
    let look = |last: Option<&Put>| -> Result<Result<Put, PutError>, NetnsError> {
        let wanted = Wanted {
            writer: Writer::Netlink,
            capture: capture.clone(),
            addresses: vec![POD.parse().expect("a literal")],
            preserved: last.map(|last| last.preserved.clone()),
            newcomer: Newcomer::No,
            existing: Existing::Replace,
            seen: last.and_then(|last| last.seen),
        };
        world.pod.run(|| put(&wanted))
    };
    for round in 0..ROUNDS {
        let first = look(None)??;
        world.pod.run(|| routing::remove(Family::V4))??;
        let second = thread::scope(|scope| {
            let flush = scope.spawn(|| {
                thread::sleep(LATER * round);
                world.pod.run(nft::remove)
            });
            let second = look(Some(&first));
            flush.join().map_err(|_| Failed::from("the flush panicked"))???;
            Ok::<_, Failed>(second??)
        })?;
        look(Some(&second))??;
        if !world.pod.run(|| nft::holds(&rules))?? {
            return Err(format!("round {round}: flushed rules count as seen").into());
        }
    }
    Ok(())
}
