//! How much a peer may ask of us without getting anything done (pure): `spec/security.md` §9.

use std::time::Duration;

use crate::hbone::error::Error;
use crate::hbone::frame::Reason;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flood {
    /// Streams reset before they were answered, and what makes us reset them.
    Reset,
    /// PING.
    Ping,
    /// SETTINGS.
    Settings,
    /// DATA without a byte and without an end.
    EmptyData,
    /// PRIORITY, which means nothing any more.
    Priority,
    /// Frames nobody knows.
    Unknown,
    /// `WINDOW_UPDATE` of less than is worth a frame.
    TinyWindow,
}

const KINDS: usize = 7;

impl Flood {
    fn limit(self) -> (u32, Duration) {
        match self {
            Self::Reset => (200, Duration::from_secs(10)),
            Self::TinyWindow => (10_000, Duration::from_secs(1)),
            _ => (100, Duration::from_secs(1)),
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Reset => "h2_reset_flood",
            Self::Ping => "h2_ping_flood",
            Self::Settings => "h2_settings_flood",
            Self::EmptyData => "h2_empty_data_flood",
            Self::Priority => "h2_priority_flood",
            Self::Unknown => "h2_unknown_flood",
            Self::TinyWindow => "h2_window_flood",
        }
    }
}

/// Counts of one connection. Times are since its beginning.
#[derive(Debug, Default)]
pub struct Floods([(Duration, u32); KINDS]);

impl Floods {
    /// Counts one; an error if that was one too many.
    pub fn count(&mut self, flood: Flood, now: Duration) -> Result<(), Error> {
        let (limit, period) = flood.limit();
        let (since, count) = &mut self.0[flood as usize];
        if now.saturating_sub(*since) >= period {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        if *count > limit {
            return Err(Error::broken(Reason::ENHANCE_YOUR_CALM, flood.word()));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn security_9_floods_end_where_the_limit_is_and_a_steady_flow_does_not() {
        let mut floods = Floods::default();
        let at = Duration::from_millis;
        for _ in 0..100 {
            floods.count(Flood::Ping, at(10)).unwrap();
        }
        let error = floods.count(Flood::Ping, at(999)).unwrap_err();
        assert_eq!(
            (error.reason(), error.word()),
            (Some(Reason::ENHANCE_YOUR_CALM), "h2_ping_flood")
        );
        floods.count(Flood::Settings, at(999)).unwrap();
        for second in 1..100 {
            for _ in 0..100 {
                floods.count(Flood::Ping, at(second * 1_000)).unwrap();
            }
        }
        for _ in 0..200 {
            floods.count(Flood::Reset, at(0)).unwrap();
        }
        assert!(floods.count(Flood::Reset, at(9_999)).is_err());
    }
}
