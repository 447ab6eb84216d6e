//! What a container's security context asks for, and what of it applies here (pure).
//!
//! Capabilities, `no_new_privs` and read-only roots always apply. Users, groups and owners apply only where
//! the sandbox maps more than one id; resource limits never do. What does not apply is named, so that the
//! pod gets an Event about it and nobody is misled.

use crate::spec::Privileges;
use k8s_openapi::api::core::v1::{Container, PodSpec};

const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];
/// What container runtimes give unless told otherwise.
const DEFAULT: [&str; 14] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "FSETID",
    "FOWNER",
    "MKNOD",
    "NET_RAW",
    "SETGID",
    "SETUID",
    "SETFCAP",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "SYS_CHROOT",
    "KILL",
    "AUDIT_WRITE",
];

/// What applies, and what does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict<T> {
    pub(crate) applies: T,
    pub(crate) ignored: Vec<String>,
}

/// Judges one container.
pub(crate) fn judge(pod: &PodSpec, container: &Container, all_ids: bool) -> Verdict<Privileges> {
    let own = container.security_context.clone().unwrap_or_default();
    let shared = pod.security_context.clone().unwrap_or_default();
    let privileged = own.privileged == Some(true);
    let mut ignored = Vec::new();
    let (uid, gid) = (
        own.run_as_user.or(shared.run_as_user),
        own.run_as_group.or(shared.run_as_group),
    );
    let mut id = |name: &str, wanted: Option<i64>| {
        let wanted = wanted.and_then(|wanted| u32::try_from(wanted).ok())?;
        if !all_ids && wanted != 0 {
            ignored.push(format!("{name} {wanted}"));
        }
        all_ids.then_some(wanted)
    };
    let (uid, gid) = (id("runAsUser", uid), id("runAsGroup", gid));
    let mut groups: Vec<u32> = Vec::new();
    for group in shared
        .supplemental_groups
        .iter()
        .flatten()
        .chain(&shared.fs_group)
    {
        groups.extend(id("group", Some(*group)));
    }
    if is_limited(container) {
        ignored.push("resources.limits".to_owned());
    }
    let non_root = own.run_as_non_root.or(shared.run_as_non_root) == Some(true);
    if non_root && uid.is_none_or(|uid| uid == 0) {
        ignored.push("runAsNonRoot".to_owned());
    }
    let escalates = privileged || own.allow_privilege_escalation.unwrap_or(true);
    let applies = Privileges {
        capabilities: if privileged {
            u64::MAX
        } else {
            capabilities(container)
        },
        no_new_privs: !escalates,
        read_only_root: own.read_only_root_filesystem == Some(true),
        privileged,
        uid,
        gid: gid.or(uid.filter(|uid| *uid != 0).map(|_| 0)),
        groups,
    };
    Verdict { applies, ignored }
}

fn is_limited(container: &Container) -> bool {
    let limits = container
        .resources
        .as_ref()
        .and_then(|resources| resources.limits.as_ref());
    limits.is_some_and(|limits| limits.keys().any(|name| name == "cpu" || name == "memory"))
}

fn capabilities(container: &Container) -> u64 {
    let asked = container
        .security_context
        .as_ref()
        .and_then(|context| context.capabilities.clone())
        .unwrap_or_default();
    let (add, drop) = (asked.add.unwrap_or_default(), asked.drop.unwrap_or_default());
    let all = |names: &[String]| names.iter().any(|name| name.eq_ignore_ascii_case("ALL"));
    let base = if all(&drop) {
        0
    } else {
        set(DEFAULT.iter().copied()) & !set(drop.iter().map(String::as_str))
    };
    if all(&add) {
        u64::MAX
    } else {
        base | set(add.iter().map(String::as_str))
    }
}

fn set<'a>(names: impl Iterator<Item = &'a str>) -> u64 {
    names.filter_map(bit).fold(0, |set, bit| set | (1 << bit))
}

fn bit(name: &str) -> Option<usize> {
    let name = name.to_ascii_uppercase();
    let name = name.strip_prefix("CAP_").unwrap_or(&name);
    NAMES.iter().position(|known| *known == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(context: &serde_json::Value, expected: &[&str]) {
        let container: Container =
            serde_json::from_value(json!({"name": "c", "securityContext": context})).unwrap();
        assert_eq!(capabilities(&container), set(expected.iter().copied()));
    }

    #[test]
    fn capabilities_are_the_default_set_or_what_is_asked() {
        check(&json!({}), &DEFAULT);
        check(
            &json!({"capabilities": {"drop": ["ALL"], "add": ["NET_ADMIN", "SYS_ADMIN"]}}),
            &["NET_ADMIN", "SYS_ADMIN"],
        );
        check(&json!({"capabilities": {"drop": ["ALL"]}}), &[]);
    }

    #[test]
    fn users_apply_only_where_more_than_one_id_is_mapped() {
        let pod = PodSpec::default();
        let container: Container =
            serde_json::from_value(json!({"name": "c", "securityContext": {"runAsUser": 1337}})).unwrap();
        let ordinary = judge(&pod, &container, false);
        assert_eq!(
            (ordinary.applies.uid, ordinary.ignored),
            (None, vec!["runAsUser 1337".to_owned()])
        );
        let root = judge(&pod, &container, true);
        assert_eq!((root.applies.uid, root.ignored), (Some(1337), Vec::new()));
    }
}
