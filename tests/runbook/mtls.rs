//! The proof of encryption that an operator's pipeline asks for, before and after a namespace joins.

use crate::mesh;
use crate::place::Place;
use crate::shell::{Shell, says, settle};
use libtest_mimic::Failed;
use serde_json::Value;

const VERIFY: &str = "meshctl verify mtls --from shop/till --to localstack.localstack -y";

/// In plain text the word is seen, so that its absence proves something; in the mesh it is TLS to the pod that proves its name.
pub(crate) fn proven() -> Result<(), Failed> {
    let sandbox = mesh::installed("mtls")?;
    sandbox.apply_localstack()?;
    let checks = |script: &str, code: i32| -> Result<Vec<(String, String)>, Failed> {
        let output = sandbox.try_sh(&format!("{script} -o json"))?;
        if output.status.code() != Some(code) {
            return Err(format!("`{script}` is no {code}: {output:?}").into());
        }
        let report: Value = serde_json::from_slice(&output.stdout)?;
        let all = report["categories"][0]["checks"].as_array().into_iter().flatten();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(all
            .map(|one| (text(&one["description"]), text(&one["error"])))
            .collect())
    };
    let plain = checks(VERIFY, 1)?;
    says(&format!("{plain:?}"), "segments show the word that was sent")?;
    sandbox.sh("meshctl ns enroll localstack shop -y")?;
    let encrypted = settle(|| checks(VERIFY, 0))?;
    says(
        &format!("{encrypted:?}"),
        "proves that it is spiffe://cluster.local/ns/localstack/sa/localstack",
    )?;
    // one pod by its address, as another account
    let by_pod = "meshctl verify mtls --from shop --to pod/$(kubectl get pods -n localstack -o name | cut -d/ -f2).localstack:4566 -y";
    says(&sandbox.sh(by_pod)?, "Status check results are √")?;
    sandbox.apply("deny", include_str!("../../manifests/examples/deny-till.yaml"))?;
    sandbox.sh("meshctl wait policy deny-till.localstack")?;
    let refused = checks(VERIFY, 1)?;
    let through = refused
        .first()
        .map(|(_, error)| error.as_str())
        .unwrap_or_default();
    says(through, "who stops it")?;
    let left = sandbox.sh("kubectl get pods -n shop -l app=meshctl-verify-mtls -o name")?;
    if !left.trim().is_empty() {
        return Err(format!("pods are left: {left}").into());
    }
    Ok(())
}
