//! How each command is run for the matrix.

use super::Way;
use super::run::Place;

/// How a way is held.
pub(crate) enum Cell {
    /// By this line without a cluster.
    Here(&'static str),
    /// By this line in the small mesh.
    Mesh(&'static str),
    /// By a test of this name, because the mesh of these tests has no programs or this way writes or runs things.
    Held(&'static str),
    /// The command cannot end so: it judges nothing, or reads no input.
    Never,
}

use Cell::{Held, Here, Mesh, Never};

impl Cell {
    pub(crate) fn line(&self) -> Option<(String, Place)> {
        match self {
            Here(line) => Some(((*line).to_owned(), Place::Nowhere)),
            Mesh(line) => Some(((*line).to_owned(), Place::Mesh)),
            Held(_) | Never => None,
        }
    }
}

/// Tests that hold the good end of several commands, where there is a whole mesh or cluster.
const WELL: &str = "a_mesh_that_is_well_is_told_so_in_every_format";
const TRANSCRIPTS: &str = "transcripts_are_what_the_program_says";
const WALK: &str = "the_walk_of_the_readme_works_word_for_word";
const CLUSTER: &str = "transcripts_with_a_cluster_are_what_the_program_says";
const TAP: &str = "tap_tells_of_a_tunnel_with_both_identities_and_of_a_refusal_with_its_policy";
const MTLS: &str = "verify_mtls_sees_plain_text_and_then_tls_to_the_peer_that_proves_its_name";
const WAYPOINT: &str = "cli_c17_a_waypoint_is_applied_enrolled_and_deleted_and_others_stay";

/// One command.
pub(crate) struct Row {
    pub(crate) leaf: &'static str,
    /// A line that asks a cluster; none for commands that never do.
    pub(crate) asks: Option<&'static str>,
    pub(crate) ok: Cell,
    pub(crate) finding: Cell,
    pub(crate) unparsable: Cell,
    /// Codes besides the usual ones.
    pub(crate) otherwise: &'static [(Way, i32)],
}

const fn row(leaf: &'static str, asks: &'static str, ok: Cell, finding: Cell, unparsable: Cell) -> Row {
    Row {
        leaf,
        asks: Some(asks),
        ok,
        finding,
        unparsable,
        otherwise: &[],
    }
}

const fn offline(leaf: &'static str, ok: Cell, finding: Cell, unparsable: Cell) -> Row {
    Row {
        leaf,
        asks: None,
        ok,
        finding,
        unparsable,
        otherwise: &[],
    }
}

/// The codes of comparisons, where 1 means that something differs.
const COMPARES: &[(Way, i32)] = &[
    (Way::Unparsable, 2),
    (Way::NoCluster, 2),
    (Way::Forbidden, 2),
    (Way::TimedOut, 2),
];
/// What cannot be had is noted in the archive.
const COLLECTS: &[(Way, i32)] = &[(Way::Forbidden, 0), (Way::TimedOut, 0)];
/// The reference has the flag `-o` here, and takes only `short`.
const SHORT_ONLY: &[(Way, i32)] = &[
    (Way::Ok, 64),
    (Way::NoCluster, 64),
    (Way::Forbidden, 64),
    (Way::TimedOut, 64),
    (Way::Interrupted, 64),
];

impl Row {
    const fn or(self, otherwise: &'static [(Way, i32)]) -> Self {
        Self { otherwise, ..self }
    }
}

/// Every command, as `--help` has them.
#[rustfmt::skip]
pub(crate) const ROWS: &[Row] = &[
    row("admin log", "admin log", Mesh("admin log"), Never, Never),
    row("analyze", "analyze -A",
        Here("analyze --use-kube=false FIXTURES/mesh/shop.yaml"),
        Here("analyze --use-kube=false FIXTURES/analyze.yaml"),
        Here("analyze --use-kube=false FIXTURES/broken-values.yaml")),
    row("argocd status", "argocd status", Held("status_tells_what_somebody_changed_from_what_only_looks_so"),
        Held("status_tells_what_somebody_changed_from_what_only_looks_so"), Never),
    row("argocd sync", "argocd sync -y", Held("applications_are_synced_wave_after_wave_and_then_in_sync"),
        Held("a_sync_that_fails_says_what_argo_says_and_stops"), Never),
    row("authz coverage", "authz coverage",
        Here("authz coverage -f FIXTURES/mesh"), Here("authz coverage -f FIXTURES/mesh --strict"),
        Here("authz coverage -f FIXTURES/broken-values.yaml")),
    row("authz diff", "authz diff live FIXTURES/authz/wider.yaml",
        Here("authz diff FIXTURES/mesh FIXTURES/mesh"),
        Here("authz diff FIXTURES/mesh/policies.yaml FIXTURES/authz/wider.yaml -f FIXTURES/mesh"),
        Here("authz diff FIXTURES/broken-values.yaml FIXTURES/mesh")).or(COMPARES),
    row("authz generate", "authz generate --from-recording FIXTURES/ztunnel/access-log.txt",
        Held(TRANSCRIPTS), Never, Here("authz generate --from-recording FIXTURES/analyze.yaml -f FIXTURES/mesh")),
    row("authz reach-from", "authz reach-from shop/web",
        Here("authz reach-from shop/web -f FIXTURES/mesh"), Never,
        Here("authz reach-from shop/web -f FIXTURES/broken-values.yaml")),
    row("authz simulate", "authz simulate --from shop/web --to api.shop:80",
        Here("authz simulate --from shop/web --to api.shop:80 -f FIXTURES/mesh"),
        Here("authz simulate --from legacy/batch --to api.shop:80 -f FIXTURES/mesh --expect allow"),
        Here("authz simulate --from shop/web --to api.shop:80 -f FIXTURES/broken-values.yaml")),
    row("authz test", "authz test FIXTURES/authz/expectations.yaml",
        Here("authz test FIXTURES/authz/expectations.yaml -f FIXTURES/mesh"),
        Here("authz test FIXTURES/authz/wrong.yaml -f FIXTURES/mesh"),
        Here("authz test FIXTURES/broken-values.yaml -f FIXTURES/mesh")),
    row("authz who-can-reach", "authz who-can-reach api.shop:80",
        Here("authz who-can-reach api.shop:80 -f FIXTURES/mesh"), Never,
        Here("authz who-can-reach api.shop:80 -f FIXTURES/broken-values.yaml")),
    row("authz why", "authz why nothing", Held(TRANSCRIPTS), Never,
        Here("authz why nothing -f FIXTURES/mesh")),
    row("bug-report", "bug-report --output-dir SCRATCH", Held("cli_c29_what_cannot_be_had_is_noted_and_nothing_hangs"),
        Held("cli_c29_what_cannot_be_had_is_noted_and_nothing_hangs"), Never).or(COLLECTS),
    row("check", "check --wait=0", Held(WELL), Mesh("check --wait=0"), Never),
    row("ci", "ci FIXTURES/mesh --overlay",
        Here("ci FIXTURES/mesh/shop.yaml"), Here("ci FIXTURES/analyze.yaml"), Here("ci ../tests/cli.rs")),
    offline("completion", Here("completion fish"), Never, Never),
    offline("config list", Here("config list"), Never, Never),
    row("create-remote-secret", "create-remote-secret --name west", Held("the_secret_is_a_kubeconfig_with_which_the_reader_reads"), Never, Never),
    row("describe pod", "describe pod web-1.shop", Held(WELL), Mesh("describe pod web-1.shop"), Never),
    row("describe service", "describe service api.shop",
        Here("describe service api.shop -f FIXTURES/mesh"), Never,
        Here("describe service api.shop -f FIXTURES/broken-values.yaml")),
    row("drift", "drift", Held(WELL), Mesh("drift --set profile=ambient"),
        Here("drift -f FIXTURES/broken-values.yaml")).or(COMPARES),
    row("get-config", "get-config", Held(CLUSTER), Never, Never),
    offline("images build", Held("pushed_images_are_read_whole_by_a_foreign_reader"), Held("programs_that_cannot_run_in_an_image_are_named"), Never),
    offline("images list", Here("images list"), Never, Never),
    offline("images load", Held("a_runtime_gets_the_whole_archive_or_its_failure_is_told"),
        Held("a_runtime_gets_the_whole_archive_or_its_failure_is_told"), Never),
    offline("images push", Held("pushed_images_are_read_whole_by_a_foreign_reader"),
        Held("a_registry_that_refuses_or_is_away_is_named"), Never),
    offline("images save", Held("a_runtime_gets_the_whole_archive_or_its_failure_is_told"),
        Held("programs_that_cannot_run_in_an_image_are_named"), Never),
    row("install", "install -y --readiness-timeout 1s", Held(CLUSTER), Mesh("install --diff"),
        Here("install -y -f FIXTURES/broken-values.yaml")),
    offline("man", Here("man"), Never, Never),
    row("manifest generate", "manifest generate --cluster-specific", Here("manifest generate"), Never,
        Here("manifest generate -f FIXTURES/broken-values.yaml")),
    offline("manifest template", Here("manifest template base --set base.enableCRDTemplates=false"), Never,
        Here("manifest template istiod -f FIXTURES/broken-values.yaml")),
    row("ns enroll", "ns enroll shop -y --wait=false", Mesh("ns enroll shop --dry-run"), Never, Never),
    row("ns list", "ns list", Mesh("ns list"), Never, Never),
    row("ns plan", "ns plan shop", Mesh("ns plan shop"), Never, Never),
    row("ns repair", "ns repair shop -y", Held(WELL), Mesh("ns repair shop -y"), Never),
    row("ns status", "ns status shop", Mesh("ns status shop"), Held("flushed_rules_and_a_lost_agent_are_noticed_and_mended"), Never),
    row("ns unenroll", "ns unenroll shop -y", Mesh("ns unenroll shop --dry-run"), Never, Never),
    row("precheck", "precheck", Mesh("precheck"), Held("codes_of_the_field_are_kept"), Never),
    row("proxy-status", "proxy-status", Mesh("proxy-status"), Never, Never),
    row("remote-clusters", "remote-clusters", Mesh("remote-clusters"), Never, Never),
    row("report mtls", "report mtls", Here("report mtls -f FIXTURES/ztunnel/metrics.txt"),
        Here("report mtls --strict -f FIXTURES/ztunnel/metrics.txt"),
        Here("report mtls -f FIXTURES/analyze.yaml")),
    row("report resources", "report resources", Held(WELL), Never, Never),
    row("report savings", "report savings", Held(WELL), Never, Never),
    offline("sandbox demo", Held("an_ordinary_user_sees_the_demo_through"), Never, Never),
    offline("sandbox down", Here("sandbox down --name nothing-here"), Never, Never),
    offline("sandbox env", Held(WALK), Here("sandbox env --name nothing-here"), Never),
    offline("sandbox exec", Held("an_ordinary_user_sees_the_demo_through"), Here("sandbox exec shop/x --name nothing-here -- true"), Never),
    offline("sandbox status", Here("sandbox status"), Never, Never),
    offline("sandbox up", Held(WALK), Never, Never),
    offline("schema", Here("schema ns list"), Never, Never),
    offline("snapshot diff", Here("snapshot diff FIXTURES/snapshot/before.json FIXTURES/snapshot/before.json"),
        Here("snapshot diff FIXTURES/snapshot/before.json FIXTURES/snapshot/after.json"),
        Here("snapshot diff FIXTURES/snapshot/before.json FIXTURES/mesh/shop.yaml")).or(COMPARES),
    row("snapshot save", "snapshot save SCRATCH/x.json", Mesh("snapshot save SCRATCH/x.json"), Never, Never),
    offline("snapshot show", Here("snapshot show FIXTURES/snapshot/before.json"), Never,
        Here("snapshot show FIXTURES/mesh/shop.yaml")),
    row("status", "status", Held(WELL), Mesh("status"), Never),
    offline("tag generate", Here("tag generate prod --revision canary"), Never, Never),
    row("tag list", "tag list", Mesh("tag list"), Never, Never),
    row("tag remove", "tag remove prod -y", Held("a_tag_leads_to_a_revision_until_another_takes_it_or_it_is_removed"), Never, Never),
    row("tag set", "tag set prod --revision canary", Held("a_tag_leads_to_a_revision_until_another_takes_it_or_it_is_removed"), Mesh("tag set prod --revision canary"), Never),
    row("tap", "tap", Held(TAP), Held(TAP), Never).or(&[(Way::Interrupted, 0)]),
    row("top", "top", Held(WELL), Never, Never),
    row("trace", "trace shop/web api.shop",
        Here("trace shop/web api.shop -f FIXTURES/mesh"), Here("trace legacy/batch api.shop:80 -f FIXTURES/mesh"),
        Here("trace shop/web api.shop -f FIXTURES/broken-values.yaml")),
    row("uninstall", "uninstall --purge -y", Held(CLUSTER), Mesh("uninstall --revision canary --dry-run"), Never),
    offline("validate", Here("validate -f FIXTURES/mesh"), Here("validate -f FIXTURES/bad-policies.yaml"),
        Here("validate -f FIXTURES/broken-values.yaml")),
    row("verify", "verify --wait=0", Held(WELL), Mesh("verify --wait=0"), Here("verify -f FIXTURES/broken-values.yaml")),
    row("verify mtls", "verify mtls --from shop --to api.shop -y", Held(MTLS), Held(MTLS), Never),
    row("verify ns", "verify ns shop", Held(WELL), Mesh("verify ns shop"), Never),
    row("version", "version", Mesh("version"), Never, Never),
    row("wait", "wait policy a.b --timeout 1s", Held(TAP), Never, Never),
    row("waypoint apply", "waypoint apply -n shop", Held(WAYPOINT), Never, Never),
    row("waypoint delete", "waypoint delete --all -n shop", Held(WAYPOINT), Never, Never),
    offline("waypoint generate", Here("waypoint generate"), Never, Never),
    row("waypoint list", "waypoint list", Held(WAYPOINT), Never, Never),
    row("waypoint status", "waypoint status", Held(WAYPOINT), Never, Never),
    row("xds dump", "xds dump", Here("xds dump -f FIXTURES/mesh"), Never, Here("xds dump -f FIXTURES/broken-values.yaml")),
    row("ztunnel-config all", "ztunnel-config all", Mesh("ztunnel-config all"), Never, Here("ztunnel-config all -f ../tests/cli.rs")),
    row("ztunnel-config certificate", "ztunnel-config certificate --node node-1",
        Mesh("ztunnel-config certificate --node node-1"), Never, Here("ztunnel-config certificate -f ../tests/cli.rs")),
    row("ztunnel-config connections", "ztunnel-config connections --node node-1",
        Mesh("ztunnel-config connections --node node-1"), Never, Here("ztunnel-config connections -f ../tests/cli.rs")),
    row("ztunnel-config log", "ztunnel-config log", Mesh("ztunnel-config log"), Never, Never).or(SHORT_ONLY),
    row("ztunnel-config policy", "ztunnel-config policy", Mesh("ztunnel-config policy"), Never, Here("ztunnel-config policy -f ../tests/cli.rs")),
    row("ztunnel-config service", "ztunnel-config service", Mesh("ztunnel-config service"), Never, Here("ztunnel-config service -f ../tests/cli.rs")),
    row("ztunnel-config workload", "ztunnel-config workload", Mesh("ztunnel-config workload"), Never, Here("ztunnel-config workload -f ../tests/cli.rs")),
];
