//! A pod's volumes on the node: folders, and files that follow their objects while the pod runs.

use crate::node::context::{NodeContext, uid, volumes_dir};
use crate::node::payload::{self, Files, Pick, Tokens};
use k8s_openapi::api::core::v1::{Container, HostPathVolumeSource, Pod, Volume, VolumeMount};
use std::collections::BTreeMap;
use std::fs::{self, Permissions};
use std::os::unix::fs::{FileTypeExt, PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// The pod's volumes by name.
#[derive(Debug, Default)]
pub(crate) struct Volumes {
    paths: BTreeMap<String, PathBuf>,
    tokens: Tokens,
}

/// Why a pod has to wait for its volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub(crate) volume: String,
    pub(crate) reason: String,
}

impl Volumes {
    /// Makes every volume, or says which one is missing.
    pub(crate) async fn prepare(&mut self, node: &NodeContext, pod: &Pod) -> Result<(), Blocked> {
        for volume in &wanted(pod) {
            let path = self.prepare_one(node, pod, volume).await;
            let path = path.map_err(|reason| Blocked {
                volume: volume.name.clone(),
                reason,
            })?;
            self.paths.insert(volume.name.clone(), path);
        }
        Ok(())
    }

    /// Brings files up to date; what cannot be read now stays as it was.
    pub(crate) async fn refresh(&mut self, node: &NodeContext, pod: &Pod) {
        for volume in wanted(pod).iter().filter(|volume| is_live(volume)) {
            drop(self.prepare_one(node, pod, volume).await);
        }
    }

    async fn prepare_one(
        &mut self,
        node: &NodeContext,
        pod: &Pod,
        volume: &Volume,
    ) -> Result<PathBuf, String> {
        let dir = volumes_dir(&uid(pod)).join(&volume.name);
        if let Some(source) = &volume.host_path {
            return host_path(source);
        }
        if volume.empty_dir.is_some() {
            make(&dir, 0o777)?;
            own(node, pod, &dir);
            return Ok(dir);
        }
        let mode = |mode: Option<i32>| mode.and_then(|mode| u32::try_from(mode).ok()).unwrap_or(0o644);
        let files = if let Some(source) = &volume.config_map {
            let pick = Pick {
                items: &source.items,
                mode: mode(source.default_mode),
                optional: source.optional == Some(true),
            };
            payload::config_map(node, pod, &source.name, pick).await?
        } else if let Some(source) = &volume.secret {
            let pick = Pick {
                items: &source.items,
                mode: mode(source.default_mode),
                optional: source.optional == Some(true),
            };
            payload::secret(node, pod, source.secret_name.as_deref().unwrap_or_default(), pick).await?
        } else if let Some(source) = &volume.downward_api {
            payload::downward(
                node,
                pod,
                source.items.as_deref().unwrap_or_default(),
                mode(source.default_mode),
            )?
        } else if let Some(source) = &volume.projected {
            let sources = source.sources.as_deref().unwrap_or_default();
            payload::projected(node, pod, sources, mode(source.default_mode), &mut self.tokens).await?
        } else {
            return Err("volumes of this kind are not supported in the sandbox".to_owned());
        };
        make(&dir, 0o755)?;
        publish(&dir, &files).map_err(|error| error.to_string())?;
        Ok(dir)
    }

    /// What a mount shows: the volume, or the part that `subPath` names.
    pub(crate) fn source(
        &self,
        mount: &VolumeMount,
        expand: impl Fn(&str) -> String,
    ) -> Result<PathBuf, String> {
        let volume = self
            .paths
            .get(&mount.name)
            .ok_or_else(|| format!("there is no volume {}", mount.name))?;
        let part = mount
            .sub_path
            .clone()
            .or_else(|| mount.sub_path_expr.as_deref().map(expand))
            .unwrap_or_default();
        if part.is_empty() {
            return Ok(volume.clone());
        }
        let inside = Path::new(&part)
            .components()
            .all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if !inside {
            return Err(format!("subPath {part} leads out of the volume {}", mount.name));
        }
        let path = volume.join(part);
        if !path.exists() {
            make(&path, 0o777)?;
        }
        path.canonicalize().map_err(|error| error.to_string())
    }
}

fn wanted(pod: &Pod) -> Vec<Volume> {
    pod.spec
        .as_ref()
        .and_then(|spec| spec.volumes.clone())
        .unwrap_or_default()
}

/// The mounts of a container; one below another comes after it.
pub(crate) fn mounts(container: &Container) -> Vec<VolumeMount> {
    let mut mounts = container.volume_mounts.clone().unwrap_or_default();
    mounts.sort_by_key(|mount| mount.mount_path.trim_end_matches('/').len());
    mounts
}

fn is_live(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.secret.is_some()
        || volume.projected.is_some()
        || volume.downward_api.is_some()
}

fn make(dir: &Path, mode: u32) -> Result<(), String> {
    let outcome =
        fs::create_dir_all(dir).and_then(|()| fs::set_permissions(dir, Permissions::from_mode(mode)));
    outcome.map_err(|error| format!("cannot make `{}`: {error}", dir.display()))
}

/// The group of the pod's files, where groups can be applied at all.
fn own(node: &NodeContext, pod: &Pod, dir: &Path) {
    let group = pod
        .spec
        .as_ref()
        .and_then(|spec| spec.security_context.as_ref()?.fs_group);
    if let Some(group) = group
        .and_then(|group| u32::try_from(group).ok())
        .filter(|_| node.config.all_ids)
    {
        drop(std::os::unix::fs::chown(dir, None, Some(group)));
        drop(fs::set_permissions(dir, Permissions::from_mode(0o2777)));
    }
}

fn host_path(source: &HostPathVolumeSource) -> Result<PathBuf, String> {
    let path = PathBuf::from(&source.path);
    let kind = source.type_.as_deref().unwrap_or_default();
    let found = fs::metadata(&path).ok();
    let fits = match (kind, &found) {
        ("DirectoryOrCreate" | "", None) => return make(&path, 0o755).map(|()| path),
        ("FileOrCreate", None) => {
            return fs::write(&path, "")
                .map(|()| path)
                .map_err(|error| error.to_string());
        }
        (_, None) => return Err(format!("hostPath {} does not exist on this node", source.path)),
        ("", Some(_)) => true,
        ("Directory" | "DirectoryOrCreate", Some(found)) => found.is_dir(),
        ("File" | "FileOrCreate", Some(found)) => found.is_file(),
        ("Socket", Some(found)) => found.file_type().is_socket(),
        ("CharDevice", Some(found)) => found.file_type().is_char_device(),
        (_, Some(_)) => false,
    };
    if fits {
        Ok(path)
    } else {
        Err(format!(
            "hostPath type check failed: {} is not a {kind}",
            source.path
        ))
    }
}

/// Shows `files` below `dir` in one step: readers see all old files or all new ones, as with kubelets.
fn publish(dir: &Path, files: &Files) -> std::io::Result<()> {
    if current(dir).as_ref() == Some(files) {
        return Ok(());
    }
    let next = format!("..{}", jiff::Timestamp::now().as_nanosecond());
    let content = dir.join(&next);
    fs::create_dir(&content)?;
    for (name, (bytes, mode)) in files {
        let path = content.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(&path, bytes)?;
        fs::set_permissions(&path, Permissions::from_mode(*mode))?;
    }
    let old = fs::read_link(dir.join("..data")).ok();
    symlink(&next, dir.join("..data_tmp"))?;
    fs::rename(dir.join("..data_tmp"), dir.join("..data"))?;
    let tops = |name: &String| {
        Path::new(name)
            .components()
            .next()
            .map(|top| top.as_os_str().to_owned())
    };
    for top in files.keys().filter_map(tops) {
        let link = dir.join(&top);
        if fs::symlink_metadata(&link).is_err() {
            symlink(Path::new("..data").join(&top), link)?;
        }
    }
    for entry in fs::read_dir(dir)?.flatten() {
        let name = entry.file_name();
        let kept =
            name.to_string_lossy().starts_with("..") || files.keys().filter_map(tops).any(|top| top == name);
        if !kept {
            fs::remove_file(entry.path())?;
        }
    }
    old.map_or(Ok(()), |old| fs::remove_dir_all(dir.join(old)))
}

fn current(dir: &Path) -> Option<Files> {
    let data = dir.join("..data").canonicalize().ok()?;
    let mut files = Files::new();
    let mut folders = vec![data.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).ok()?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(&data).ok()?.to_str()?.to_owned();
            files.insert(
                name,
                (
                    fs::read(&path).ok()?,
                    entry.metadata().ok()?.permissions().mode() & 0o7777,
                ),
            );
        }
    }
    Some(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(pairs: &[(&str, &str)]) -> Files {
        pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (text.as_bytes().to_vec(), 0o644)))
            .collect()
    }

    #[test]
    fn files_are_replaced_in_one_step_and_removed_ones_go() {
        let dir = tempfile::tempdir().unwrap();
        publish(dir.path(), &files(&[("a", "1"), ("sub/b", "2")])).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("sub/b")).unwrap(), "2");
        publish(dir.path(), &files(&[("a", "3")])).unwrap();
        assert_eq!(fs::read_to_string(dir.path().join("a")).unwrap(), "3");
        assert!(!dir.path().join("sub").exists());
        assert_eq!(current(dir.path()), Some(files(&[("a", "3")])));
    }

    #[test]
    fn a_sub_path_cannot_leave_its_volume() {
        let dir = tempfile::tempdir().unwrap();
        let volumes = Volumes {
            paths: BTreeMap::from([("v".to_owned(), dir.path().to_owned())]),
            ..Volumes::default()
        };
        let mount = |part: &str| VolumeMount {
            name: "v".into(),
            sub_path: Some(part.into()),
            ..VolumeMount::default()
        };
        assert!(volumes.source(&mount("../x"), str::to_owned).is_err());
        assert!(
            volumes
                .source(&mount("x/y"), str::to_owned)
                .unwrap()
                .ends_with("x/y")
        );
    }
}
