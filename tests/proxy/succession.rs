//! Two proxies overlap, one goes.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use http::HeaderMap;

use crate::world::World;

const ROUNDS: usize = 6;
const CALLERS: usize = 8;

/// Calls, each on a tunnel of its own, go on while proxies come and go.
pub(crate) fn calls_go_on() {
    let world = World::new(0, Duration::from_hours(1));
    let stop = Arc::new(AtomicBool::new(false));
    let made = AtomicUsize::new(0);
    let mut serving = world.start("proxy-0", &[]);
    std::thread::scope(|scope| {
        let calling = |_| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let called = world.runtime.block_on(world.call(b"call", &HeaderMap::new()));
                    if let Err(error) = called {
                        stop.store(true, Ordering::Relaxed);
                        return Err(error.to_string());
                    }
                    made.fetch_add(1, Ordering::Relaxed);
                }
                Ok(())
            })
        };
        let callers: Vec<_> = (0..CALLERS).map(calling).collect();
        for round in 1..=ROUNDS {
            let next = world.start(&format!("proxy-{round}"), &[]);
            let before = made.load(Ordering::Relaxed);
            crate::world::until("calls while two serve", || {
                let enough = made.load(Ordering::Relaxed) > before + 20;
                (enough || stop.load(Ordering::Relaxed)).then_some(())
            });
            serving.terminate();
            let gone = std::mem::replace(&mut serving, next);
            assert!(gone.wait().success());
        }
        stop.store(true, Ordering::Relaxed);
        for caller in callers {
            caller.join().unwrap().unwrap();
        }
    });
    assert!(made.into_inner() > ROUNDS * 20);
}
