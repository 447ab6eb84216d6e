//! What every process tells of itself, under the names that everybody knows.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mesh_sys::process::{descriptors, processor_time, usage};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

/// Computed whenever somebody asks.
#[derive(Debug)]
pub(super) struct Process {
    /// Since the epoch.
    began: Duration,
}

impl Process {
    /// This process, which has just begun.
    pub(super) fn now() -> Self {
        Self {
            began: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
        }
    }
}

impl Collector for Process {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let used = ConstCounter::new(processor_time().as_secs_f64());
        let help = "Processor time in seconds";
        used.encode(encoder.encode_descriptor("process_cpu_seconds", help, None, used.metric_type())?)?;
        let (open, limit) = descriptors();
        let resident = usage(std::process::id()).map_or(0, |usage| usage.resident);
        let small = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        for (name, help, value) in [
            ("process_open_fds", "Open descriptors", small(open as u64)),
            ("process_max_fds", "Descriptors it may open", small(limit)),
            (
                "process_resident_memory_bytes",
                "Resident memory",
                small(resident),
            ),
            (
                "process_start_time_seconds",
                "Start, since the epoch",
                small(self.began.as_secs()),
            ),
        ] {
            let gauge = ConstGauge::new(value);
            gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
        }
        Ok(())
    }
}
