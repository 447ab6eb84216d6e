//! The traffic of the soak: what the pods of two nodes do, and what came of it.

use crate::disturb::Until;
use crate::sandbox::{Outcome, Sandbox};
use mesh_sandbox::load::{Answered, Exact, Report};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::ops::AddAssign;
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// A debug build carries less.
const MORE: u32 = if cfg!(debug_assertions) { 1 } else { 4 };
/// How long loads may take to end after their time.
const GRACE: Duration = Duration::from_mins(1);
/// How long connections of a load live, at most.
const ROUND: Duration = Duration::from_mins(5);
/// A load that would be shorter is left out.
const SHORTEST: Duration = Duration::from_secs(10);

/// A load: its mode, connections side by side, bytes of a message, operations per second of each.
const LOADS: [(&str, u32, u32, u32); 4] = [
    ("stream", 3, 16_384, 10 * MORE),
    ("echo", 4, 1_024, 20 * MORE),
    ("connect", 2, 256, 5 * MORE),
    ("half-close", 2, 20_000, 5 * MORE),
];
/// Client Deployment and the Service that it calls, on the other node.
const WAYS: [(&str, &str); 2] = [("west", "east.soak:9000"), ("east", "west.soak:9000")];
/// Who asks for verdicts: the one that policy denies at times, and the one that it never does.
pub(crate) const PROBERS: [&str; 2] = ["prober", "friend"];

/// Loads that run, each in a pod; they end with the value.
pub(crate) struct Running(Vec<One>);

struct One {
    name: String,
    child: Child,
    output: PathBuf,
}

/// What came of loads and probers.
#[derive(Default)]
pub(crate) struct Ended {
    pub(crate) loads: BTreeMap<String, Sum>,
    pub(crate) probes: BTreeMap<String, Vec<Answered>>,
    /// Loads without a report, by name, and why.
    pub(crate) failed: Vec<String>,
}

/// The reports of one mode.
#[derive(Clone, Default, Serialize)]
pub(crate) struct Sum {
    pub(crate) operations: u64,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    pub(crate) exact: Exact,
}

impl From<Report> for Sum {
    fn from(report: Report) -> Self {
        Self {
            operations: report.operations,
            errors: report.errors,
            first_error: report.first_error,
            exact: report.exact,
        }
    }
}

impl AddAssign for Sum {
    fn add_assign(&mut self, other: Self) {
        self.operations += other.operations;
        self.errors += other.errors;
        self.exact += other.exact;
        self.first_error = self.first_error.take().or(other.first_error);
    }
}

impl Ended {
    /// What came of others as well.
    pub(crate) fn add(&mut self, other: Self) {
        for (mode, sum) in other.loads {
            *self.loads.entry(mode).or_default() += sum;
        }
        self.probes.extend(other.probes);
        self.failed.extend(other.failed);
    }
}

/// Starts every load, both ways.
pub(crate) fn loads(sandbox: &Sandbox, duration: Duration) -> Outcome<Running> {
    let mut running = Running(Vec::new());
    let seconds = duration.as_secs().to_string();
    for (client, target) in WAYS {
        for (mode, connections, message, rate) in LOADS {
            let words = format!(
                "run --target {target} --mode {mode} --connections {connections} --message {message} --rate {rate}"
            );
            running.start(sandbox, (client, mode), &words, &seconds)?;
        }
    }
    Ok(running)
}

/// The loads again and again until the end. A stream on a tunnel whose peer's certificate has ended is cut ten
/// minutes later (`spec/security.md` T15), so connections are made anew before that.
pub(crate) fn rounds(sandbox: &Sandbox, until: Until<'_>) -> Outcome<Ended> {
    let mut ended = Ended::default();
    loop {
        let left = until.left();
        if left < SHORTEST {
            return Ok(ended);
        }
        let round = left.min(ROUND);
        let running = loads(sandbox, round)?;
        let goes_on = until.sleep(round);
        if until.is_asked() {
            return Ok(ended);
        }
        ended.add(running.finish());
        if !goes_on {
            return Ok(ended);
        }
    }
}

/// Starts both probers.
pub(crate) fn probers(sandbox: &Sandbox, duration: Duration) -> Outcome<Running> {
    let mut running = Running(Vec::new());
    let seconds = duration.as_secs().to_string();
    for prober in PROBERS {
        let words = "probe --target east.soak:9000 --rate 10";
        running.start(sandbox, (prober, "probe"), words, &seconds)?;
    }
    Ok(running)
}

impl Running {
    fn start(
        &mut self,
        sandbox: &Sandbox,
        (client, what): (&str, &str),
        words: &str,
        seconds: &str,
    ) -> Outcome<()> {
        let output = sandbox.file(&format!("{client}-{what}"));
        let deployment = format!("deploy/{client}");
        let mut command = sandbox.kubectl_command();
        command.args(["exec", "-n", "soak", &deployment, "--"]);
        command.args(["meshctl", "sandbox", "load"]);
        command
            .args(words.split(' '))
            .args(["--seconds", seconds])
            .stdout(File::create(&output)?)
            .stderr(Stdio::inherit());
        self.0.push(One {
            name: format!("{what} of {client}"),
            child: command.spawn()?,
            output,
        });
        Ok(())
    }

    /// Waits for all of them and reads what they say.
    pub(crate) fn finish(mut self) -> Ended {
        let deadline = Instant::now() + GRACE;
        let mut ended = Ended::default();
        for one in &mut self.0 {
            if let Err(why) = one.read(deadline, &mut ended) {
                ended.failed.push(format!("{}: {why}", one.name));
            }
        }
        ended
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for one in &mut self.0 {
            let _ = one.child.kill();
            let _ = one.child.wait();
        }
    }
}

impl One {
    fn read(&mut self, deadline: Instant, ended: &mut Ended) -> Outcome<()> {
        let status = loop {
            match self.child.try_wait()? {
                Some(status) => break status,
                None if Instant::now() > deadline => return Err("it does not end".into()),
                None => std::thread::sleep(Duration::from_millis(100)),
            }
        };
        if !status.success() {
            return Err(format!("it ended with {status}").into());
        }
        let text = std::fs::read_to_string(&self.output)?;
        let (what, client) = self.name.split_once(" of ").ok_or("it has no name")?;
        if what == "probe" {
            let answers = text.lines().map(serde_json::from_str::<Answered>);
            ended
                .probes
                .insert(client.to_owned(), answers.collect::<Result<_, _>>()?);
        } else {
            let report: Report = serde_json::from_str(&text)?;
            *ended.loads.entry(what.to_owned()).or_default() += report.into();
        }
        Ok(())
    }
}
