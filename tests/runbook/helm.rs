//! The four charts as helm users install and remove them, in the order of the manual.

use crate::place::Place;
use libtest_mimic::Failed;

/// Release and chart.
pub(crate) const RELEASES: [(&str, &str); 4] = [
    ("istio-base", "base"),
    ("istiod", "istiod"),
    ("istio-cni", "cni"),
    ("ztunnel", "ztunnel"),
];

/// Installs all of them, each waited for.
pub(crate) fn install(place: &dyn Place) -> Result<(), Failed> {
    let charts = crate::harness::root().join("manifests/charts");
    for (release, chart) in RELEASES {
        place.sh(&format!(
            "helm install {release} {}/{chart} -n istio-system --create-namespace --set profile=ambient \
             --wait --timeout 120s",
            charts.display()
        ))?;
    }
    Ok(())
}

/// Removes all of them, the last first, and what stays by design: definitions and the namespace.
pub(crate) fn uninstall(place: &dyn Place) -> Result<(), Failed> {
    for (release, _) in RELEASES.iter().rev() {
        place.sh(&format!(
            "helm uninstall {release} -n istio-system --wait --timeout 120s"
        ))?;
    }
    place.until("test -z \"$(kubectl get pods -n istio-system -o name)\"")?;
    place.sh("kubectl delete namespace istio-system --timeout=120s")?;
    place
        .sh("kubectl get crd -o name | grep istio.io | xargs kubectl delete --timeout=60s")
        .map(drop)
}
