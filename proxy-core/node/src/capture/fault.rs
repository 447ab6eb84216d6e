//! Where a capture may be cut off: tests end the agent between any two steps and look at what the next one makes of it.

use std::fmt;
use std::sync::Arc;

/// The steps of a capture, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The pod is remembered: a proxy that connects now keeps it.
    Remembered,
    /// Its rules are written.
    Ruled,
    /// The proxy has acknowledged it.
    Served,
    /// Its addresses are in the node's probe sets.
    Exempted,
    /// The annotation says so.
    Annotated,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Remembered,
        Self::Ruled,
        Self::Served,
        Self::Exempted,
        Self::Annotated,
    ];
}

type Cuts = dyn Fn(Step) -> bool + Send + Sync;

/// Decides where captures stop for good; in life nowhere.
#[derive(Clone, Default)]
pub struct Fault(Option<Arc<Cuts>>);

impl fmt::Debug for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Fault").field(&self.0.is_some()).finish()
    }
}

impl Fault {
    /// Stops every capture after the steps for which `cuts` says so.
    #[must_use]
    pub fn new(cuts: impl Fn(Step) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(cuts)))
    }

    /// A step is over. Does not return where the capture is cut off.
    pub(super) async fn after(&self, step: Step) {
        if self.0.as_ref().is_some_and(|cuts| cuts(step)) {
            std::future::pending::<()>().await;
        }
    }
}
