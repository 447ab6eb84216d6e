//! What writes back to the cluster, and the webhook that is asked by it.

use std::sync::Arc;

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::{App, AppError, open_port};
use crate::ca::root::Root;
use crate::ca::serving::Serving;
use crate::fold::{Input, Told};
use crate::metrics::CaMetrics;
use crate::reconcile::addresses::AddressWriter;
use crate::reconcile::leader::{Elector, Lock};
use crate::reconcile::roots::{Bundle, Distributor, distribute};
use crate::reconcile::status::StatusWriter;
use crate::reconcile::taints::Untainter;
use crate::reconcile::waypoints::{Provisioner, WaypointSettings};
use crate::reconcile::webhooks::Bundles;
use crate::remote::RootsElsewhere;
use crate::watch::mesh::Mesh;
use crate::webhook::Webhook;

impl App {
    /// Admission reviews.
    pub(super) fn serve_webhooks(
        &mut self,
        tasks: &mut JoinSet<()>,
        serving: &Arc<Serving>,
    ) -> Result<(), AppError> {
        if let Some(listener) = open_port(self.sockets.https.take())? {
            let (webhook, serving) = (Webhook::new(self.metrics.clone()), serving.clone());
            let stop = self.shutdown.token();
            tasks.spawn(async move { webhook.run(listener, serving, stop).await });
        }
        Ok(())
    }

    /// The roots in every namespace, by whoever leads; and our own in webhook configurations. What other clusters that want
    /// them from us are given.
    pub(super) fn distribute_roots(
        &self,
        tasks: &mut JoinSet<()>,
        (client, told): (&kube::Client, &Told),
        root: Option<&Arc<Root>>,
        (foreign, mesh): (watch::Receiver<Arc<str>>, &Mesh),
    ) -> Option<RootsElsewhere> {
        let root = root.cloned()?;
        let stop = self.shutdown.token();
        let (sender, own) = watch::channel(Arc::from(root.material().roots_pem()));
        let (all_sender, all) = watch::channel(roots_of(&root, &foreign));
        let (crl_sender, crl) = watch::channel(Arc::from(root.crl()));
        self.keep_bundles(tasks, client, &own);
        let roots = Bundle {
            name: self.config.ca.root_config_map.clone(),
            key: mesh_wire::well_known::name::ROOT_KEY,
        };
        let mut bundles = vec![(roots, all)];
        bundles.extend(self.config.ca.crl_config_map.clone().map(|name| {
            let key = "ca-crl.pem";
            (Bundle { name, key }, crl)
        }));
        let (elector, token) = (self.elector(client), stop.clone());
        let here = bundles
            .iter()
            .cloned()
            .map(|(bundle, value)| Distributor::new(client.clone(), bundle, told.namespaces.clone(), value));
        let here: Vec<Distributor> = here.collect();
        let candidate = elector.clone();
        tasks.spawn(async move { distribute(&candidate, &here, token).await });
        let (following, token) = (root.clone(), stop.clone());
        tasks.spawn(async move { following.run(token).await });
        tasks.spawn(follow_roots(
            root,
            foreign,
            (sender, all_sender, crl_sender),
            self.metrics.ca.clone(),
            stop,
        ));
        Some(RootsElsewhere {
            bundles,
            elector,
            mesh: mesh.clone(),
            own: self.config.cluster.id.clone(),
            system: self.config.cluster.namespace.clone(),
        })
    }

    /// Conditions, by whoever leads.
    pub(super) fn write_status(
        &self,
        tasks: &mut JoinSet<()>,
        client: &kube::Client,
        told: &Told,
        inputs: &mpsc::Sender<Input>,
    ) {
        if !self.config.ambient.status {
            return;
        }
        let writer = StatusWriter::new(client.clone(), told.statuses.clone(), inputs.clone());
        let (elector, stop) = (self.elector(client), self.shutdown.token());
        tasks.spawn(async move {
            let lock = Lock::Lease("istio-status-leader".to_owned());
            elector.lead(&lock, stop, |token| writer.run(token)).await;
        });
    }

    /// Addresses of entries, by whoever leads.
    pub(super) fn allocate(
        &self,
        tasks: &mut JoinSet<()>,
        client: &kube::Client,
        told: &Told,
        inputs: &mpsc::Sender<Input>,
    ) {
        let Some(ranges) = self.config.ambient.allocate else {
            return;
        };
        let writer = AddressWriter::new(client.clone(), told.entries.clone(), inputs.clone(), ranges);
        let (elector, stop) = (self.elector(client), self.shutdown.token());
        tasks.spawn(async move {
            let lock = Lock::ConfigMap("istio-ip-autoallocate".to_owned());
            elector.lead(&lock, stop, |token| writer.run(token)).await;
        });
    }

    /// Nodes whose agent is ready lose their taint, by whoever leads.
    pub(super) fn untaint(&self, tasks: &mut JoinSet<()>, client: &kube::Client) {
        let (taints, agents) = (&self.config.taints, &self.config.cluster.cni_namespace);
        if !taints.enabled {
            return;
        }
        let untainter = Untainter::new(client.clone(), agents, &taints.key);
        let (elector, stop) = (self.elector(client), self.shutdown.token());
        tasks.spawn(async move {
            let lock = Lock::ConfigMap("istio-node-untaint".to_owned());
            elector.lead(&lock, stop, |token| untainter.run(token)).await;
        });
    }

    /// Waypoints, by whoever leads, where an image of one is configured.
    pub(super) fn run_waypoints(
        &self,
        tasks: &mut JoinSet<()>,
        (client, told): (&kube::Client, &Told),
        mesh: &Mesh,
    ) {
        let (cluster, Some(image)) = (&self.config.cluster, self.config.ambient.waypoint_image.clone())
        else {
            return;
        };
        let settings = WaypointSettings {
            image,
            cluster: cluster.id.clone(),
            domain: cluster.domain.clone(),
            revision: cluster.revision.clone(),
        };
        let provisioner = Provisioner::new(client.clone(), settings, mesh.clone(), told.namespaces.clone());
        let (provisioner, elector) = (Arc::new(provisioner), self.elector(client));
        let (revision, stop) = (cluster.revision.clone(), self.shutdown.token());
        tasks.spawn(async move {
            let revision = if revision.is_empty() { "default" } else { &revision };
            let lock = Lock::Lease(format!("istio-gateway-deployment-{revision}"));
            elector
                .lead(&lock, stop, |token| provisioner.clone().run(token))
                .await;
        });
    }

    /// The bundle in webhook configurations; every replica writes it.
    fn keep_bundles(
        &self,
        tasks: &mut JoinSet<()>,
        client: &kube::Client,
        value: &watch::Receiver<Arc<str>>,
    ) {
        let revision = &self.config.cluster.revision;
        let bundles = || Bundles::new(client.clone(), revision, value.clone(), self.metrics.clone());
        if self.config.webhooks.patches_validation {
            let (bundles, stop) = (bundles(), self.shutdown.token());
            tasks.spawn(async move { bundles.run::<ValidatingWebhookConfiguration>(stop).await });
        }
        if self.config.webhooks.patches_injection {
            let (bundles, stop) = (bundles(), self.shutdown.token());
            tasks.spawn(async move { bundles.run::<MutatingWebhookConfiguration>(stop).await });
        }
    }

    fn elector(&self, client: &kube::Client) -> Elector {
        let cluster = &self.config.cluster;
        let identity = if cluster.pod_name.is_empty() {
            format!("mesh-control-{:016x}", rand::random::<u64>())
        } else {
            cluster.pod_name.clone()
        };
        let enabled = self.config.process.leader_election;
        Elector::new(
            client.clone(),
            &cluster.namespace,
            &identity,
            &cluster.revision,
            enabled,
        )
    }
}

/// Whom workloads and the control plane may chain to: our own roots, and those of a signer outside.
fn roots_of(root: &Root, foreign: &watch::Receiver<Arc<str>>) -> Arc<str> {
    format!("{}{}", root.material().roots_pem(), &**foreign.borrow()).into()
}

type Texts = watch::Sender<Arc<str>>;

/// Tells of every change: our own roots, all roots, revocations.
async fn follow_roots(
    root: Arc<Root>,
    mut foreign: watch::Receiver<Arc<str>>,
    (own, all, crl): (Texts, Texts, Texts),
    metrics: CaMetrics,
    stop: CancellationToken,
) {
    let mut changes = root.changes();
    loop {
        let material = root.material();
        metrics.root_expiry.set(material.roots_end());
        metrics.chain_expiry.set(material.not_after());
        let goes_on = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            Ok(()) = foreign.changed() => true,
            renewed = changes.changed() => renewed.is_ok(),
        };
        if !goes_on {
            return;
        }
        own.send_replace(Arc::from(root.material().roots_pem()));
        all.send_replace(roots_of(&root, &foreign));
        crl.send_replace(Arc::from(root.crl()));
    }
}
