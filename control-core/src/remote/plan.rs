//! What the secrets ask for, against what runs. Pure.

use std::collections::BTreeMap;

use arcstr::ArcStr;

/// The keys of every secret: cluster ids, each with its kubeconfig.
pub(super) type Wanted = BTreeMap<String, BTreeMap<ArcStr, Vec<u8>>>;

/// What runs: by cluster, the secret that it is from and its kubeconfig.
pub(super) type Running = BTreeMap<ArcStr, (String, Vec<u8>)>;

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Follow a cluster, by this secret and kubeconfig.
    Start(ArcStr, String, Vec<u8>),
    /// The same with other credentials, without a gap.
    Replace(ArcStr, String, Vec<u8>),
    /// Forget it.
    Stop(ArcStr),
    /// A key that is passed over, with its secret and why.
    Ignore(ArcStr, String, &'static str),
}

/// What to do. A cluster that runs stays with its secret while that names it; else the first secret that does has it.
pub(super) fn steps(own: &str, wanted: &Wanted, running: &Running) -> Vec<Step> {
    let mut holders: BTreeMap<&ArcStr, (&String, &Vec<u8>)> = BTreeMap::new();
    let mut steps = Vec::new();
    for (cluster, (secret, _)) in running {
        match wanted.get(secret).and_then(|keys| keys.get(cluster)) {
            Some(bytes) => {
                holders.insert(cluster, (secret, bytes));
            }
            None if wanted.values().any(|keys| keys.contains_key(cluster)) => {}
            None => steps.push(Step::Stop(cluster.clone())),
        }
    }
    for (secret, keys) in wanted {
        for (cluster, bytes) in keys {
            if cluster == own {
                steps.push(Step::Ignore(
                    cluster.clone(),
                    secret.clone(),
                    "it is our own cluster",
                ));
                continue;
            }
            let (holder, _) = holders.entry(cluster).or_insert((secret, bytes));
            if *holder != secret {
                let why = "another secret has registered it";
                steps.push(Step::Ignore(cluster.clone(), secret.clone(), why));
            }
        }
    }
    for (cluster, (secret, bytes)) in holders {
        let step = match running.get(cluster) {
            Some((_, held)) if held == bytes => continue,
            Some(_) => Step::Replace,
            None => Step::Start,
        };
        steps.push(step(cluster.clone(), secret.clone(), bytes.clone()));
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(rows: &[(&str, &str, &str)]) -> Wanted {
        let mut all = Wanted::new();
        for (secret, cluster, bytes) in rows {
            let keys = all.entry((*secret).to_owned()).or_default();
            keys.insert((*cluster).into(), bytes.as_bytes().to_vec());
        }
        all
    }

    fn running(rows: &[(&str, &str, &str)]) -> Running {
        let row = |(cluster, secret, bytes): &(&str, &str, &str)| {
            (
                (*cluster).into(),
                ((*secret).to_owned(), bytes.as_bytes().to_vec()),
            )
        };
        rows.iter().map(row).collect()
    }

    fn start(cluster: &str, secret: &str, bytes: &str) -> Step {
        Step::Start(cluster.into(), secret.to_owned(), bytes.as_bytes().to_vec())
    }

    #[test]
    fn clusters_start_change_and_stop_with_their_keys() {
        let nothing = Running::new();
        assert_eq!(
            steps("home", &wanted(&[("s", "east", "1")]), &nothing),
            [start("east", "s", "1")]
        );
        let held = running(&[("east", "s", "1")]);
        assert_eq!(
            steps("home", &wanted(&[("s", "east", "1")]), &held),
            [],
            "equal bytes are nothing new"
        );
        let replace = Step::Replace("east".into(), "s".into(), b"2".to_vec());
        assert_eq!(steps("home", &wanted(&[("s", "east", "2")]), &held), [replace]);
        assert_eq!(steps("home", &wanted(&[]), &held), [Step::Stop("east".into())]);
    }

    #[test]
    fn the_own_cluster_and_ids_of_other_secrets_are_passed_over() {
        let two = wanted(&[("a", "east", "1"), ("b", "east", "2"), ("b", "home", "3")]);
        let found = steps("home", &two, &running(&[("east", "b", "2")]));
        let ignored = |cluster: &str, secret: &str, why| Step::Ignore(cluster.into(), secret.to_owned(), why);
        assert_eq!(
            found,
            [
                ignored("east", "a", "another secret has registered it"),
                ignored("home", "b", "it is our own cluster")
            ]
        );
        // its secret goes: the other one takes over, without a gap
        let one = wanted(&[("a", "east", "1")]);
        let replace = Step::Replace("east".into(), "a".into(), b"1".to_vec());
        assert_eq!(steps("home", &one, &running(&[("east", "b", "2")])), [replace]);
    }
}
