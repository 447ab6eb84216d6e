//! The CNI chain, as container runtimes run it: the configuration is read again for every pod, the
//! lexically first file wins, every plugin of the list is a program in `/opt/cni/bin`.

use crate::error::{Failure, Named, Result};
use serde_json::{Map, Value, json};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::time::timeout;

const CONFIGURATIONS: &str = "/etc/cni/net.d";
const PLUGINS: &str = "/opt/cni/bin";
/// Longer than any plugin may take (decisions 17: 20 s in all).
const PATIENCE: Duration = Duration::from_secs(40);

/// The pod a chain runs for.
#[derive(Debug, Clone)]
pub(crate) struct Attachment {
    pub(crate) id: String,
    /// The process that holds the network namespace.
    pub(crate) pause: i32,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
}

/// What the chain made of the pod.
#[derive(Debug, Clone)]
pub(crate) struct Attached {
    pub(crate) addresses: Vec<IpAddr>,
    list: NetworkList,
    result: Value,
}

/// A network configuration list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct NetworkList {
    name: String,
    version: String,
    plugins: Vec<Map<String, Value>>,
}

/// Adds the pod to the network.
pub(crate) async fn add(pod: &Attachment) -> Result<Attached> {
    let list = load(Path::new(CONFIGURATIONS))?;
    let mut previous: Option<Value> = None;
    for plugin in &list.plugins {
        let input = input(&list, plugin, previous.as_ref());
        let output = run(plugin, "ADD", pod, &input).await?;
        previous = Some(
            serde_json::from_slice(&output)
                .named(|| format!("cannot read the answer of `{}`", kind(plugin)))?,
        );
    }
    let result = previous.ok_or_else(|| Failure::new("the network has no plugins"))?;
    let addresses = addresses(&result);
    if addresses.is_empty() {
        return Err(Failure::new("the network gave the pod no address"));
    }
    Ok(Attached {
        addresses,
        list,
        result,
    })
}

/// Removes the pod from the network it was added to; the first failure is told, but every plugin is asked.
pub(crate) async fn remove(pod: &Attachment, attached: &Attached) -> Result<()> {
    let mut outcome = Ok(());
    for plugin in attached.list.plugins.iter().rev() {
        let input = input(&attached.list, plugin, Some(&attached.result));
        let ended = run(plugin, "DEL", pod, &input).await.map(drop);
        outcome = outcome.and(ended);
    }
    outcome
}

/// Clears up after an addition that failed half-way.
pub(crate) async fn forget(pod: &Attachment) -> Result<()> {
    let list = load(Path::new(CONFIGURATIONS))?;
    for plugin in list.plugins.iter().rev() {
        drop(run(plugin, "DEL", pod, &input(&list, plugin, None)).await);
    }
    Ok(())
}

/// The list in effect: the first readable file by name.
fn load(folder: &Path) -> Result<NetworkList> {
    let entries = fs::read_dir(folder).named(|| format!("cannot read `{}`", folder.display()))?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let fits = |path: &&PathBuf| {
        path.extension()
            .is_some_and(|kind| kind == "conf" || kind == "conflist" || kind == "json")
    };
    files
        .iter()
        .filter(fits)
        .find_map(|path| parse(&fs::read(path).ok()?))
        .ok_or_else(|| Failure::new(format!("no network configuration in `{}`", folder.display())))
}

fn parse(text: &[u8]) -> Option<NetworkList> {
    let Value::Object(mut file) = serde_json::from_slice(text).ok()? else {
        return None;
    };
    let word =
        |file: &Map<String, Value>, key: &str| file.get(key).and_then(Value::as_str).map(str::to_owned);
    let name = word(&file, "name")?;
    let version = word(&file, "cniVersion").unwrap_or_else(|| "0.3.1".to_owned());
    let plugins: Vec<_> = match file.remove("plugins") {
        Some(Value::Array(plugins)) => plugins
            .into_iter()
            .filter_map(|plugin| plugin.as_object().cloned())
            .collect(),
        Some(_) => return None,
        None => vec![file],
    };
    let complete = !plugins.is_empty() && plugins.iter().all(|plugin| !kind(plugin).is_empty());
    complete.then_some(NetworkList {
        name,
        version,
        plugins,
    })
}

fn kind(plugin: &Map<String, Value>) -> &str {
    plugin.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn input(list: &NetworkList, plugin: &Map<String, Value>, previous: Option<&Value>) -> Value {
    let mut input = plugin.clone();
    input.insert("name".into(), json!(list.name));
    input.insert("cniVersion".into(), json!(list.version));
    if let Some(previous) = previous {
        input.insert("prevResult".into(), previous.clone());
    }
    Value::Object(input)
}

async fn run(plugin: &Map<String, Value>, command: &str, pod: &Attachment, input: &Value) -> Result<Vec<u8>> {
    let kind = kind(plugin);
    if kind.contains('/') {
        return Err(Failure::new(format!("`{kind}` is not a plugin's name")));
    }
    let program = Path::new(PLUGINS).join(kind);
    let arguments = format!(
        "IgnoreUnknown=1;K8S_POD_NAMESPACE={};K8S_POD_NAME={};K8S_POD_INFRA_CONTAINER_ID={};K8S_POD_UID={}",
        pod.namespace, pod.name, pod.id, pod.uid
    );
    let mut child = Command::new(&program)
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env("CNI_COMMAND", command)
        .env("CNI_CONTAINERID", &pod.id)
        .env("CNI_NETNS", format!("/proc/{}/ns/net", pod.pause))
        .env("CNI_IFNAME", "eth0")
        .env("CNI_PATH", PLUGINS)
        .env("CNI_ARGS", arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .named(|| format!("failed to find plugin `{kind}` in `{PLUGINS}`"))?;
    let text = input.to_string();
    if let Some(mut stdin) = child.stdin.take() {
        drop(stdin.write_all(text.as_bytes()).await);
    }
    let output = timeout(PATIENCE, child.wait_with_output()).await;
    let output = output.named(|| {
        format!(
            "plugin `{kind}` did not answer {command} in {} s",
            PATIENCE.as_secs()
        )
    })?;
    let output = output.named(|| format!("cannot read the answer of `{kind}`"))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(refusal(kind, command, &output))
}

/// What the plugin said about its failure: the error object of the specification, else its stderr.
fn refusal(kind: &str, command: &str, output: &std::process::Output) -> Failure {
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
    let word = |key: &str| {
        answer
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let reason = match (word("msg"), word("details")) {
        (message, details) if !details.is_empty() => format!("{message}; {details}"),
        (message, _) if !message.is_empty() => message,
        _ => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    };
    let command = command.to_lowercase();
    Failure::new(format!("plugin type=\"{kind}\" failed ({command}): {reason}"))
}

/// The pod's addresses: those of interfaces inside it, or all when the result names no interfaces.
fn addresses(result: &Value) -> Vec<IpAddr> {
    let ips = result
        .get("ips")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let parse = |ip: &Value| ip.get("address")?.as_str()?.split('/').next()?.parse().ok();
    ips.iter().filter_map(parse).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lexically_first_valid_file_wins() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("00-broken.conflist", "{");
        write("05-note.txt", r#"{"name":"x","plugins":[{"type":"a"}]}"#);
        write("20-late.conflist", r#"{"name":"late","plugins":[{"type":"b"}]}"#);
        write(
            "10-first.conf",
            r#"{"name":"first","cniVersion":"0.4.0","type":"c"}"#,
        );
        let list = load(folder.path()).unwrap();
        assert_eq!((list.name.as_str(), kind(&list.plugins[0])), ("first", "c"));
    }

    #[test]
    fn each_plugin_gets_the_result_before_it() {
        let list = parse(br#"{"name":"n","cniVersion":"1.0.0","plugins":[{"type":"a","mtu":1}]}"#).unwrap();
        let input = input(&list, &list.plugins[0], Some(&json!({"ips": []})));
        let expected =
            json!({"type": "a", "mtu": 1, "name": "n", "cniVersion": "1.0.0", "prevResult": {"ips": []}});
        assert_eq!(input, expected);
    }

    #[test]
    fn addresses_come_from_the_last_result() {
        let result = json!({"ips": [{"address": "10.244.1.2/32"}, {"address": "fd00::2/128"}]});
        assert_eq!(
            addresses(&result),
            [
                "10.244.1.2".parse::<IpAddr>().unwrap(),
                "fd00::2".parse().unwrap()
            ]
        );
    }
}
