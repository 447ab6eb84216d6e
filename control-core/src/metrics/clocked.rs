//! What changes by itself: how long certificates still last, and how long this server has run.

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use tokio::time::Instant;

use crate::ca::root::now;

/// Computed whenever somebody asks.
#[derive(Debug)]
pub(super) struct Clocked {
    pub(super) root: Gauge<i64>,
    pub(super) chain: Gauge<i64>,
    pub(super) began: Instant,
}

impl Collector for Clocked {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let left = |end: &Gauge<i64>| match end.get() {
            // nothing is signed here
            0 => 0,
            end => end.saturating_sub(now()),
        };
        let uptime = self.began.elapsed().as_secs();
        for (name, help, value) in [
            (
                "citadel_server_root_cert_expiry_seconds",
                "Until the end of the root",
                left(&self.root),
            ),
            (
                "citadel_server_cert_chain_expiry_seconds",
                "Until the end of the chain",
                left(&self.chain),
            ),
            (
                "istiod_uptime_seconds",
                "How long it has run",
                i64::try_from(uptime).unwrap_or(i64::MAX),
            ),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
