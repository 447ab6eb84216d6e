//! The sandbox: clients of every sort, servers on several ports, and the two ways to ask.

use crate::mesh;
use crate::policies::{HOME, policy};
use crate::shell::Shell;
use crate::stage::Sandbox;
use libtest_mimic::Failed;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Namespace and account of each client, which its pod is called by; the last is outside of the mesh.
const CLIENTS: [(&str, &str); 5] = [
    ("shop", "web"),
    ("shop", "api"),
    ("ops", "scraper"),
    ("batch", "evil"),
    ("outside", "plain"),
];
/// How many servers there are.
const SERVERS: usize = 24;
/// The ports that each listens on.
const PORTS: [u16; 4] = [8080, 8081, 9090, 7777];
/// The ports of each one's Service, which lead to the first two.
const SERVICE: [(u16, u16); 2] = [(80, 8080), (81, 8081)];

/// Client and destination, as they are written, to a verdict.
type Verdicts = BTreeMap<(String, String), String>;

/// A mesh with all of them.
pub(crate) struct World {
    sandbox: Sandbox,
    /// Of all pods.
    pub(crate) addresses: Vec<String>,
    /// Servers by number.
    at: Vec<String>,
}

impl World {
    /// Starts it.
    pub(crate) fn new() -> Result<Self, Failed> {
        let sandbox = mesh::installed("agreement")?;
        sandbox.apply("agreement", &objects())?;
        for namespace in ["shop", "ops", "batch", "outside", HOME] {
            sandbox.sh(&format!(
                "kubectl wait pod --all -n {namespace} --for=condition=Ready --timeout=180s"
            ))?;
        }
        sandbox.sh(&format!("meshctl ns enroll shop ops batch {HOME} -y --wait=2m"))?;
        let list = sandbox.sh("kubectl get pods -A -o json")?;
        let list: Value = serde_json::from_str(&list)?;
        let mut found = BTreeMap::new();
        for pod in list["items"].as_array().into_iter().flatten() {
            let name = pod["metadata"]["name"].as_str().unwrap_or_default();
            let address = pod["status"]["podIP"].as_str().unwrap_or_default();
            found.insert(name.to_owned(), address.to_owned());
        }
        let address = |name: &str| found.get(name).cloned().ok_or(format!("no pod {name}"));
        let clients = CLIENTS.iter().map(|(_, account)| address(account));
        let addresses = clients.collect::<Result<Vec<_>, _>>()?;
        let at = (0..SERVERS).map(|number| address(&format!("s{number}")));
        let at = at.collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            addresses: addresses.into_iter().chain(at.first().cloned()).collect(),
            sandbox,
            at,
        })
    }

    /// How many servers there are.
    pub(crate) fn servers(&self) -> usize {
        self.at.len()
    }

    /// Applies policies, and waits until both proxies hold the last of them, and so all.
    pub(crate) fn deliver(&self, round: u64, objects: &[Value]) -> Result<(), Failed> {
        let marker =
            json!({ "rules": [{ "from": [{ "source": { "namespaces": [format!("round-{round}")] } }] }] });
        let mut text = String::new();
        for one in objects.iter().chain([&policy("marker", "marker", &marker)]) {
            let _ = writeln!(text, "{one}\n---");
        }
        let path = self.sandbox.folder().join("policies.yaml");
        std::fs::write(&path, text)?;
        self.sandbox
            .sh(&format!("kubectl apply --server-side -f {}", path.display()))?;
        self.sandbox
            .sh("meshctl wait policy marker.marker --timeout 60s")
            .map(drop)
    }

    /// Destinations: as the simulation is asked, and as a client connects.
    fn destinations(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for (number, address) in self.at.iter().enumerate() {
            for port in PORTS {
                all.push((
                    format!("pod/s{number}.{HOME}:{port}"),
                    format!("{address}:{port}"),
                ));
            }
            for (port, _) in SERVICE {
                let name = format!("s{number}.{HOME}:{port}");
                all.push((format!("svc/{name}"), name));
            }
        }
        all
    }

    /// What `meshctl authz test` says of every pair, from the objects of the cluster.
    pub(crate) fn simulated(&self) -> Result<Verdicts, Failed> {
        let mut tests = Vec::new();
        for (namespace, account) in CLIENTS {
            for (to, _) in self.destinations() {
                let from = format!("pod/{account}.{namespace}");
                tests.push(json!({ "from": from, "to": to, "expect": "allow" }));
            }
        }
        let path = self.sandbox.folder().join("pairs.yaml");
        std::fs::write(&path, json!({ "tests": tests }).to_string())?;
        // code 80: some are denied, which is no surprise here
        let line = format!("meshctl authz test {} -o json || test $? = 80", path.display());
        let rows: Vec<Value> = serde_json::from_str(&self.sandbox.sh(&line)?)?;
        let text = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        Ok(rows
            .iter()
            .map(|row| ((text(row, "from"), text(row, "to")), text(row, "verdict")))
            .collect())
    }

    /// What becomes of every pair's connection.
    pub(crate) fn connected(&self) -> Result<Verdicts, Failed> {
        let destinations = self.destinations();
        let targets: Vec<&str> = destinations.iter().map(|(_, target)| target.as_str()).collect();
        let mut all = Verdicts::new();
        for (namespace, account) in CLIENTS {
            let line = format!(
                "kubectl exec -n {namespace} {account} -- meshctl sandbox load ask {}",
                targets.join(" ")
            );
            let answers = self.sandbox.sh(&line)?;
            for ((to, _), answer) in destinations.iter().zip(answers.lines()) {
                let verdict = match answer {
                    r#""allowed""# => "allow",
                    r#""denied""# => "deny",
                    other => other,
                };
                let from = format!("pod/{account}.{namespace}");
                all.insert((from, to.clone()), verdict.to_owned());
            }
        }
        Ok(all)
    }

    /// The policies that may concern a destination, for the reader of a failure.
    pub(crate) fn about(&self, to: &str, objects: &[Value]) -> String {
        let app = to.split(['/', '.']).nth(1).unwrap_or_default();
        let concerns = |one: &&Value| {
            let selector = &one["spec"]["selector"];
            selector.is_null() || selector["matchLabels"]["app"] == app
        };
        let texts = objects.iter().filter(concerns).map(|one| {
            let name = one["metadata"]["name"].as_str().unwrap_or_default();
            format!("{name}: {}", one["spec"])
        });
        texts
            .chain([self.addresses.join(" ")])
            .collect::<Vec<_>>()
            .join("\n")
    }
}

/// Everything that runs, and two servers that take nothing in plain text.
fn objects() -> String {
    let mut all = Vec::new();
    for namespace in ["shop", "ops", "batch", "outside", "marker", HOME] {
        all.push(json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": namespace } }));
    }
    for (namespace, account) in CLIENTS {
        all.push(json!({
            "apiVersion": "v1", "kind": "ServiceAccount",
            "metadata": { "name": account, "namespace": namespace },
        }));
        all.push(pod(namespace, account, account, &[9000]));
    }
    for number in 0..SERVERS {
        let name = format!("s{number}");
        all.push(pod(HOME, &name, "default", &PORTS));
        let ports = SERVICE
            .map(|(port, target)| json!({ "name": format!("p{port}"), "port": port, "targetPort": target }));
        all.push(json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": { "name": name, "namespace": HOME },
            "spec": { "selector": { "app": name }, "ports": ports },
        }));
    }
    let strict = json!({ "mode": "STRICT" });
    for (app, spec) in [
        ("s0", json!({ "mtls": strict })),
        ("s1", json!({ "portLevelMtls": { "8080": strict } })),
    ] {
        let mut spec = spec;
        spec["selector"] = json!({ "matchLabels": { "app": app } });
        all.push(json!({
            "apiVersion": "security.istio.io/v1", "kind": "PeerAuthentication",
            "metadata": { "name": app, "namespace": HOME }, "spec": spec,
        }));
    }
    let texts: Vec<String> = all.iter().map(Value::to_string).collect();
    texts.join("\n---\n")
}

fn pod(namespace: &str, name: &str, account: &str, ports: &[u16]) -> Value {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": { "name": name, "namespace": namespace, "labels": { "app": name } },
        "spec": {
            "serviceAccountName": account,
            "terminationGracePeriodSeconds": 1,
            "containers": [{
                "name": "load",
                "image": "localhost/meshctl/meshctl:0.1.0",
                "args": ["sandbox", "load", "serve", "--port", ports.join(",")],
            }],
        },
    })
}
