//! Roots in the namespaces of another cluster, where that cluster wants them from us (`control-plane.md` 15.3).
//!
//! The system namespace there names the clusters whose control planes distribute them. Without that word they are
//! somebody else's, and nothing is written or even asked for there.

use std::collections::BTreeMap;
use std::sync::Arc;

use arcstr::ArcStr;
use kube::Client;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::info;

use crate::index::event::{Event, Kind, Object};
use crate::index::namespace::NamespaceFacts;
use crate::mesh_config::MeshConfig;
use crate::model::selector::selects_any;
use crate::reconcile::Noted;
use crate::reconcile::leader::Elector;
use crate::reconcile::roots::{Bundle, Distributor, distribute};
use crate::watch::mesh::Mesh;

/// What is distributed, and by whom.
#[derive(Clone)]
pub struct RootsElsewhere {
    /// Each bundle with what it is to hold.
    pub bundles: Vec<(Bundle, watch::Receiver<Arc<str>>)>,
    /// A candidate of our name; elections are held in the cluster that is written to.
    pub elector: Elector,
    /// Which namespaces are in view.
    pub mesh: Mesh,
    /// Our own cluster's id.
    pub own: String,
    /// The system namespace, which has one name everywhere.
    pub system: String,
}

/// The namespaces of a cluster.
pub(super) type Namespaces = BTreeMap<ArcStr, NamespaceFacts>;

/// Takes a change in, and says whether it was one.
pub(super) fn note(namespaces: &mut Namespaces, event: &Event) -> bool {
    match event {
        Event::Put(name, object) => match &**object {
            Object::Namespace(facts) => {
                let old = namespaces.insert(name.name.clone(), facts.clone());
                old.as_ref() != Some(facts)
            }
            _ => false,
        },
        Event::Remove(Kind::Namespace, name) => namespaces.remove(&name.name).is_some(),
        Event::Listed(Kind::Namespace, seen) => {
            let before = namespaces.len();
            namespaces.retain(|name, _| seen.iter().any(|one| one.name == *name));
            namespaces.len() != before
        }
        _ => false,
    }
}

/// Taking part in the election of one cluster, and writing there when elected.
struct Candidacy {
    stop: CancellationToken,
    task: JoinSet<()>,
}

impl Candidacy {
    async fn end(mut self) {
        self.stop.cancel();
        while self.task.join_next().await.is_some() {}
    }
}

impl RootsElsewhere {
    /// Whether the cluster wants its roots from us.
    fn are_wanted(&self, namespaces: &Namespaces) -> bool {
        let system = namespaces.get(self.system.as_str());
        let named = system.and_then(|facts| facts.control_planes.as_deref());
        let mut named = named.into_iter().flat_map(|text| text.split(','));
        named.any(|one| matches!(one.trim(), "*") || one.trim() == self.own)
    }

    /// Distributes to the cluster behind `client` while it wants that, until `stop`.
    pub(super) async fn run(
        &self,
        (cluster, client): (&ArcStr, &Client),
        mut namespaces: watch::Receiver<Namespaces>,
        stop: CancellationToken,
    ) {
        let (noted, mut mesh) = (Arc::new(Noted::default()), self.mesh.clone());
        let mut candidacy: Option<Candidacy> = None;
        loop {
            let (is_wanted, table) = {
                let all = namespaces.borrow_and_update();
                (self.are_wanted(&all), in_view(&all, &mesh.borrow_and_update()))
            };
            if noted.all() != table {
                noted.update(|held| *held = table);
            }
            candidacy = match (candidacy, is_wanted) {
                (None, true) => {
                    info!(%cluster, "distributing roots to another cluster, as it says");
                    Some(self.stand(client, &noted, &stop))
                }
                (Some(ours), false) => {
                    info!(%cluster, "no longer distributing roots to another cluster");
                    ours.end().await;
                    None
                }
                (candidacy, _) => candidacy,
            };
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                Ok(()) = namespaces.changed() => {}
                Ok(()) = mesh.changed() => {}
                else => break,
            }
        }
        if let Some(ours) = candidacy {
            ours.end().await;
        }
    }

    fn stand(
        &self,
        client: &Client,
        noted: &Arc<Noted<ArcStr, bool>>,
        stop: &CancellationToken,
    ) -> Candidacy {
        let all = self.bundles.iter().cloned();
        let distributors: Vec<Distributor> = all
            .map(|(bundle, value)| Distributor::new(client.clone(), bundle, noted.clone(), value))
            .collect();
        let (elector, stop) = (self.elector.elsewhere(client.clone()), stop.child_token());
        let (token, mut task) = (stop.clone(), JoinSet::new());
        task.spawn(async move { distribute(&elector, &distributors, token).await });
        Candidacy { stop, task }
    }
}

/// The namespaces that the mesh configuration lets us see, and whether each is going away.
fn in_view(all: &Namespaces, mesh: &MeshConfig) -> BTreeMap<ArcStr, bool> {
    let seen = all.iter();
    let seen = seen.filter(|(_, facts)| selects_any(&mesh.discovery_selectors, &facts.labels));
    seen.map(|(name, facts)| (name.clone(), facts.is_terminating))
        .collect()
}
