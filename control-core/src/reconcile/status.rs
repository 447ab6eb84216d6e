//! Status conditions, by whoever leads: only where an object says something else than it should (`control-plane.md` 13).
//!
//! The index compares; this writes by server-side apply, one field manager for each condition, so that
//! conditions of others are never touched and those that no longer apply vanish.

use std::sync::Arc;
use std::time::Duration;

use kube::api::{Api, DynamicObject, Patch, PatchParams};
use kube::core::{ApiResource, GroupVersionKind};
use kube::{Client, Error};
use mesh_wire::well_known::field_manager;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::Noted;
use crate::fold::{Input, look};
use crate::model::condition::{Condition, PROVISIONED, StatusOf, WAYPOINT_ACCEPTED, ZTUNNEL_ACCEPTED};

const TRIES: u32 = 5;
const RETRY: Duration = Duration::from_millis(500);

/// Writes conditions.
pub struct StatusWriter {
    client: Client,
    statuses: Arc<Noted<StatusOf, u64>>,
    inputs: mpsc::Sender<Input>,
}

/// One write: a manager and all that it shall own.
#[derive(Debug, PartialEq)]
struct Write {
    manager: &'static str,
    conditions: Vec<Condition>,
}

/// The managers that have something to change. (pure)
fn plan(of: &StatusOf, desired: &[Condition], present: &[Condition]) -> Vec<Write> {
    let kinds: &[(&'static str, &[&str])] = match of {
        StatusOf::Service(_) | StatusOf::ServiceEntry(_) => &[(field_manager::SERVICE_STATUS, &[])],
        StatusOf::WorkloadEntry(_) => &[(field_manager::WORKLOAD_ENTRY_STATUS, &[])],
        StatusOf::Gateway(_) => &[(field_manager::CONTROL_PLANE, &[PROVISIONED])],
        StatusOf::Policy(_) => &[
            (field_manager::POLICY_STATUS, &[ZTUNNEL_ACCEPTED]),
            (field_manager::WAYPOINT_POLICY_STATUS, &[WAYPOINT_ACCEPTED]),
        ],
    };
    let mut writes = Vec::new();
    for (manager, own) in kinds {
        let mine = |all: &[Condition]| -> Vec<Condition> {
            let is_mine = |one: &&Condition| own.is_empty() || own.contains(&one.kind);
            all.iter().filter(is_mine).cloned().collect()
        };
        let (desired, present) = (mine(desired), mine(present));
        if desired != present {
            writes.push(Write {
                manager,
                conditions: desired,
            });
        }
    }
    writes
}

impl StatusWriter {
    /// A writer for what `statuses` names.
    #[must_use]
    pub fn new(client: Client, statuses: Arc<Noted<StatusOf, u64>>, inputs: mpsc::Sender<Input>) -> Self {
        Self {
            client,
            statuses,
            inputs,
        }
    }

    /// Writes until `stop`; to be run while leading.
    pub async fn run(&self, stop: CancellationToken) {
        stop.run_until_cancelled(self.follow()).await;
    }

    async fn follow(&self) {
        let mut changes = self.statuses.changes();
        // what was noted before we led is looked up in the index at once
        let mut due = look(&self.inputs, |index| {
            index.outdated().cloned().collect::<Vec<_>>()
        })
        .await;
        while let Some(names) = due.take() {
            for of in names {
                self.bring_up_to_date(&of).await;
            }
            // the sender lives as long as the table
            let _ = changes.changed().await;
            due = Some(self.statuses.take().into_keys().collect());
        }
    }

    async fn bring_up_to_date(&self, of: &StatusOf) {
        for attempt in 0..TRIES {
            let asked = of.clone();
            let state = look(&self.inputs, move |index| {
                let (desired, present) = index.status(&asked);
                (desired.to_vec(), present.to_vec())
            });
            let Some((desired, present)) = state.await else {
                return;
            };
            let mut is_done = true;
            for write in plan(of, &desired, &present) {
                match self.write(of, &write).await {
                    Ok(()) => debug!(?of, manager = write.manager, "wrote conditions"),
                    Err(Error::Api(status)) if status.code == 404 => return,
                    Err(error) => {
                        warn!(?of, manager = write.manager, %error, "cannot write conditions");
                        is_done = false;
                    }
                }
            }
            if is_done {
                return;
            }
            sleep(RETRY * 2_u32.pow(attempt)).await;
        }
    }

    async fn write(&self, of: &StatusOf, write: &Write) -> Result<(), Error> {
        let (group, version, kind, plural) = match of {
            StatusOf::Service(_) => ("", "v1", "Service", "services"),
            StatusOf::ServiceEntry(_) => ("networking.istio.io", "v1", "ServiceEntry", "serviceentries"),
            StatusOf::WorkloadEntry(_) => ("networking.istio.io", "v1", "WorkloadEntry", "workloadentries"),
            StatusOf::Gateway(_) => ("gateway.networking.k8s.io", "v1", "Gateway", "gateways"),
            StatusOf::Policy(_) => (
                "security.istio.io",
                "v1",
                "AuthorizationPolicy",
                "authorizationpolicies",
            ),
        };
        let gvk = GroupVersionKind::gvk(group, version, kind);
        let resource = ApiResource::from_gvk_with_plural(&gvk, plural);
        let name = of.name();
        let api: Api<DynamicObject> = Api::namespaced_with(self.client.clone(), &name.namespace, &resource);
        let now = super::now();
        let conditions: Vec<Value> = write.conditions.iter().map(|one| to_json(one, &now)).collect();
        let object = json!({
            "apiVersion": resource.api_version,
            "kind": kind,
            "metadata": { "name": name.name.as_str(), "namespace": name.namespace.as_str() },
            "status": { "conditions": conditions },
        });
        let parameters = PatchParams::apply(write.manager).force();
        api.patch_status(&name.name, &parameters, &Patch::Apply(&object))
            .await
            .map(drop)
    }
}

fn to_json(condition: &Condition, now: &str) -> Value {
    let mut object = json!({
        "type": condition.kind,
        "status": if condition.is_true { "True" } else { "False" },
        "reason": condition.reason,
        "message": condition.message,
        "lastTransitionTime": now,
    });
    if let Some(generation) = condition.generation {
        object["observedGeneration"] = json!(generation);
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ObjectName;

    #[test]
    fn each_manager_writes_only_its_own_and_only_changes() {
        let of = StatusOf::Policy(ObjectName::new("app", "p"));
        let accepted = Condition::new(ZTUNNEL_ACCEPTED, true, "Accepted", "attached to ztunnel");
        let bound = Condition::new(WAYPOINT_ACCEPTED, true, "Accepted", "bound to app/w");
        assert_eq!(
            plan(
                &of,
                std::slice::from_ref(&accepted),
                std::slice::from_ref(&accepted)
            ),
            []
        );
        // targets were added: one manager gives its condition up, the other writes its own
        let writes = plan(&of, std::slice::from_ref(&bound), std::slice::from_ref(&accepted));
        let expected = [
            Write {
                manager: field_manager::POLICY_STATUS,
                conditions: Vec::new(),
            },
            Write {
                manager: field_manager::WAYPOINT_POLICY_STATUS,
                conditions: vec![bound],
            },
        ];
        assert_eq!(writes, expected);
    }
}
