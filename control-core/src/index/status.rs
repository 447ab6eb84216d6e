//! Conditions as objects hold them now, to be compared with what they should say.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition as MetaCondition;

use crate::crds::StoredCondition;
use crate::model::condition::{Condition, OURS};

fn ours(kind: &str) -> Option<&'static str> {
    OURS.into_iter().find(|known| *known == kind)
}

/// Ours among stored ones, sorted.
pub(crate) fn of_stored(stored: &[StoredCondition]) -> Vec<Condition> {
    let read = |one: &StoredCondition| {
        let generation = &one.observed_generation;
        Some(Condition {
            kind: ours(&one.r#type)?,
            is_true: one.status == "True",
            reason: one.reason.clone(),
            message: one.message.clone(),
            generation: generation.as_i64().or_else(|| generation.as_str()?.parse().ok()),
        })
    };
    sorted(stored.iter().filter_map(read).collect())
}

/// Ours among those of a built-in kind, sorted.
pub(crate) fn of_meta(stored: &[MetaCondition]) -> Vec<Condition> {
    let read = |one: &MetaCondition| {
        Some(Condition {
            kind: ours(&one.type_)?,
            is_true: one.status == "True",
            reason: one.reason.clone(),
            message: one.message.clone(),
            generation: one.observed_generation,
        })
    };
    sorted(stored.iter().filter_map(read).collect())
}

/// In the order in which they are compared.
pub(crate) fn sorted(mut conditions: Vec<Condition>) -> Vec<Condition> {
    conditions.sort();
    conditions
}
