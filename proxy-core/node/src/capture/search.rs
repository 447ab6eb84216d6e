//! Finds a pod's network namespace; many who search at a time look at the node's processes once.

use std::net::IpAddr;
use std::sync::Arc;

use mesh_sys::netns::NetNamespace;
use tokio::time::Instant;

use super::Keeper;
use super::error::CaptureError;
use crate::pods::Uid;

impl Keeper {
    /// Looks through the node's processes. Whoever waits while another looks takes what that one saw, if it began to
    /// look at `asked` or later.
    pub(super) async fn search(
        &self,
        uid: &Uid,
        addresses: &[IpAddr],
        asked: Instant,
    ) -> Result<NetNamespace, CaptureError> {
        let mut last = self.census.lock().await;
        let (began, census) = if let Some(fresh) = last.take().filter(|(began, _)| *began >= asked) {
            fresh
        } else {
            let (began, finder) = (Instant::now(), self.tools.finder.clone());
            let looked = tokio::task::spawn_blocking(move || finder.census()).await;
            let census = looked.map_err(|_| CaptureError::Stopping)?;
            (began, Arc::new(census.map_err(CaptureError::Search)?))
        };
        *last = Some((began, census.clone()));
        drop(last);
        let (finder, uid, addresses) = (self.tools.finder.clone(), uid.clone(), addresses.to_vec());
        let found = tokio::task::spawn_blocking(move || finder.find(&census, &uid, &addresses)).await;
        found
            .map_err(|_| CaptureError::Stopping)?
            .map_err(CaptureError::Search)
    }
}
