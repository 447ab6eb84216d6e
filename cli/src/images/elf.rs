//! What a program asks of the root it runs in: its machine, its loader, its libraries. (pure)

use std::fmt::{self, Display};

/// What a program runs on, as images name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// x86-64.
    Amd64,
    /// aarch64.
    Arm64,
}

impl Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Amd64 => "amd64",
            Self::Arm64 => "arm64",
        })
    }
}

/// What was read of a program or library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elf {
    /// Its machine.
    pub architecture: Architecture,
    /// The loader it asks for, as a path.
    pub interpreter: Option<String>,
    /// The libraries it asks for, as names.
    pub needed: Vec<String>,
}

/// Why a file is not a program for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ElfError {
    /// It is something else.
    #[error("it is not an ELF program of 64 bits, little-endian")]
    NotElf,
    /// It is cut short, or its tables point outside of it.
    #[error("it is cut short or damaged")]
    Damaged,
    /// It is for a machine that no image of ours is for.
    #[error("it is for machine {0}, which is neither x86-64 nor aarch64")]
    Machine(u16),
}

/// Kinds of program headers.
const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;
/// Kinds of dynamic entries.
const END: u64 = 0;
const NEEDED: u64 = 1;
const STRINGS: u64 = 5;

/// One program header.
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

/// Reads a program or library.
///
/// # Errors
/// Anything that is not an ELF file for a machine of ours.
pub fn read(bytes: &[u8]) -> Result<Elf, ElfError> {
    if !bytes.starts_with(b"\x7fELF\x02\x01") {
        return Err(ElfError::NotElf);
    }
    let half = |at: u64| array(bytes, at).map(u16::from_le_bytes);
    let architecture = match half(18)? {
        62 => Architecture::Amd64,
        183 => Architecture::Arm64,
        other => return Err(ElfError::Machine(other)),
    };
    let table = word(bytes, 32)?;
    let (size, count) = (u64::from(half(54)?), u64::from(half(56)?));
    let mut segments = Vec::new();
    for index in 0..count {
        let at = table.checked_add(size * index).ok_or(ElfError::Damaged)?;
        segments.push(segment(bytes, at)?);
    }
    let of_kind = |kind| segments.iter().find(move |segment| segment.kind == kind);
    let interpreter = match of_kind(INTERPRETER) {
        Some(found) => Some(text(bytes, found.offset)?),
        None => None,
    };
    let needed = match of_kind(DYNAMIC) {
        Some(found) => needed(bytes, found, &segments)?,
        None => Vec::new(),
    };
    Ok(Elf {
        architecture,
        interpreter,
        needed,
    })
}

fn segment(bytes: &[u8], at: u64) -> Result<Segment, ElfError> {
    let field = |offset: u64| at.checked_add(offset).ok_or(ElfError::Damaged);
    Ok(Segment {
        kind: array(bytes, at).map(u32::from_le_bytes)?,
        offset: word(bytes, field(8)?)?,
        address: word(bytes, field(16)?)?,
        size: word(bytes, field(32)?)?,
    })
}

/// The names in the dynamic table. The table gives addresses; the loaded segments say where these are in the file.
fn needed(bytes: &[u8], table: &Segment, segments: &[Segment]) -> Result<Vec<String>, ElfError> {
    let (mut names, mut strings) = (Vec::new(), None);
    for entry in 0..table.size / 16 {
        let at = table.offset.checked_add(entry * 16).ok_or(ElfError::Damaged)?;
        let value = word(bytes, at.checked_add(8).ok_or(ElfError::Damaged)?)?;
        match word(bytes, at)? {
            END => break,
            NEEDED => names.push(value),
            STRINGS => strings = Some(value),
            _ => {}
        }
    }
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let address = strings.ok_or(ElfError::Damaged)?;
    let holder = segments.iter().find_map(|segment| {
        let inside = address.checked_sub(segment.address)?;
        (segment.kind == LOAD && inside < segment.size).then(|| segment.offset.checked_add(inside))?
    });
    let base = holder.ok_or(ElfError::Damaged)?;
    let name = |offset: u64| text(bytes, base.checked_add(offset).ok_or(ElfError::Damaged)?);
    names.into_iter().map(name).collect()
}

fn text(bytes: &[u8], at: u64) -> Result<String, ElfError> {
    let at = usize::try_from(at).map_err(|_| ElfError::Damaged)?;
    let rest = bytes.get(at..).ok_or(ElfError::Damaged)?;
    let end = rest.iter().position(|byte| *byte == 0).ok_or(ElfError::Damaged)?;
    let name = std::str::from_utf8(&rest[..end]).map_err(|_| ElfError::Damaged)?;
    Ok(name.to_owned())
}

fn word(bytes: &[u8], at: u64) -> Result<u64, ElfError> {
    array(bytes, at).map(u64::from_le_bytes)
}

fn array<const N: usize>(bytes: &[u8], at: u64) -> Result<[u8; N], ElfError> {
    let at = usize::try_from(at).map_err(|_| ElfError::Damaged)?;
    let end = at.checked_add(N).ok_or(ElfError::Damaged)?;
    let found = bytes.get(at..end).ok_or(ElfError::Damaged)?;
    found.try_into().map_err(|_| ElfError::Damaged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::images::tests::program;

    #[test]
    fn static_programs_ask_for_nothing() {
        for (machine, architecture) in [(62, Architecture::Amd64), (183, Architecture::Arm64)] {
            let expected = Elf {
                architecture,
                interpreter: None,
                needed: Vec::new(),
            };
            assert_eq!(read(&program(machine)), Ok(expected));
        }
        assert_eq!(read(&program(243)), Err(ElfError::Machine(243)));
        for other in [b"#!/bin/sh\n".as_slice(), b""] {
            assert_eq!(read(other), Err(ElfError::NotElf));
        }
    }

    #[test]
    fn this_test_asks_for_a_loader_and_the_c_library() {
        let own = read(&std::fs::read(std::env::current_exe().unwrap()).unwrap()).unwrap();
        assert!(own.interpreter.unwrap().contains("/ld-"));
        assert!(own.needed.contains(&"libc.so.6".to_owned()), "{:?}", own.needed);
    }

    #[test]
    fn a_damaged_file_is_an_error_and_no_panic() {
        let whole = program(62);
        for length in 0..whole.len() - 16 {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        for (at, kind) in [(32, LOAD), (72, INTERPRETER), (72, DYNAMIC)] {
            let mut far = program(62);
            far[64..68].copy_from_slice(&kind.to_le_bytes());
            far[96..104].copy_from_slice(&64_u64.to_le_bytes());
            far[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
            assert_eq!(read(&far), Err(ElfError::Damaged), "{at}");
        }
    }
}
