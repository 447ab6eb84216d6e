//! Lines on stderr, which every part of a sandbox has as its log.

use std::io::Write;
use tracing_subscriber::EnvFilter;

/// Starts structured logging on stderr.
pub(crate) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(false)
        .with_writer(std::io::stderr);
    drop(builder.try_init());
}

/// Writes one line to stderr, for stages that have no logger.
pub(crate) fn line(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
