//! Threads that go into network namespaces come back.

use std::panic::{AssertUnwindSafe, catch_unwind};

use libtest_mimic::Failed;
use mesh_sys::netns::NetNamespace;

use crate::harness::{Need, Suite};
use crate::world::same;

/// Adds the tests of this file.
pub(crate) fn add(suite: &mut Suite, needs: &[Need]) {
    suite.test(
        "a_thread_that_visits_a_namespace_is_back_afterwards",
        needs,
        visited,
    );
}

fn visited() -> Result<(), Failed> {
    let (own, other) = (NetNamespace::current()?, NetNamespace::create()?);
    same(other.visit(NetNamespace::current)??, other.clone())?;
    same(NetNamespace::current()?, own.clone())?;
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _ = other.visit(|| panic!("on purpose"));
    }));
    same(unwound.is_err(), true)?;
    same(NetNamespace::current()?, own)
}
