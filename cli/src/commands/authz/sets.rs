//! A set of objects by one word: `live`, a file or folder, a snapshot, or what Git holds.

use crate::cluster::Cluster;
use crate::context::Context;
use crate::exit::Failure;
use crate::objects::{self, Sourced};
use std::path::Path;
use std::process::Command;

/// The word for the cluster's own objects.
pub(in crate::commands) const LIVE: &str = "live";
/// What a path of a revision begins with.
const GIT: &str = "git:";

/// The objects of a set.
///
/// # Errors
/// It cannot be read.
pub(in crate::commands) async fn fetch(context: &Context, name: &str) -> Result<Vec<Sourced>, Failure> {
    if name == LIVE {
        let cluster = Cluster::connect(context).await?;
        return Box::pin(cluster.fetch_mesh_objects(&context.istio_namespace())).await;
    }
    if let Some(rest) = name.strip_prefix(GIT) {
        return of_revision(rest);
    }
    if is_snapshot(name) {
        return Ok(crate::commands::snapshot::read(name)?.sourced());
    }
    objects::read_objects(&[name.to_owned()])
}

/// Whether a file is one that `snapshot save` wrote.
fn is_snapshot(name: &str) -> bool {
    let ends = [".json", ".json.gz"].iter().any(|end| name.ends_with(end));
    ends && crate::commands::snapshot::read(name).is_ok()
}

/// `REVISION:PATH`, with the path as from here.
fn of_revision(text: &str) -> Result<Vec<Sourced>, Failure> {
    let (revision, path) = text.split_once(':').unwrap_or((text, "."));
    if revision.is_empty() || revision.starts_with('-') || path.is_empty() {
        return Err(Failure::usage(format!("invalid set `{GIT}{text}`"))
            .hint("write git:REVISION:PATH, like git:HEAD~1:manifests/"));
    }
    let path = Path::new(path);
    let folder = path.parent().filter(|parent| *parent != Path::new(""));
    let name = path.file_name().map_or(Path::new("."), Path::new);
    let failed = |error: &dyn std::error::Error| {
        Failure::new(format!("cannot read `{text}` from Git")).caused_by(error)
    };
    let output = Command::new("git")
        .arg("-C")
        .arg(folder.unwrap_or(Path::new(".")))
        .args(["archive", "--format=tar", revision, "--"])
        .arg(name)
        .output()
        .map_err(|error| failed(&error).hint("the program git must be installed"))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::new(format!("cannot read `{text}` from Git"))
            .because(told.lines().next().unwrap_or("git failed"))
            .hint("git:REVISION:PATH names a revision of this repository and a path as from here"));
    }
    let scratch = tempfile::tempdir().map_err(|error| failed(&error))?;
    tar::Archive::new(output.stdout.as_slice())
        .unpack(scratch.path())
        .map_err(|error| failed(&error))?;
    objects::read_objects(&[scratch.path().join(name).display().to_string()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(folder: &Path, words: &[&str]) {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).args(words);
        for (name, value) in [
            ("GIT_AUTHOR_NAME", "a"),
            ("GIT_AUTHOR_EMAIL", "a@b"),
            ("GIT_COMMITTER_NAME", "a"),
            ("GIT_COMMITTER_EMAIL", "a@b"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ] {
            command.env(name, value);
        }
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }

    #[test]
    fn git_gives_what_was_and_the_working_tree_what_is() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("policies/p.yaml");
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        let policy = |port: u16| {
            format!(
                "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: p, namespace: shop}}\n\
                 spec: {{rules: [{{to: [{{operation: {{ports: ['{port}']}}}}]}}]}}\n"
            )
        };
        std::fs::write(&file, policy(80)).unwrap();
        git(folder.path(), &["init", "-q"]);
        git(folder.path(), &["add", "."]);
        git(folder.path(), &["commit", "-qm", "first"]);
        std::fs::write(&file, policy(81)).unwrap();
        let port = |objects: Vec<Sourced>| {
            objects[0].object["spec"]["rules"][0]["to"][0]["operation"]["ports"][0].clone()
        };
        let whole = folder.path().join("policies").display().to_string();
        let one = file.display().to_string();
        for path in [&whole, &one] {
            assert_eq!(port(of_revision(&format!("HEAD:{path}")).unwrap()), "80");
            assert_eq!(
                port(objects::read_objects(std::slice::from_ref(path)).unwrap()),
                "81"
            );
        }
        let failure = of_revision(&format!("nothing:{whole}")).unwrap_err();
        assert!(failure.message.contains("cannot read `nothing:"), "{failure:?}");
        assert!(of_revision("--output=x:y").is_err());
    }
}
