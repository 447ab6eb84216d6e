//! What a node proxy knows, read from its dump and shown as the reference shows it (`spec/cli.md` 2, 3).

pub mod certificates;
pub mod connections;
pub mod dump;
pub mod lag;
pub mod levels;
pub mod select;
pub mod tables;
