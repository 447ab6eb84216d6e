//! Argo CD applications, as far as those of the mesh are concerned. (pure but for the calls of [`Cluster`])

use crate::cluster::Cluster;
use crate::exit::Failure;
use crate::install::chart::overlay;
use crate::install::component::{Component, meta};
use crate::install::values;
use crate::yaml;
use serde_json::{Value, json};
use std::path::{self, Path, PathBuf};

const API: &str = "/apis/argoproj.io/v1alpha1";
/// The sync wave of an application.
const WAVE: &str = "argocd.argoproj.io/sync-wave";
/// What an application that asks for it has among its sync options.
const SERVER_SIDE: &str = "ServerSideApply=true";

/// One application.
#[derive(Debug, Clone, PartialEq)]
pub struct Application {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub namespace: String,
    /// Later waves wait for earlier ones; 0 when it has none.
    pub wave: i64,
    /// The namespace it installs into.
    pub destination: String,
    /// `Synced`, `OutOfSync` or `Unknown`.
    pub sync: String,
    /// `Healthy`, `Progressing`, `Degraded`, ..
    pub health: String,
    /// Objects that differ, as Argo CD says: `Kind/namespace/name`.
    pub out_of_sync: Vec<String>,
    /// The operation that is asked for and has not ended.
    pub is_busy: bool,
    /// When the last operation began, how it ended, and what it said.
    pub last: Option<Operation>,
    document: Value,
}

/// An operation as Argo CD reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// When it began (RFC 3339).
    pub started: String,
    /// `Running`, `Succeeded`, `Failed`, `Error`, `Terminating`.
    pub phase: String,
    /// What it said.
    pub message: String,
}

impl Application {
    /// Reads an application.
    #[must_use]
    pub fn read(document: Value) -> Self {
        let text = |value: &Value, other: &str| value.as_str().unwrap_or(other).to_owned();
        let status = &document["status"];
        let resources = status["resources"].as_array().into_iter().flatten();
        let out_of_sync = resources
            .filter(|resource| resource["status"] == "OutOfSync")
            .map(|resource| {
                let part = |key: &str| resource[key].as_str().unwrap_or_default();
                match part("namespace") {
                    "" => format!("{}/{}", part("kind"), part("name")),
                    namespace => format!("{}/{namespace}/{}", part("kind"), part("name")),
                }
            })
            .collect();
        let state = &status["operationState"];
        let last = state.as_object().map(|_| Operation {
            started: text(&state["startedAt"], ""),
            phase: text(&state["phase"], "Unknown"),
            message: text(&state["message"], ""),
        });
        let wave = document["metadata"]["annotations"]
            .get(WAVE)
            .and_then(Value::as_str);
        Self {
            name: meta(&document, "name").to_owned(),
            namespace: meta(&document, "namespace").to_owned(),
            wave: wave.and_then(|wave| wave.parse().ok()).unwrap_or_default(),
            destination: text(&document["spec"]["destination"]["namespace"], ""),
            sync: text(&status["sync"]["status"], "Unknown"),
            health: text(&status["health"]["status"], "Unknown"),
            out_of_sync,
            is_busy: document.get("operation").is_some(),
            last,
            document,
        }
    }

    /// Whether it is in sync and healthy.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.sync == "Synced" && self.health == "Healthy"
    }

    fn sources(&self) -> impl Iterator<Item = &Value> {
        let spec = &self.document["spec"];
        let several = spec["sources"].as_array().into_iter().flatten();
        several.chain(spec.get("source"))
    }

    /// The source that is one of the mesh's charts, ours or upstream's.
    fn chart_source(&self) -> Option<(Component, &Value)> {
        self.sources().find_map(|source| {
            let path = source["path"].as_str().map(Path::new);
            let name = source["chart"].as_str().or_else(|| path?.file_name()?.to_str())?;
            let component = Component::of_chart(name)?;
            Some((component, source))
        })
    }

    /// The chart it installs; none when it is not one of the mesh.
    #[must_use]
    pub fn component(&self) -> Option<Component> {
        self.chart_source().map(|(component, _)| component)
    }

    /// The chart and its values: files first, of a repository that is checked out at `repository`, then those that stand in the
    /// application itself, as Argo CD layers them.
    ///
    /// # Errors
    /// It installs no chart of the mesh, its values are in files and there is no repository, or a file cannot be read (65).
    pub fn chart(&self, repository: Option<&Path>) -> Result<(Component, Value), Failure> {
        let Some((component, source)) = self.chart_source() else {
            return Err(Failure::new(format!(
                "application `{}` installs no chart of the mesh",
                self.name
            )));
        };
        let helm = &source["helm"];
        let mut all = self.values_of_files(source, repository)?;
        let unreadable =
            || Failure::unparsable(format!("cannot read the values of application `{}`", self.name));
        if let Some(text) = helm["values"].as_str() {
            let values = yaml::from_str(text).map_err(|error| unreadable().caused_by(&error))?;
            overlay(&mut all, &values);
        }
        if let Some(values) = helm.get("valuesObject") {
            overlay(&mut all, values);
        }
        for parameter in helm["parameters"].as_array().into_iter().flatten() {
            let part = |key: &str| parameter[key].as_str().unwrap_or_default();
            values::apply_set(&mut all, &format!("{}={}", part("name"), part("value")))?;
        }
        Ok((component, all))
    }

    fn values_of_files(&self, source: &Value, repository: Option<&Path>) -> Result<Value, Failure> {
        let mut all = json!({});
        let named = &source["helm"]["valueFiles"];
        let files = named.as_array().into_iter().flatten().filter_map(Value::as_str);
        let may_miss = source["helm"]["ignoreMissingValueFiles"] == true;
        for name in files {
            let Some(repository) = repository else {
                return Err(Failure::new(format!(
                    "application `{}` keeps its values in a repository",
                    self.name
                ))
                .because(format!("it names the files {named}"))
                .hint("check the repository out, and pass its folder with --repository"));
            };
            let path = repository.join(place(name, source)?);
            if may_miss && !path.exists() {
                continue;
            }
            let failed = || {
                Failure::unparsable(format!("cannot read `{}`", path.display()))
                    .because(format!("application `{}` has values in it", self.name))
            };
            let text = std::fs::read_to_string(&path).map_err(|error| failed().caused_by(&error))?;
            let values = yaml::from_str(&text).map_err(|error| failed().caused_by(&error))?;
            overlay(&mut all, &values);
        }
        Ok(all)
    }

    /// The operation that brings it in sync: what `argocd app sync` writes. With `force`, objects that refuse a change
    /// are made anew; Argo CD knows no such thing for applications that are applied by the server.
    #[must_use]
    pub fn sync_operation(&self, is_forced: bool) -> Value {
        let policy = &self.document["spec"]["syncPolicy"];
        let options = policy["syncOptions"].as_array().cloned().unwrap_or_default();
        let is_server_side = options.iter().any(|option| option == SERVER_SIDE);
        let mut sync = json!({
            "prune": policy["automated"]["prune"] == true,
            "syncStrategy": {"apply": {"force": is_forced && !is_server_side}},
        });
        if !options.is_empty() {
            sync["syncOptions"] = Value::from(options);
        }
        json!({"operation": {"initiatedBy": {"username": "meshctl"}, "info": [], "sync": sync}})
    }
}

/// Where a file of values is in its repository: `$REF/PATH` and `/PATH` are from its top, others beside the chart.
fn place(name: &str, source: &Value) -> Result<PathBuf, Failure> {
    if name.contains("://") {
        return Err(Failure::new(format!("values at `{name}` are not read"))
            .hint("fetch them, and compare with `meshctl drift -f FILE`"));
    }
    let beside = Path::new(source["path"].as_str().unwrap_or_default()).join(name);
    let of_ref = name.strip_prefix('$').and_then(|rest| rest.split_once('/'));
    let path = match (name.strip_prefix('/'), of_ref) {
        (Some(rest), _) | (None, Some((_, rest))) => PathBuf::from(rest),
        (None, None) => beside,
    };
    let mut inside = PathBuf::new();
    for part in path.components() {
        let stays = match part {
            path::Component::Normal(part) => {
                inside.push(part);
                true
            }
            path::Component::CurDir => true,
            path::Component::ParentDir => inside.pop(),
            path::Component::RootDir | path::Component::Prefix(_) => false,
        };
        if !stays {
            return Err(Failure::new(format!(
                "values at `{name}` are outside of the repository"
            )));
        }
    }
    Ok(inside)
}

impl Cluster {
    /// The applications that install charts of the mesh into a namespace, by wave and name.
    ///
    /// # Errors
    /// The API cannot be asked, or Argo CD is not there.
    pub async fn fetch_applications(&self, system: &str) -> Result<Vec<Application>, Failure> {
        if self.get(API).await?.is_none() {
            return Err(Failure::new("Argo CD is not in this cluster")
                .because("the API knows no applications of argoproj.io")
                .hint("pass --context for the cluster that Argo CD runs in"));
        }
        let listed = self.list(&format!("{API}/applications")).await?;
        let mut found: Vec<Application> = listed
            .into_iter()
            .map(Application::read)
            .filter(|one| one.component().is_some() && one.destination == system)
            .collect();
        found.sort_by(|a, b| (a.wave, &a.name).cmp(&(b.wave, &b.name)));
        Ok(found)
    }

    /// One application as it is now.
    ///
    /// # Errors
    /// The API cannot be asked, or it is gone.
    pub async fn fetch_application(&self, known: &Application) -> Result<Application, Failure> {
        let document = self.get(&path(known)).await?;
        document
            .map(Application::read)
            .ok_or_else(|| Failure::new(format!("application `{}` is gone", known.name)))
    }

    /// Asks Argo CD to bring an application in sync.
    ///
    /// # Errors
    /// The API refuses.
    pub async fn sync_application(&self, application: &Application, is_forced: bool) -> Result<(), Failure> {
        let doing = format!("cannot sync application `{}`", application.name);
        let body = application.sync_operation(is_forced);
        self.send(
            &doing,
            "PATCH",
            &path(application),
            ("application/merge-patch+json", &body),
        )
        .await
        .map(drop)
    }
}

fn path(application: &Application) -> String {
    format!(
        "{API}/namespaces/{}/applications/{}",
        application.namespace, application.name
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(source: &Value) -> Application {
        Application::read(json!({
            "metadata": {"name": "a", "namespace": "argocd", "annotations": {WAVE: "-44"}},
            "spec": {"source": source, "destination": {"namespace": "istio-system"}},
            "status": {
                "sync": {"status": "OutOfSync"},
                "health": {"status": "Healthy"},
                "resources": [
                    {"kind": "DaemonSet", "namespace": "istio-system", "name": "ztunnel", "status": "OutOfSync"},
                    {"kind": "ClusterRole", "name": "ztunnel", "status": "OutOfSync"},
                    {"kind": "Service", "namespace": "istio-system", "name": "x", "status": "Synced"},
                ],
                "operationState": {"startedAt": "2026-01-01T00:00:00Z", "phase": "Succeeded", "message": "ok"},
            },
        }))
    }

    #[test]
    fn what_argo_reports_is_read() {
        let one = application(&json!({"path": "manifests/charts/ztunnel"}));
        assert_eq!(
            (one.wave, one.sync.as_str(), one.is_well()),
            (-44, "OutOfSync", false)
        );
        assert_eq!(
            one.out_of_sync,
            ["DaemonSet/istio-system/ztunnel", "ClusterRole/ztunnel"]
        );
        assert_eq!(one.last.as_ref().unwrap().phase, "Succeeded");
        assert_eq!(one.component(), Some(Component::Ztunnel));
        assert!(!one.is_busy);
        // and an application that Argo CD has not looked at yet
        let fresh = Application::read(json!({"metadata": {"name": "b"}, "spec": {}}));
        assert_eq!(
            (fresh.sync.as_str(), fresh.last.clone(), fresh.component()),
            ("Unknown", None, None)
        );
    }

    #[test]
    fn values_are_layered_as_argo_layers_them() {
        let one = application(&json!({"chart": "cni", "helm": {
            "values": "a: 1\nb: 1\n", "valuesObject": {"b": 2}, "parameters": [{"name": "c.d", "value": "3"}],
        }}));
        let (component, values) = one.chart(None).unwrap();
        assert_eq!(component, Component::Cni);
        assert_eq!(values, json!({"a": 1, "b": 2, "c": {"d": 3}}));
        let elsewhere = application(&json!({"chart": "cni", "helm": {"valueFiles": ["$values/x.yaml"]}}));
        assert!(elsewhere.chart(None).unwrap_err().causes[0].contains("$values/x.yaml"));
        let other = application(&json!({"chart": "grafana"}));
        assert_eq!(other.component(), None);
        assert!(other.chart(None).is_err());
    }

    #[test]
    fn files_of_a_repository_are_layered_below_the_application() {
        let repository = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = repository.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("base/istio/cni-values.yaml", "a: 1\nb: 1\n");
        write("charts/cni/more.yaml", "b: 2\nc: 2\n");
        write("broken.yaml", "a: [\n");
        let read = |files: Value, more: Value| {
            let mut helm = json!({"valueFiles": files, "values": "c: 3\n"});
            overlay(&mut helm, &more);
            application(&json!({"path": "charts/cni", "helm": helm})).chart(Some(repository.path()))
        };
        let layered = read(
            json!(["$values/base/istio/cni-values.yaml", "more.yaml"]),
            json!({}),
        );
        assert_eq!(layered.unwrap().1, json!({"a": 1, "b": 2, "c": 3}));
        let up = read(json!(["../cni/more.yaml"]), json!({}));
        assert_eq!(up.unwrap().1, json!({"b": 2, "c": 3}));
        let top = read(json!(["/base/istio/cni-values.yaml"]), json!({}));
        assert_eq!(top.unwrap().1, json!({"a": 1, "b": 1, "c": 3}));
        for wrong in [
            "nothing.yaml",
            "/broken.yaml",
            "https://x.example/y.yaml",
            "../../../outside.yaml",
        ] {
            let failure = read(json!([wrong]), json!({})).unwrap_err();
            let told = format!("{} {:?}", failure.message, failure.causes);
            assert!(told.contains(wrong.trim_start_matches('/')), "{told}");
        }
        let missing = read(json!(["nothing.yaml"]), json!({"ignoreMissingValueFiles": true}));
        assert_eq!(missing.unwrap().1, json!({"c": 3}));
    }

    #[test]
    fn force_is_left_out_where_the_server_applies() {
        let mut document = json!({"metadata": {"name": "a"}, "spec": {"syncPolicy": {
            "automated": {"prune": true}, "syncOptions": ["CreateNamespace=false"],
        }}});
        let operation =
            |document: &Value| Application::read(document.clone()).sync_operation(true)["operation"].clone();
        let plain = operation(&document);
        assert_eq!(plain["sync"]["syncStrategy"]["apply"]["force"], true);
        assert_eq!(plain["sync"]["prune"], true);
        document["spec"]["syncPolicy"]["syncOptions"] = json!([SERVER_SIDE]);
        let server = operation(&document);
        assert_eq!(server["sync"]["syncStrategy"]["apply"]["force"], false);
        assert_eq!(server["sync"]["syncOptions"], json!([SERVER_SIDE]));
    }
}
