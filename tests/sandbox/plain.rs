//! What people do with any cluster.

use crate::shell::{Shell, fails, says};
use crate::stage::{Sandbox, User};
use libtest_mimic::Failed;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::Stdio;

/// Ordinary objects from beginning to end.
pub(crate) fn cluster(user: User) -> Result<(), Failed> {
    let sandbox = Sandbox::up("plain", user, 2)?;
    let nodes = sandbox.sh("kubectl get nodes --no-headers")?;
    if nodes.lines().filter(|line| line.contains(" Ready ")).count() != 2 {
        return Err(format!("two nodes are not ready: {nodes}").into());
    }
    sandbox.apply("plain", include_str!("plain.yaml"))?;
    for name in ["web", "tool", "till"] {
        sandbox.sh(&format!(
            "kubectl rollout status deployment/{name} -n shop --timeout=60s"
        ))?;
    }
    what_ran(&sandbox)?;
    containers(&sandbox)?;
    traffic(&sandbox)?;
    forward(&sandbox)?;
    isolation(&sandbox)?;
    changes(&sandbox)
}

/// Every pod says what ran for it.
fn what_ran(sandbox: &Sandbox) -> Result<(), Failed> {
    for (app, ran) in [("web", "stub"), ("tool", "host"), ("till", "program")] {
        let script = format!(
            r"kubectl get pods -n shop -l app={app} -o jsonpath='{{.items[0].metadata.annotations.sandbox\.meshctl\.dev/ran}}'"
        );
        says(&sandbox.sh(&script)?, ran)?;
    }
    let described = sandbox.sh("kubectl describe pods -n shop -l app=web")?;
    ["Ready", "Started container web", "Liveness:", "stub"]
        .iter()
        .try_for_each(|words| says(&described, words))
}

/// Logs, exec with input and exit code, files that follow their object.
fn containers(sandbox: &Sandbox) -> Result<(), Failed> {
    says(
        &sandbox.sh("kubectl logs -n shop deploy/tool")?,
        "hello from node-",
    )?;
    let echoed = sandbox.sh("echo through | kubectl exec -i -n shop deploy/tool -- cat /work/file -")?;
    says(&echoed, "prepared\nthrough")?;
    let ended = sandbox.try_sh("kubectl exec -n shop deploy/tool -- sh -c 'exit 7'")?;
    fails(&ended, 7, "exit code 7")?;
    let pod = sandbox.sh("kubectl get pods -n shop -l app=tool -o jsonpath='{.items[0].metadata.name}'")?;
    let words = format!("sandbox exec --name {} shop/{pod} -- sh -c", sandbox.name());
    says(
        &sandbox.meshctl(&format!("{words} 'cat /etc/settings/greeting'"))?,
        "hello",
    )?;
    let ended = sandbox.try_meshctl(&format!("{words} 'echo went wrong >&2; exit 9'"))?;
    fails(&ended, 9, "went wrong")?;
    sandbox.sh("kubectl patch configmap -n shop settings -p '{\"data\":{\"greeting\":\"goodbye\"}}'")?;
    sandbox
        .until("kubectl exec -n shop deploy/tool -- grep goodbye /etc/settings/greeting")
        .map(drop)
}

/// DNS names and service addresses from inside pods.
fn traffic(sandbox: &Sandbox) -> Result<(), Failed> {
    let address = sandbox.sh("kubectl get service web -n shop -o jsonpath='{.spec.clusterIP}'")?;
    for name in ["web", "web.shop", "web.shop.svc.cluster.local"] {
        let found = sandbox.sh(&format!(
            "kubectl exec -n shop deploy/tool -- getent hosts {name}"
        ))?;
        says(&found, &address)?;
    }
    let unknown = sandbox.try_sh("kubectl exec -n shop deploy/tool -- getent hosts nothing.shop")?;
    fails(&unknown, 2, "exit code 2")?;
    for _ in 0..4 {
        let answer =
            sandbox.sh("kubectl exec -n shop deploy/till -- meshctl sandbox load fetch http://web.shop/")?;
        says(&answer, "status: 200")?;
    }
    Ok(())
}

fn forward(sandbox: &Sandbox) -> Result<(), Failed> {
    let mut command = sandbox.command("exec kubectl port-forward -n shop service/web :80");
    let mut forwarder = command.stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    let mut output = BufReader::new(forwarder.stdout.take().ok_or("no output")?);
    output.read_line(&mut line)?;
    let answer = line
        .strip_prefix("Forwarding from ")
        .and_then(|rest| rest.split(' ').next())
        .ok_or_else(|| format!("port-forward said: {line}").into())
        .and_then(get);
    forwarder.kill()?;
    forwarder.wait()?;
    says(&answer?, "HTTP/1.1 200")
}

fn get(address: &str) -> Result<String, Failed> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// A pod sees nothing of the machine but its programs, and changes nothing of it.
fn isolation(sandbox: &Sandbox) -> Result<(), Failed> {
    let folder = sandbox.folder().display();
    let script = format!(
        "kubectl exec -n shop deploy/tool -- sh -c '\
         test ! -e {folder} && test -z \"$(ls -A /home)\" && test -z \"$(ls -A /root)\" && test \"$(id -u)\" = 0 \
         && ! touch /usr/file && ! touch /etc/os-release && test ! -w /proc/sys/kernel/hostname \
         && ! grep -q {folder} /proc/*/environ && test \"$(ls /sys/class/net | tr \"\\n\" \" \")\" = \"eth0 lo \" \
         && test \"$(ps -e 2>/dev/null | wc -l)\" -lt 12'"
    );
    sandbox.sh(&script).map(drop)
}

/// Labels, annotations, a restart, usage, deletion.
fn changes(sandbox: &Sandbox) -> Result<(), Failed> {
    sandbox.sh("kubectl label deployment web -n shop tier=front")?;
    says(
        &sandbox.sh("kubectl get deployments -n shop -l tier=front")?,
        "2/2",
    )?;
    sandbox.sh("kubectl annotate pods -n shop -l app=web seen=yes")?;
    let names = "kubectl get pods -n shop -l app=web -o jsonpath='{.items[*].metadata.uid}'";
    let before = sandbox.sh(names)?;
    sandbox.sh("kubectl rollout restart deployment/web -n shop")?;
    sandbox.sh("kubectl rollout status deployment/web -n shop --timeout=60s")?;
    let after = sandbox.sh(names)?;
    if after.split(' ').any(|uid| before.contains(uid)) {
        return Err(format!("a restart kept a pod: {before} became {after}").into());
    }
    says(&sandbox.until("kubectl top pods -n shop")?, "web-")?;
    says(&sandbox.sh("kubectl top nodes")?, "node-1")?;
    sandbox.sh("kubectl delete namespace shop --timeout=60s")?;
    fails(&sandbox.try_sh("kubectl get namespace shop")?, 1, "NotFound")
}

/// Many pods at once.
pub(crate) fn fifty_pods() -> Result<(), Failed> {
    let sandbox = Sandbox::up("fifty", User::Own, 3)?;
    sandbox.sh("kubectl create deployment many --image=nginx --port=80 --replicas=50")?;
    sandbox.sh("kubectl rollout status deployment/many --timeout=180s")?;
    let nodes = sandbox.sh(
        "kubectl get pods -l app=many -o jsonpath='{range .items[*]}{.spec.nodeName}{\"\\n\"}{end}' | sort | uniq -c",
    )?;
    if nodes.lines().count() != 3 {
        return Err(format!("the pods are not spread over three nodes: {nodes}").into());
    }
    let addresses = sandbox.sh("kubectl get pods -l app=many -o jsonpath='{.items[*].status.podIP}'")?;
    let distinct: std::collections::BTreeSet<_> = addresses.split(' ').collect();
    if distinct.len() != 50 {
        return Err(format!("fifty pods have {} addresses", distinct.len()).into());
    }
    sandbox.sh("kubectl expose deployment many --port=80")?;
    sandbox.until(
        "kubectl get endpointslices -l kubernetes.io/service-name=many \
         -o jsonpath='{range .items[*].endpoints[*]}{.addresses[0]}{\"\\n\"}{end}' | wc -l | grep -x 50",
    )?;
    sandbox.sh("kubectl delete deployment many --timeout=60s")?;
    sandbox
        .until("test -z \"$(kubectl get pods -l app=many -o name)\"")
        .map(drop)
}
