//! Entering the network of a running sandbox from outside, for the watcher of its links.

use crate::error::{Failure, Named, Result};
use crate::state::StateDir;
use nix::sched::{CloneFlags, setns};
use std::fs::File;

/// Moves this process, which must have one thread, into the user and network namespaces of the sandbox.
///
/// # Errors
/// No such sandbox runs, or it belongs to another user.
pub fn enter_network(name: &str) -> Result<()> {
    let state = StateDir::of(name)?;
    let journal = state.find_journal().filter(|_| state.is_running());
    let journal = journal.ok_or_else(|| {
        Failure::new(format!("no sandbox `{name}` runs"))
            .with_hint("`meshctl sandbox status` lists those that do")
    })?;
    let open = |namespace: &str| {
        let path = format!("/proc/{}/ns/{namespace}", journal.root);
        File::open(&path).named(|| format!("cannot open `{path}`"))
    };
    // both are opened before the first is entered: inside, the paths may be out of reach
    let (user, network) = (open("user")?, open("net")?);
    let what = || format!("cannot enter the network of the sandbox `{name}`");
    setns(user, CloneFlags::CLONE_NEWUSER).named(what)?;
    setns(network, CloneFlags::CLONE_NEWNET).named(what)
}
