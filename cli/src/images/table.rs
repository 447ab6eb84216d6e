//! The table of images: repository → programs, entry point, user. (pure)

use crate::yaml;
use serde::Deserialize;

const EMBEDDED: &str = include_str!("../../../manifests/images/images.yaml");

/// A table of images.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Where the images belong.
    pub hub: String,
    /// The images.
    pub images: Vec<ImageEntry>,
}

/// One image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImageEntry {
    /// Its name below the hub.
    pub repository: String,
    /// Its full name, where it belongs to no hub of ours.
    #[serde(default)]
    pub name: Option<String>,
    /// The program that the image is for.
    pub program: String,
    /// What starts, as a path in the image.
    pub entrypoint: String,
    /// What it is started with unless the container says otherwise.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// The user it runs as.
    pub user: u32,
    /// What is in it.
    pub files: Vec<FileEntry>,
}

/// One file of an image.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileEntry {
    /// Its path in the image.
    pub path: String,
    /// The program it is.
    pub program: String,
}

/// Why a table cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// It is not YAML.
    #[error("the table of images cannot be read")]
    Yaml(#[from] yaml::ParseYamlError),
    /// It is YAML of another form.
    #[error("the table of images has another form")]
    Form(#[from] serde_json::Error),
    /// An image that could not start.
    #[error("the image `{repository}`: {reason}")]
    Image {
        /// The image.
        repository: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Table {
    /// The product's own table.
    ///
    /// # Errors
    /// Never in a build that passed its tests.
    pub fn embedded() -> Result<Self, TableError> {
        Self::parse(EMBEDDED)
    }

    /// Reads a table.
    ///
    /// # Errors
    /// A text of another form; an image whose entry point is not among its files.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let table: Self = serde_json::from_value(yaml::from_str(text)?)?;
        for image in &table.images {
            let wrong = |reason: String| {
                Err(TableError::Image {
                    repository: image.repository.clone(),
                    reason,
                })
            };
            if !image.files.iter().any(|file| file.path == image.entrypoint) {
                return wrong(format!("`{}` is not among its files", image.entrypoint));
            }
            let is_plain = |path: &str| {
                let rest = path.strip_prefix('/').unwrap_or_default();
                !rest.is_empty() && rest.split('/').all(|part| !matches!(part, "" | "." | ".."))
            };
            if let Some(file) = image.files.iter().find(|file| !is_plain(&file.path)) {
                return wrong(format!("`{}` is not an absolute path", file.path));
            }
        }
        Ok(table)
    }
}

impl ImageEntry {
    /// Hub, repository and tag.
    #[must_use]
    pub fn full_name(&self, hub: &str, tag: &str) -> String {
        match &self.name {
            Some(name) => name.clone(),
            None => format!("{}/{}:{tag}", hub.trim_end_matches('/'), self.repository),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_table_holds_upstreams_entry_points() {
        let table = Table::embedded().unwrap();
        let points: Vec<_> = table
            .images
            .iter()
            .map(|image| (image.full_name(&table.hub, "1"), image.entrypoint.as_str()))
            .collect();
        let expected = [
            ("localhost/meshctl/pilot:1", "/usr/local/bin/pilot-discovery"),
            ("localhost/meshctl/install-cni:1", "/usr/local/bin/install-cni"),
            ("localhost/meshctl/ztunnel:1", "/usr/local/bin/ztunnel"),
            ("localhost/meshctl/meshctl:1", "/usr/local/bin/meshctl"),
        ];
        assert_eq!(points, expected.map(|(name, point)| (name.to_owned(), point)));
    }

    #[test]
    fn the_sandbox_runs_the_same_images() {
        let table = Table::embedded().unwrap();
        let ours = mesh_sandbox::programs::IMAGES;
        assert_eq!(ours.len(), table.images.len());
        for (image, entry) in ours.iter().zip(&table.images) {
            assert_eq!(image.repository, entry.repository);
            assert_eq!(image.entrypoint, [entry.entrypoint.as_str()]);
            for file in &entry.files {
                assert!(
                    image.files.contains(&(file.path.as_str(), file.program.as_str())),
                    "{file:?}"
                );
            }
        }
    }

    #[track_caller]
    fn refused(files: &str, reason: &str) {
        let text = format!(
            "hub: h\nimages:\n  - {{repository: r, program: p, entrypoint: /a/b, user: 0, files: {files}}}\n"
        );
        let error = Table::parse(&text).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }

    #[test]
    fn images_that_could_not_start_are_refused() {
        refused("[]", "`/a/b` is not among its files");
        refused(
            "[{path: /a/b, program: p}, {path: /../c, program: p}]",
            "`/../c` is not an absolute path",
        );
        refused(
            "[{path: /a/b, program: p}, {path: c, program: p}]",
            "`c` is not an absolute path",
        );
        refused(
            "[{path: /a/b, program: p, mode: 1}]",
            "the table of images has another form",
        );
    }
}
