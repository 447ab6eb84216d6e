//! The operator's runbook, word for word and from one source: the same steps on the sandbox and on a real Kubernetes.

use crate::place::{Place, in_client};
use crate::shell::{fails, says, settle};
use crate::traces;
use libtest_mimic::Failed;
use mesh_sandbox::sniff::Tally;
use std::collections::BTreeSet;

/// The namespaces that the runbook makes itself.
const OWN: [&str; 2] = ["localstack", "shop"];
/// The identities of client and server.
const CLIENT: &str = "spiffe://cluster.local/ns/shop/sa/till";
const SERVER: &str = "spiffe://cluster.local/ns/localstack/sa/localstack";
/// Name, start and restarts of every pod that is enrolled.
const PODS: &str = "kubectl get pods -A -l 'app in (localstack,till)' \
     -o jsonpath='{range .items[*]}{.metadata.uid} {.status.containerStatuses[0].restartCount}{\"\\n\"}{end}'";

/// A policy about addresses.
const POLICY: &str = r#"{"apiVersion": "security.istio.io/v1", "kind": "AuthorizationPolicy", "metadata": {"name": "blocks"},
"spec": {"rules": [{"from": [{"source": {"ipBlocks": ["BLOCK"]}}]}]}}"#;

/// From an empty cluster to an empty cluster.
pub(crate) fn runbook(place: &dyn Place) -> Result<(), Failed> {
    let before = Snapshot::take(place)?;
    place.sh("meshctl install -y")?;
    place.apply_localstack()?;
    in_the_clear(place, "before-enrolment")?;
    enrol(place)?;
    encrypted(place)?;
    look_at_the_mesh(place)?;
    nonsense_is_refused(place)?;
    leave(place)?;
    place.sh("meshctl uninstall --purge --unenroll --delete-crds -y")?;
    fails(
        &place.try_sh("kubectl get namespace istio-system")?,
        1,
        "NotFound",
    )?;
    place.fetch("http://localstack.localstack/after-all")?;
    let is_same = settle(|| before.compare(place));
    place.sh("kubectl delete namespace localstack shop --timeout=120s")?;
    is_same
}

/// Without the mesh's help the word travels as it is.
fn in_the_clear(place: &dyn Place, marker: &str) -> Result<(), Failed> {
    let workloads = place.until("meshctl ztunnel-config workloads | grep localstack")?;
    says(&workloads, "TCP")?;
    let seen = request(place, marker)?;
    if seen.marked == 0 || seen.tls_to_hbone > 0 {
        return Err(format!("{marker}: the wire should show the request: {seen:?}").into());
    }
    Ok(())
}

/// The two labels, by kubectl; nothing restarts.
pub(crate) fn enrol(place: &dyn Place) -> Result<(), Failed> {
    let pods = place.sh(PODS)?;
    for namespace in OWN {
        place.sh(&format!(
            "kubectl label namespace {namespace} istio.io/dataplane-mode=ambient"
        ))?;
    }
    let labels = place.sh("kubectl get namespace localstack -o jsonpath='{.metadata.labels}'")?;
    says(&labels, r#""istio.io/dataplane-mode":"ambient""#)?;
    for namespace in OWN {
        let rows = format!("meshctl ztunnel-config workloads | grep {namespace}");
        place.until(&format!("{rows} | grep HBONE"))?;
        let rows = place.sh(&rows)?;
        if rows.contains("TCP") {
            return Err(format!("`{namespace}` is enrolled, and shows TCP:\n{rows}").into());
        }
    }
    if place.sh(PODS)? != pods {
        return Err("enrolment replaced or restarted a pod".into());
    }
    Ok(())
}

/// The server sees the client's own address; nobody between the nodes sees anything.
pub(crate) fn encrypted(place: &dyn Place) -> Result<(), Failed> {
    let seen = request(place, "after-enrolment")?;
    if seen.marked > 0 || seen.tls_to_hbone == 0 {
        return Err(format!("the wire should show TLS to port 15008 only: {seen:?}").into());
    }
    Ok(())
}

/// One request while the wire is watched; it succeeds, and the server says whom it saw.
fn request(place: &dyn Place, marker: &str) -> Result<Tally, Failed> {
    let mut answer = String::new();
    let seen = place.watch_wire(marker, &mut || {
        answer = place.fetch(&format!("http://localstack.localstack/{marker}"))?;
        Ok(())
    })?;
    says(&answer, "status: 200")?;
    let client = place.sh("kubectl get pod -n shop -l app=till -o jsonpath='{.items[0].status.podIP}'")?;
    says(&answer, &format!("client: {client}:"))?;
    Ok(seen)
}

/// What an operator looks at: pods, logs, use.
fn look_at_the_mesh(place: &dyn Place) -> Result<(), Failed> {
    let pods = place.sh("kubectl get pods -n istio-system --no-headers")?;
    for component in ["istiod", "istio-cni-node", "ztunnel"] {
        says(&pods, component)?;
    }
    if let Some(pod) = pods
        .lines()
        .find(|pod| !pod.contains("1/1") || !pod.contains("Running"))
    {
        return Err(format!("a pod of the mesh is not ready: {pod}").into());
    }
    // the proxy tells of a connection when it ends
    place.until(&format!(
        "kubectl logs -n istio-system -l app=ztunnel --tail=50 | grep '{CLIENT}' | grep '{SERVER}'"
    ))?;
    let top = place.until("kubectl top pods -n istio-system")?;
    for component in ["istiod", "istio-cni-node", "ztunnel"] {
        says(&top, component)?;
    }
    Ok(())
}

/// A policy that the definitions allow and nobody could obey: the control plane is asked, and its words reach the operator.
pub(crate) fn nonsense_is_refused(place: &dyn Place) -> Result<(), Failed> {
    let write = |block: &str| {
        place.try_sh(&format!(
            "kubectl apply -n localstack -f - <<'POLICY'\n{}\nPOLICY",
            POLICY.replace("BLOCK", block)
        ))
    };
    let refused = write("not-an-address")?;
    fails(
        &refused,
        1,
        "admission webhook \"validation.istio.io\" denied the request",
    )?;
    fails(&refused, 1, "ipBlocks: `not-an-address` is no address or CIDR")?;
    place.finish("a policy without fault", &write("10.0.0.0/8")?)?;
    place
        .sh("kubectl delete authorizationpolicy -n localstack blocks")
        .map(drop)
}

/// The server leaves the mesh by its label, and its new pods are in the clear.
fn leave(place: &dyn Place) -> Result<(), Failed> {
    place.sh("kubectl label namespace localstack istio.io/dataplane-mode-")?;
    place.sh("kubectl rollout restart deployment -n localstack")?;
    place.sh("kubectl rollout status deployment -n localstack --timeout=120s")?;
    // the old pod is gone from the table, and the new one is in it
    place.until(
        "rows=$(meshctl ztunnel-config workloads | grep localstack); \
         grep TCP <<<\"$rows\" && ! grep HBONE <<<\"$rows\"",
    )?;
    place.until(&in_client("fetch http://localstack.localstack/"))?;
    in_the_clear(place, "after-leaving")
}

/// What was there before the mesh.
struct Snapshot {
    nodes: BTreeSet<String>,
    objects: BTreeSet<String>,
}

impl Snapshot {
    fn take(place: &dyn Place) -> Result<Self, Failed> {
        Ok(Self {
            nodes: traces::on_nodes(place)?,
            objects: traces::in_api(place)?,
        })
    }

    /// All is as it was; of what the runbook itself made, nothing bears a sign of the mesh.
    fn compare(&self, place: &dyn Place) -> Result<(), Failed> {
        traces::same(&self.nodes, &traces::on_nodes(place)?)?;
        let (own, others): (BTreeSet<String>, BTreeSet<String>) =
            traces::in_api(place)?.into_iter().partition(|line| is_own(line));
        traces::same(&self.objects, &others)?;
        let marked: Vec<&String> = own.iter().filter(|line| line.contains("istio")).collect();
        if marked.is_empty() {
            Ok(())
        } else {
            Err(format!("signs of the mesh are left: {marked:#?}").into())
        }
    }
}

/// Whether the object is of the runbook's own namespaces, or one of them.
fn is_own(object: &str) -> bool {
    let place = object.split(' ').nth(1).unwrap_or_default();
    let (namespace, name) = place.split_once('/').unwrap_or_default();
    OWN.contains(&namespace) || (object.starts_with("Namespace ") && OWN.contains(&name))
}
