//! From answers to text: tables, documents, messages. Results go to stdout, all else to stderr.

pub mod columns;
pub mod data;
pub mod jsonpath;
pub mod junit;
pub mod list;
pub mod message;
pub mod output;
pub mod page;
pub mod table;

use crate::exit::Failure;
use std::io::{ErrorKind, Write};

/// Writes a result to stdout. A reader who went away is not an error anyone wants to read.
///
/// # Errors
/// stdout cannot be written.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::broken_pipe()),
        Err(error) => Err(Failure::new("cannot write the result").caused_by(&error)),
    }
}
