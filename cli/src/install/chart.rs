//! A chart and values in, Kubernetes objects out. Pure, but for [`Chart::read`].
//!
//! Charts are Helm charts as people read them: `Chart.yaml`, `values.yaml`, `templates/`, `files/`. The four of the mesh
//! are embedded; [`Chart::read`] takes a folder instead.

use crate::template::value::Value;
use crate::template::{Engine, TemplateError};
use crate::yaml;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::embedded;

mod schema;

pub use schema::SchemaError;

/// A chart's files, by path below its folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    name: String,
    files: BTreeMap<String, String>,
}

/// What a release and a cluster are to a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The release's name.
    pub name: String,
    /// The namespace it goes to.
    pub namespace: String,
    /// Whether it exists already.
    pub is_upgrade: bool,
    /// The cluster's version, such as `v1.33.0`.
    pub kubernetes: String,
    /// The cluster's API versions, such as `apps/v1` and `apps/v1/Deployment`.
    pub api_versions: BTreeSet<String>,
}

/// One rendered object and the template it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// `CHART/templates/FILE`.
    pub source: String,
    /// The object.
    pub object: serde_json::Value,
}

/// Why a chart does not render.
#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    /// There is no such chart among the embedded ones.
    #[error("there is no chart `{name}`; known are {known}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// The embedded ones.
        known: String,
    },
    /// A file cannot be read.
    #[error("cannot read `{path}`")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file that must be there is not.
    #[error("chart `{chart}` has no `{file}`")]
    Missing {
        /// The chart.
        chart: String,
        /// The file.
        file: &'static str,
    },
    /// YAML of the chart, or rendered from it, cannot be read.
    #[error("`{file}` is not YAML")]
    Yaml {
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: Box<yaml::ParseYamlError>,
    },
    /// Values that the chart's schema refuses.
    #[error("chart `{chart}`")]
    Schema {
        /// The chart.
        chart: String,
        /// What does not fit.
        #[source]
        source: SchemaError,
    },
    /// A template fails.
    #[error("cannot render chart `{chart}`")]
    Template {
        /// The chart.
        chart: String,
        /// Where and why.
        #[source]
        source: TemplateError,
    },
}

impl Chart {
    /// An embedded chart.
    ///
    /// # Errors
    /// When there is none of that name.
    pub fn embedded(name: &str) -> Result<Self, ChartError> {
        let prefix = format!("{name}/");
        let files = embedded::FILES.iter().filter_map(|(path, text)| {
            let path = path.strip_prefix(&prefix)?;
            Some((path.to_owned(), (*text).to_owned()))
        });
        let files: BTreeMap<String, String> = files.collect();
        if files.is_empty() {
            let known: BTreeSet<&str> = embedded::FILES
                .iter()
                .filter_map(|(path, _)| path.split('/').next())
                .collect();
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(ChartError::Unknown {
                name: name.to_owned(),
                known,
            });
        }
        Ok(Self {
            name: name.to_owned(),
            files,
        })
    }

    /// A chart in a folder.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn read(folder: &Path) -> Result<Self, ChartError> {
        let mut files = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(current) = folders.pop() {
            let failed = |source| ChartError::Read {
                path: current.clone(),
                source,
            };
            for entry in std::fs::read_dir(&current).map_err(failed)? {
                let path = entry.map_err(failed)?.path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let bytes = std::fs::read(&path).map_err(|source| ChartError::Read {
                    path: path.clone(),
                    source,
                })?;
                let below = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
                files.insert(below, String::from_utf8_lossy(&bytes).into_owned());
            }
        }
        let name = folder
            .file_name()
            .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        Ok(Self { name, files })
    }

    /// The chart's default values.
    ///
    /// # Errors
    /// When they are not YAML.
    pub fn values(&self) -> Result<serde_json::Value, ChartError> {
        match self.files.get("values.yaml") {
            Some(text) => self.parse("values.yaml", text),
            None => Ok(serde_json::json!({})),
        }
    }

    /// The objects that `values`, laid over the chart's own, render to, in the order of the files.
    ///
    /// # Errors
    /// Values that the chart's schema refuses, the first template that fails, or text that is not YAML.
    pub fn render(&self, values: &serde_json::Value, release: &Release) -> Result<Vec<Rendered>, ChartError> {
        let mut all = self.values()?;
        merge(&mut all, values);
        if let Some(text) = self.files.get(schema::FILE) {
            schema::check(text, &all).map_err(|source| ChartError::Schema {
                chart: self.name.clone(),
                source,
            })?;
        }
        let mut engine = Engine::default();
        let templates: Vec<(&String, &String)> = self
            .files
            .iter()
            .filter(|(path, _)| path.starts_with("templates/"))
            .collect();
        for (path, text) in &templates {
            engine
                .add(&self.full(path), text)
                .map_err(|source| self.failed(source))?;
        }
        let data = self.data(&all, release)?;
        let mut rendered = Vec::new();
        for (path, _) in templates {
            let file = path.rsplit('/').next().unwrap_or_default();
            if file.starts_with('_') || file == "NOTES.txt" {
                continue;
            }
            let source = self.full(path);
            if let Value::Map(data) = &data {
                let template = BTreeMap::from([
                    ("Name".to_owned(), Value::text(&source)),
                    ("BasePath".to_owned(), Value::text(self.full("templates"))),
                ]);
                data.borrow_mut()
                    .insert("Template".to_owned(), Value::map(template));
            }
            let text = engine
                .render(&source, &data)
                .map_err(|source| self.failed(source))?;
            let objects = yaml::all_from_str(&text);
            let objects = objects.map_err(|error| ChartError::Yaml {
                file: source.clone(),
                source: Box::new(error),
            })?;
            let objects = objects.into_iter().filter(|object| !object.is_null());
            rendered.extend(objects.map(|object| Rendered {
                source: source.clone(),
                object,
            }));
        }
        Ok(rendered)
    }

    fn full(&self, path: &str) -> String {
        format!("{}/{path}", self.name)
    }

    fn failed(&self, source: TemplateError) -> ChartError {
        ChartError::Template {
            chart: self.name.clone(),
            source,
        }
    }

    fn parse(&self, file: &str, text: &str) -> Result<serde_json::Value, ChartError> {
        yaml::from_str(text).map_err(|source| ChartError::Yaml {
            file: self.full(file),
            source: Box::new(source),
        })
    }

    /// `.Values`, `.Release`, `.Chart`, `.Capabilities`, `.Files`.
    fn data(&self, values: &serde_json::Value, release: &Release) -> Result<Value, ChartError> {
        let missing = || ChartError::Missing {
            chart: self.name.clone(),
            file: "Chart.yaml",
        };
        let chart = self.parse("Chart.yaml", self.files.get("Chart.yaml").ok_or_else(missing)?)?;
        let chart = chart
            .as_object()
            .ok_or_else(missing)?
            .iter()
            .map(|(key, value)| (capitalised(key), Value::from(value)));
        let (major, minor) = release
            .kubernetes
            .trim_start_matches('v')
            .split_once('.')
            .unwrap_or(("1", "33.0"));
        let minor = minor.split('.').next().unwrap_or(minor);
        let version = text_map(&[
            ("Version", &release.kubernetes),
            ("GitVersion", &release.kubernetes),
            ("Major", major),
            ("Minor", minor),
        ]);
        let capabilities = BTreeMap::from([
            ("KubeVersion".to_owned(), version),
            (
                "APIVersions".to_owned(),
                Value::ApiVersions(Rc::new(release.api_versions.clone())),
            ),
            ("HelmVersion".to_owned(), text_map(&[("Version", "v4.1.0")])),
        ]);
        let mut about = BTreeMap::from([
            ("Name".to_owned(), Value::text(&release.name)),
            ("Namespace".to_owned(), Value::text(&release.namespace)),
            ("Service".to_owned(), Value::text("Helm")),
            ("Revision".to_owned(), Value::Int(1)),
        ]);
        about.insert("IsUpgrade".to_owned(), Value::Bool(release.is_upgrade));
        about.insert("IsInstall".to_owned(), Value::Bool(!release.is_upgrade));
        let files = self
            .files
            .iter()
            .filter(|(path, _)| !path.starts_with("templates/"));
        let files = files.map(|(path, text)| (path.clone(), text.clone())).collect();
        Ok(Value::map(BTreeMap::from([
            ("Values".to_owned(), Value::from(values)),
            ("Release".to_owned(), Value::map(about)),
            ("Chart".to_owned(), Value::map(chart.collect())),
            ("Capabilities".to_owned(), Value::map(capabilities)),
            ("Files".to_owned(), Value::Files(Rc::new(files))),
        ])))
    }
}

/// Lays values over values: maps merge, null removes, anything else replaces, as Helm coalesces.
pub fn merge(under: &mut serde_json::Value, over: &serde_json::Value) {
    let (Some(target), Some(over)) = (under.as_object_mut(), over.as_object()) else {
        if !over.is_null() {
            *under = over.clone();
        }
        return;
    };
    for (key, value) in over {
        match target.get_mut(key) {
            // null takes a default away; where there is none it reaches the template, as with Helm
            Some(_) if value.is_null() => {
                target.remove(key);
            }
            Some(old) if old.is_object() && value.is_object() => merge(old, value),
            _ => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Lays one of the user's layers over another: maps merge, anything else replaces, null too.
pub fn overlay(under: &mut serde_json::Value, over: &serde_json::Value) {
    let (Some(target), Some(over)) = (under.as_object_mut(), over.as_object()) else {
        *under = over.clone();
        return;
    };
    for (key, value) in over {
        match target.get_mut(key) {
            Some(old) if old.is_object() && value.is_object() => overlay(old, value),
            _ => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

fn text_map(entries: &[(&str, &str)]) -> Value {
    Value::map(
        entries
            .iter()
            .map(|(key, value)| ((*key).to_owned(), Value::text(value)))
            .collect(),
    )
}

/// `appVersion` is `.Chart.AppVersion`, `apiVersion` is `.Chart.APIVersion`.
fn capitalised(key: &str) -> String {
    if key == "apiVersion" {
        return "APIVersion".to_owned();
    }
    let mut chars = key.chars();
    chars
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn release() -> Release {
        Release {
            name: "r".to_owned(),
            namespace: "istio-system".to_owned(),
            is_upgrade: false,
            kubernetes: "v1.33.1".to_owned(),
            api_versions: BTreeSet::from(["v1".to_owned()]),
        }
    }

    fn kinds(chart: &str, values: &serde_json::Value) -> Vec<String> {
        let rendered = Chart::embedded(chart)
            .unwrap()
            .render(values, &release())
            .unwrap();
        let name = |object: &serde_json::Value| {
            format!("{}/{}", object["kind"], object["metadata"]["name"]).replace('"', "")
        };
        rendered.iter().map(|rendered| name(&rendered.object)).collect()
    }

    #[test]
    fn the_charts_render_the_names_of_the_field() {
        assert!(
            kinds("base", &json!({}))
                .contains(&"CustomResourceDefinition/authorizationpolicies.security.istio.io".to_owned())
        );
        assert!(kinds("istiod", &json!({})).contains(&"Deployment/istiod".to_owned()));
        assert!(
            kinds("cni", &json!({"profile": "ambient"})).contains(&"DaemonSet/istio-cni-node".to_owned())
        );
        assert!(kinds("ztunnel", &json!({})).contains(&"DaemonSet/ztunnel".to_owned()));
    }

    #[test]
    fn an_unknown_profile_fails_with_its_name() {
        let failed = Chart::embedded("istiod")
            .unwrap()
            .render(&json!({"profile": "nope"}), &release());
        let error = failed.unwrap_err();
        assert!(
            std::error::Error::source(&error)
                .unwrap()
                .to_string()
                .contains("nope")
        );
    }

    #[test]
    fn values_coalesce_as_helm_does() {
        let mut under = json!({"a": {"b": 1, "c": 2}, "d": [1]});
        merge(&mut under, &json!({"a": {"b": null, "e": 3}, "d": [2]}));
        assert_eq!(under, json!({"a": {"c": 2, "e": 3}, "d": [2]}));
    }

    #[test]
    fn every_file_of_the_charts_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../manifests/charts");
        for folder in std::fs::read_dir(root).unwrap() {
            let folder = folder.unwrap().path();
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            assert_eq!(Chart::embedded(&name).unwrap(), Chart::read(&folder).unwrap());
        }
    }
}
