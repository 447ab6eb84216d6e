//! What goes on beside the load: policy flips, agents that are killed, pods that come and go.

use crate::samples::node_of;
use crate::sandbox::Sandbox;
use crate::verdicts::Flip;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Denies the prober, and nobody else.
const POLICY: &str = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-prober\n  \
                      namespace: soak\nspec:\n  selector:\n    matchLabels:\n      app: east\n  action: DENY\n  \
                      rules:\n    - from:\n        - source:\n            principals: [cluster.local/ns/soak/sa/prober]\n";
/// Between two flips: more than twice the time that a verdict may lag.
const FLIP: Duration = Duration::from_secs(5);
/// Deployments of pods that come and go; each stays on one node, so that programs there have as many in the end.
pub(crate) const PASSING: [(&str, &str); 2] = [("passing-west", "node-1"), ("passing-east", "node-2")];
/// Pods of each at the start and at the end.
const PASSING_REPLICAS: usize = 1;
/// Between two changes of how many pods there are.
const CHURN: Duration = Duration::from_secs(6);
/// Between two kills.
const KILL: Duration = Duration::from_mins(2);
/// The first pause of the kubelet before it starts a container again; it doubles up to five minutes.
const PAUSE: Duration = Duration::from_secs(10);
/// How long an agent must have run when it is measured.
const SETTLED: Duration = Duration::from_secs(50);

/// How long to go on: until a moment, or until somebody asks for the end.
#[derive(Clone, Copy)]
pub(crate) struct Until<'a> {
    pub(crate) end: Instant,
    pub(crate) asked: &'a AtomicBool,
}

impl Until<'_> {
    /// Sleeps, and tells whether it goes on after that.
    pub(crate) fn sleep(self, duration: Duration) -> bool {
        let wake = (Instant::now() + duration).min(self.end);
        while Instant::now() < wake && !self.is_asked() {
            std::thread::sleep(Duration::from_millis(50).min(wake.saturating_duration_since(Instant::now())));
        }
        !self.is_asked() && Instant::now() < self.end
    }

    /// Whether somebody asked for the end.
    pub(crate) fn is_asked(self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// Until the end.
    pub(crate) fn left(self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) flips: Vec<Flip>,
    pub(crate) restarts: usize,
    pub(crate) pods: usize,
    /// What went wrong beside load and verdicts.
    pub(crate) failed: Vec<String>,
}

impl Done {
    /// The result of a thread, or nothing and why.
    fn what_came_of<T: Default>(&mut self, what: &str, ended: std::thread::Result<Result<T, String>>) -> T {
        match ended.unwrap_or_else(|_| Err("it panicked".to_owned())) {
            Ok(done) => done,
            Err(why) => {
                self.failed.push(format!("{what}: {why}"));
                T::default()
            }
        }
    }
}

/// Disturbs until the end, in all three ways side by side.
pub(crate) fn run(sandbox: &Sandbox, until: Until<'_>) -> Done {
    std::thread::scope(|scope| {
        let flips = scope.spawn(|| flips(sandbox, until));
        let kills = scope.spawn(|| kills(sandbox, until));
        let churn = scope.spawn(|| churn(sandbox, until));
        let (flips, kills, churn) = (flips.join(), kills.join(), churn.join());
        let mut done = Done::default();
        done.flips = done.what_came_of("policy flips", flips);
        done.restarts = done.what_came_of("restarts of agents", kills);
        done.pods = done.what_came_of("pods that come and go", churn);
        done
    })
}

/// Denies and allows in turn; allowed at the end.
fn flips(sandbox: &Sandbox, until: Until<'_>) -> Result<Vec<Flip>, String> {
    let path = sandbox.file("policy.yaml");
    std::fs::write(&path, POLICY).map_err(|error| error.to_string())?;
    let path = path.display().to_string();
    let mut flips = Vec::new();
    let mut denied = false;
    while until.sleep(FLIP) || denied {
        denied = !denied;
        let begun = now();
        let verb = if denied { "apply" } else { "delete" };
        sandbox
            .kubectl(&[verb, "-f", &path])
            .map_err(|error| error.to_string())?;
        flips.push(Flip {
            begun,
            written: now(),
            denied,
        });
    }
    Ok(flips)
}

/// Kills the agents of both nodes in turn, and waits each time until the kubelet has started another.
fn kills(sandbox: &Sandbox, until: Until<'_>) -> Result<usize, String> {
    let every = KILL.min(until.left() / 8);
    let mut pauses = [("node-1", PAUSE), ("node-2", PAUSE)];
    let mut restarts = 0;
    while until.sleep(every) {
        let (node, pause) = &mut pauses[restarts % 2];
        if until.left() < *pause + SETTLED {
            continue;
        }
        let victim = agent(sandbox, node).ok_or_else(|| format!("no agent runs on {node}"))?;
        let pid = i32::try_from(victim).map_err(|error| error.to_string())?;
        kill(Pid::from_raw(pid), Signal::SIGKILL).map_err(|error| error.to_string())?;
        let patience = Instant::now() + *pause + SETTLED;
        while agent(sandbox, node).is_none_or(|found| found == victim) {
            if Instant::now() > patience {
                return Err(format!("no agent on {node} after {:?}", *pause + SETTLED));
            }
            if until.is_asked() {
                return Ok(restarts);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        *pause = (*pause * 2).min(Duration::from_mins(5));
        restarts += 1;
    }
    Ok(restarts)
}

fn agent(sandbox: &Sandbox, node: &str) -> Option<i64> {
    let mut agents = sandbox.processes("mesh-node").into_iter();
    agents.find(|pid| node_of(*pid) == node)
}

/// Creates and deletes pods of the enrolled namespace; as many as at the start are there at the end.
fn churn(sandbox: &Sandbox, until: Until<'_>) -> Result<usize, String> {
    let scale = |replicas: usize| {
        let replicas = format!("--replicas={replicas}");
        let [first, second] = PASSING.map(|(name, _)| format!("deployment/{name}"));
        let words = ["scale", "-n", "soak", &first, &second, &replicas];
        sandbox.kubectl(&words).map_err(|error| error.to_string())
    };
    let mut created = 0;
    let mut replicas = PASSING_REPLICAS;
    while until.sleep(CHURN) {
        replicas = if replicas == 0 { 2 } else { 0 };
        scale(replicas)?;
        created += replicas * PASSING.len();
    }
    scale(PASSING_REPLICAS)?;
    Ok(created)
}

/// Milliseconds of the clock, as the probers write them.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}
