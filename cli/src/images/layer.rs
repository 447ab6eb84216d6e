//! The one layer of an image: its programs, the folders above them, and what an empty root lacks. (pure)

use flate2::{Compression, GzBuilder};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};
use tar::{Builder, EntryType, Header};

/// Without it a static resolver would ask DNS before the pod's hosts file.
const NAME_SERVICE: (&str, &[u8]) = (
    "/etc/nsswitch.conf",
    include_bytes!("../../../manifests/images/nsswitch.conf"),
);

/// Packs programs (path → content) into a tar; the same programs give the same bytes.
///
/// # Errors
/// A path that no tar can hold.
pub fn pack(programs: &BTreeMap<String, Vec<u8>>) -> io::Result<Vec<u8>> {
    let mut files: BTreeMap<&str, (&[u8], u32)> = BTreeMap::new();
    files.insert(NAME_SERVICE.0, (NAME_SERVICE.1, 0o644));
    files.extend(
        programs
            .iter()
            .map(|(path, bytes)| (path.as_str(), (bytes.as_slice(), 0o755))),
    );
    let mut folders = BTreeSet::from(["/tmp"]);
    for path in files.keys() {
        folders.extend(
            path.match_indices('/')
                .filter(|(at, _)| *at > 0)
                .map(|(at, _)| &path[..at]),
        );
    }
    let mut tar = Builder::new(Vec::new());
    for folder in folders {
        let mode = if folder == "/tmp" { 0o1777 } else { 0o755 };
        let path = format!("{}/", folder.trim_start_matches('/'));
        append(&mut tar, EntryType::Directory, &path, (&[], mode))?;
    }
    for (path, file) in files {
        append(&mut tar, EntryType::Regular, path.trim_start_matches('/'), file)?;
    }
    tar.into_inner()
}

/// Adds an entry that depends on nothing but its arguments.
pub(super) fn append(
    tar: &mut Builder<impl Write>,
    kind: EntryType,
    path: &str,
    (bytes, mode): (&[u8], u32),
) -> io::Result<()> {
    let mut header = Header::new_ustar();
    header.set_entry_type(kind);
    header.set_path(path)?;
    header.set_mode(mode);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(bytes.len() as u64);
    header.set_cksum();
    tar.append(&header, bytes)
}

/// Compresses a layer, without a time or a name in the header.
///
/// # Errors
/// None that a buffer in memory gives.
pub fn compress(tar: &[u8]) -> io::Result<Vec<u8>> {
    let mut gzip = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::default());
    gzip.write_all(tar)?;
    gzip.finish()
}
