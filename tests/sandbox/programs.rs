//! The programs under test: present, and as new as the sources they were built from.

use std::path::Path;

pub(crate) const MESHCTL: &str = env!("CARGO_BIN_EXE_meshctl");
/// Everything that a sandbox runs; all lie in one folder.
pub(crate) const PROGRAMS: [&str; 5] = ["meshctl", "mesh-control", "mesh-proxy", "mesh-node", "mesh-cni"];

/// Whether the programs beside `meshctl` are there and as new as the sources they were built from: cargo builds
/// only the programs of the crate under test, and a test must not meet a server of yesterday.
///
/// # Errors
/// The program that is missing or old, and the command that builds it.
pub(crate) fn are_fresh() -> Result<(), String> {
    let folder = Path::new(MESHCTL).parent().ok_or("meshctl has no folder")?;
    for program in PROGRAMS {
        let path = folder.join(program);
        let built = path.metadata().and_then(|found| found.modified());
        let Ok(built) = built else {
            return Err(format!(
                "`{}` is missing: run `cargo build --workspace` first",
                path.display()
            ));
        };
        // cargo writes beside each program which files it was made from
        let sources = std::fs::read_to_string(path.with_extension("d")).unwrap_or_default();
        let sources = sources.split_once(": ").map_or("", |(_, sources)| sources);
        for source in sources.split_whitespace() {
            let changed = std::fs::metadata(source).and_then(|found| found.modified());
            if changed.is_ok_and(|changed| changed > built) {
                return Err(format!(
                    "`{program}` is older than `{source}`: run `cargo build --workspace` first"
                ));
            }
        }
    }
    Ok(())
}
