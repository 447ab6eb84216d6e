//! Which resources there are: built-in ones and those that CRDs add.

mod builtin;
pub(crate) mod crd;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;
use tokio::sync::watch;

use crate::schema::builtin::type_schema as builtin_type_schema;
use crate::schema::node::TypeSchema;
use crate::status::Subject;
use crate::store::Collection;

/// Where a resource's objects come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Backing {
    /// Kept in the store.
    Stored,
    /// Answered by code (reviews, metrics, bindings).
    Virtual,
}

/// A part of an object that has a path of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Subresource {
    pub(crate) name: String,
    pub(crate) kind: String,
    /// Group and version of its body where they differ from the parent's (`autoscaling/v1` of `scale`).
    pub(crate) group_version: Option<(String, String)>,
    pub(crate) verbs: Vec<String>,
}

/// What a CRD's version adds to a resource.
#[derive(Debug, Clone)]
pub(crate) struct Custom {
    /// `openAPIV3Schema`.
    pub(crate) schema: Value,
    /// The same with what every object has, for merging and pruning.
    pub(crate) types: TypeSchema,
    /// `additionalPrinterColumns`.
    pub(crate) columns: Vec<Value>,
    pub(crate) selectable: Vec<String>,
    pub(crate) has_status: bool,
    /// The `scale` subresource's paths, if any.
    pub(crate) scale: Option<Value>,
    pub(crate) deprecation: Option<String>,
    /// The version in which objects are kept.
    pub(crate) storage_version: String,
}

/// One resource in one version.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<String>,
    pub(crate) subresources: Vec<Subresource>,
    pub(crate) backing: Backing,
    /// Where its objects are; shared by all versions, and by `events` of both groups.
    pub(crate) collection: Collection,
    pub(crate) custom: Option<Arc<Custom>>,
}

impl Resource {
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// For messages about an object (plural name).
    pub(crate) fn subject(&self) -> Subject<'_> {
        Subject {
            group: &self.group,
            resource: &self.plural,
        }
    }

    /// For messages about a malformed object (kind).
    pub(crate) fn kind_subject(&self) -> Subject<'_> {
        Subject {
            group: &self.group,
            resource: &self.kind,
        }
    }

    /// What is known about its fields.
    pub(crate) fn type_schema(&self) -> TypeSchema {
        match &self.custom {
            Some(custom) => custom.types.clone(),
            None => builtin_type_schema(&self.api_version(), &self.kind).unwrap_or_else(TypeSchema::untyped),
        }
    }

    pub(crate) fn subresource(&self, name: &str) -> Option<&Subresource> {
        self.subresources.iter().find(|sub| sub.name == name)
    }

    pub(crate) fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }

    /// Whether spec changes are counted in `metadata.generation`.
    pub(crate) fn counts_generation(&self) -> bool {
        self.custom.is_some()
            || matches!(
                self.collection.as_ref(),
                "deployments.apps"
                    | "replicasets.apps"
                    | "daemonsets.apps"
                    | "statefulsets.apps"
                    | "jobs.batch"
                    | "cronjobs.batch"
                    | "pods"
                    | "replicationcontrollers"
                    | "poddisruptionbudgets.policy"
                    | "networkpolicies.networking.k8s.io"
                    | "ingresses.networking.k8s.io"
                    | "ingressclasses.networking.k8s.io"
                    | "endpointslices.discovery.k8s.io"
                    | "customresourcedefinitions.apiextensions.k8s.io"
                    | "validatingwebhookconfigurations.admissionregistration.k8s.io"
                    | "mutatingwebhookconfigurations.admissionregistration.k8s.io"
                    | "validatingadmissionpolicies.admissionregistration.k8s.io"
            )
    }
}

/// Name of the collection of `group`'s `plural`.
pub(crate) fn collection_name(group: &str, plural: &str) -> Collection {
    if group.is_empty() {
        Arc::from(plural)
    } else {
        Arc::from(format!("{plural}.{group}"))
    }
}

/// All resources served now.
pub(crate) struct Registry {
    builtin: Vec<Arc<Resource>>,
    /// By CRD name, in order of versions.
    custom: RwLock<BTreeMap<String, Vec<Arc<Resource>>>>,
    changed: watch::Sender<()>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        Self {
            builtin: builtin::all().into_iter().map(Arc::new).collect(),
            custom: RwLock::default(),
            changed: watch::Sender::new(()),
        }
    }

    /// The resource at this path, if it is served.
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        let matches = |r: &&Arc<Resource>| r.group == group && r.version == version && r.plural == plural;
        if let Some(found) = self.builtin.iter().find(matches) {
            return Some(Arc::clone(found));
        }
        let custom = self.custom.read().unwrap_or_else(PoisonError::into_inner);
        custom.values().flatten().find(matches).cloned()
    }

    /// Any version of a collection.
    pub(crate) fn find_collection(&self, collection: &str) -> Option<Arc<Resource>> {
        let is = |resource: &&Arc<Resource>| resource.collection.as_ref() == collection;
        if let Some(found) = self.builtin.iter().find(is) {
            return Some(Arc::clone(found));
        }
        let custom = self.custom.read().unwrap_or_else(PoisonError::into_inner);
        custom.values().flatten().find(is).cloned()
    }

    /// Everything served, built-in first.
    pub(crate) fn all(&self) -> Vec<Arc<Resource>> {
        let custom = self.custom.read().unwrap_or_else(PoisonError::into_inner);
        self.builtin
            .iter()
            .chain(custom.values().flatten())
            .cloned()
            .collect()
    }

    /// Tells when routes come or go.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Serves what a CRD defines (nothing: no longer).
    pub(crate) fn set_custom(&self, crd: &str, resources: Vec<Resource>) {
        let mut custom = self.custom.write().unwrap_or_else(PoisonError::into_inner);
        if resources.is_empty() {
            custom.remove(crd);
        } else {
            custom.insert(crd.to_owned(), resources.into_iter().map(Arc::new).collect());
        }
        self.changed.send_replace(());
    }
}
