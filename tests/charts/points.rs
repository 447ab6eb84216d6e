//! The numbered points of `spec/charts.md` 10 that rendering alone can show.

#[path = "points/objects.rs"]
mod objects;
#[path = "points/values.rs"]
mod values;

use crate::CHARTS;
use libtest_mimic::Failed;
use meshctl::install::chart::{Chart, Release};
use serde_json::Value;
use std::collections::BTreeMap;

/// A point's test.
type Point = (&'static str, fn() -> Result<(), Failed>);

pub(crate) const POINTS: [Point; 21] = [
    ("charts_c01_one_values_file_serves_all_four", values::one_file),
    ("charts_c02_what_is_unknown_fails_with_its_name", values::unknown),
    (
        "charts_c03_the_users_value_wins_in_either_spelling",
        values::spellings,
    ),
    (
        "charts_c04_two_scopes_are_all_of_it_and_share_nothing",
        values::scopes,
    ),
    (
        "charts_c05_every_definition_has_its_versions_and_outlives_helm",
        objects::definitions,
    ),
    (
        "charts_c06_the_service_has_exactly_the_four_ports",
        objects::service,
    ),
    (
        "charts_c07_names_selectors_and_ports_are_upstreams",
        objects::selectors,
    ),
    (
        "charts_c08_trusted_accounts_follow_the_node_proxys_place",
        objects::trusted,
    ),
    (
        "charts_c09_autoscaling_decides_replicas_and_disruption",
        objects::scaling,
    ),
    (
        "charts_c10_nobody_is_privileged_and_capabilities_are_few",
        objects::capabilities,
    ),
    (
        "charts_c12_an_upgrade_renders_as_an_installation",
        values::upgrade,
    ),
    (
        "charts_c13_renders_are_equal_and_variables_unique",
        values::stable,
    ),
    (
        "charts_c16_a_chart_of_another_version_rolls_no_node_pods",
        values::version,
    ),
    (
        "charts_c17_another_variable_of_the_agent_rolls_it",
        values::environment,
    ),
    ("charts_c18_platforms_have_their_folders", values::platforms),
    ("charts_c19_gke_gets_quotas_for_critical_pods", values::quotas),
    (
        "charts_c20_three_policies_are_rendered_when_asked_for",
        objects::policies,
    ),
    ("charts_c24_no_single_chart_makes_half_a_mesh", values::half),
    ("charts_c25_every_object_has_the_common_labels", objects::labels),
    (
        "charts_c26_a_revision_is_in_the_control_planes_names_alone",
        objects::revision,
    ),
    (
        "charts_c11_the_control_plane_may_not_read_secrets_everywhere",
        objects::secrets,
    ),
];

fn release(is_upgrade: bool) -> Release {
    Release {
        name: "r".to_owned(),
        namespace: "istio-system".to_owned(),
        is_upgrade,
        kubernetes: "v1.33.1".to_owned(),
        api_versions: ["v1", "apps/v1", "policy/v1"].map(str::to_owned).into(),
    }
}

fn try_render(chart: &str, values: &Value) -> Result<Vec<Value>, String> {
    let rendered = Chart::embedded(chart)
        .and_then(|chart| chart.render(values, &release(false)))
        .map_err(|error| chain(&error))?;
    Ok(rendered.into_iter().map(|one| one.object).collect())
}

fn chain(error: &dyn std::error::Error) -> String {
    let (mut text, mut next) = (error.to_string(), error.source());
    while let Some(error) = next {
        text.push_str(": ");
        text.push_str(&error.to_string());
        next = error.source();
    }
    text
}

fn render(chart: &str, values: &Value) -> Vec<Value> {
    try_render(chart, values).unwrap_or_else(|why| panic!("{chart} with {values}: {why}"))
}

fn all(values: &Value) -> Vec<Value> {
    CHARTS.iter().flat_map(|chart| render(chart, values)).collect()
}

fn key(object: &Value) -> String {
    let meta = &object["metadata"];
    format!("{}/{}/{}", object["kind"], meta["namespace"], meta["name"]).replace('"', "")
}

fn find<'a>(objects: &'a [Value], kind: &str, name: &str) -> &'a Value {
    objects
        .iter()
        .find(|object| object["kind"] == kind && object["metadata"]["name"] == name)
        .unwrap_or_else(|| {
            panic!(
                "no {kind} {name} in {:?}",
                objects.iter().map(key).collect::<Vec<_>>()
            )
        })
}

fn container(object: &Value) -> &Value {
    &object["spec"]["template"]["spec"]["containers"][0]
}

/// The plain variables of the first container.
fn variables(object: &Value) -> BTreeMap<&str, &str> {
    let list = container(object)["env"].as_array().into_iter().flatten();
    list.filter_map(|one| Some((one["name"].as_str()?, one["value"].as_str()?)))
        .collect()
}
