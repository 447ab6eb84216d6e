//! Images in a registry and in a container runtime that are not ours.

#[path = "harness.rs"]
mod harness;

use harness::{Need, Suite, root};
use libtest_mimic::Failed;
use meshctl::images::table::Table;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use tempfile::TempDir;

/// A registry of go-containerregistry's, and its reader of images.
const REGISTRY: Need = Need::Other(|| {
    let is_there = program().is_file();
    (!is_there).then(|| "needs target/tools/foreign/registry, which tests/foreign/build makes".to_owned())
});

fn program() -> PathBuf {
    root().join("target/tools/foreign/registry")
}

fn main() -> ExitCode {
    let mut suite = Suite::default();
    suite.test(
        "pushed_images_are_read_whole_by_a_foreign_reader",
        &[REGISTRY],
        pushed,
    );
    suite.test("a_second_push_sends_no_blob_again", &[REGISTRY], again);
    suite.test(
        "a_registry_that_wants_a_password_or_a_token_gets_it",
        &[REGISTRY],
        login,
    );
    suite.test(
        "a_registry_that_refuses_or_is_away_is_named",
        &[REGISTRY],
        refused,
    );
    suite.test(
        "a_runtime_gets_the_whole_archive_or_its_failure_is_told",
        &[],
        load,
    );
    suite.test(
        "the_bill_of_materials_is_cyclonedx_of_what_is_linked",
        &[CYCLONEDX],
        materials,
    );
    suite.test("the_containerfile_builds_what_the_table_says", &[], containerfile);
    suite.run()
}

/// Each stage but the first is an image of the table.
fn containerfile() -> Result<(), Failed> {
    let folder = root().join("manifests/images");
    let table = Table::parse(&std::fs::read_to_string(folder.join("images.yaml"))?)?;
    let text = std::fs::read_to_string(folder.join("Containerfile"))?;
    let found: Vec<Vec<&str>> = text
        .split("\n\n")
        .filter(|stage| stage.starts_with("FROM base"))
        .map(|stage| stage.lines().collect())
        .collect();
    let wanted: Vec<Vec<String>> = table
        .images
        .iter()
        .map(|image| {
            let files = image.files.iter();
            let files = files.map(|file| format!("COPY --chmod=755 dist/{} {}", file.program, file.path));
            [format!("FROM base AS {}", image.repository)]
                .into_iter()
                .chain(files)
                .chain([
                    format!("USER {}", image.user),
                    format!("ENTRYPOINT [\"{}\"]", image.entrypoint),
                ])
                .collect()
        })
        .collect();
    assert_eq!(found, wanted);
    Ok(())
}

/// The own reader of `CycloneDX`, which `tests/tools` fetches.
const CYCLONEDX: Need = Need::Other(|| {
    let is_there = root().join("target/tools/sbom/cyclonedx").is_dir();
    (!is_there).then(|| "needs cyclonedx-python-lib, which tests/tools fetches".to_owned())
});

fn materials() -> Result<(), Failed> {
    let run = || {
        Command::new("python3")
            .arg(root().join("manifests/images/sbom.py"))
            .output()
    };
    let output = run()?;
    assert!(output.status.success(), "{}", said(&output));
    assert_eq!(
        output.stdout,
        run()?.stdout,
        "the same lock file gives the same bytes"
    );
    let bill: Value = serde_json::from_slice(&output.stdout)?;
    let components = bill["components"].as_array().ok_or("no components")?;
    let names: Vec<&str> = components.iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(
        names.contains(&"rustls") && names.contains(&"proxy-core"),
        "{names:?}"
    );
    assert!(
        !names.contains(&"trycmd") && !names.contains(&"mesh-cluster"),
        "what only tests need is no part"
    );
    let file = tempfile::NamedTempFile::new()?;
    std::fs::write(file.path(), &output.stdout)?;
    let check = "import sys\nfrom cyclonedx.schema import SchemaVersion\nfrom cyclonedx.validation.json import JsonStrictValidator\n\
                 wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())\nsys.exit(str(wrong) if wrong else 0)";
    let output = Command::new("python3")
        .args(["-c", check])
        .arg(file.path())
        .env("PYTHONPATH", root().join("target/tools/sbom"))
        .output()?;
    assert!(output.status.success(), "{}", said(&output));
    Ok(())
}

/// A registry; it ends with the value.
struct Registry {
    address: String,
    process: Child,
}

impl Registry {
    fn start(arguments: &[&str]) -> Result<Self, Failed> {
        let mut process = Command::new(program())
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = process.stdout.take().ok_or("no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        Ok(Self {
            address: address.trim().to_owned(),
            process,
        })
    }

    fn hub(&self) -> String {
        format!("{}/mesh", self.address)
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Small stand-ins for the programs, which need not run: static, of this machine.
fn programs() -> Result<TempDir, Failed> {
    let folder = TempDir::new()?;
    let own = std::fs::read("/proc/self/exe")?;
    for name in ["mesh-control", "mesh-node", "mesh-cni", "mesh-proxy", "meshctl"] {
        let mut bytes = vec![0; 64 + 56];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[18..20].copy_from_slice(&own[18..20]);
        bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
        bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
        bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
        bytes[64..68].copy_from_slice(&1_u32.to_le_bytes());
        bytes.extend_from_slice(name.as_bytes());
        std::fs::write(folder.path().join(name), bytes)?;
    }
    Ok(folder)
}

fn meshctl(programs: &TempDir, words: &[&str], input: &str) -> Result<Output, Failed> {
    let mut child = Command::new(env!("CARGO_BIN_EXE_meshctl"))
        .arg("images")
        .args(words)
        .arg("--programs")
        .arg(programs.path())
        .env("HOME", programs.path())
        .env_remove("DOCKER_CONFIG")
        .env_remove("REGISTRY_AUTH_FILE")
        .env_remove("MESHCTL_HUB")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // a command that reads none may have ended
        let _ = stdin.write_all(input.as_bytes());
    }
    Ok(child.wait_with_output()?)
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn push(programs: &TempDir, hub: &str, more: &[&str], input: &str) -> Result<Output, Failed> {
    let words = [&["push", "--hub", hub, "--tag", "1.2.3"], more].concat();
    meshctl(programs, &words, input)
}

fn pushed() -> Result<(), Failed> {
    let (registry, programs) = (Registry::start(&[])?, programs()?);
    let output = push(&programs, &registry.hub(), &[], "")?;
    assert!(output.status.success(), "{}", said(&output));
    for (repository, entry, user) in [
        ("pilot", "/usr/local/bin/pilot-discovery", "1337"),
        ("install-cni", "/usr/local/bin/install-cni", "0"),
        ("ztunnel", "/usr/local/bin/ztunnel", "0"),
        ("meshctl", "/usr/local/bin/meshctl", "1337"),
    ] {
        let config = check(&format!("{}/{repository}:1.2.3", registry.hub()), &[])?;
        assert_eq!(config["config"]["Entrypoint"][0], entry);
        assert_eq!(config["config"]["User"], user);
    }
    Ok(())
}

/// The configuration of an image that the foreign reader has pulled and validated.
fn check(name: &str, more: &[&str]) -> Result<Value, Failed> {
    let output = Command::new(program())
        .arg("check")
        .args(more)
        .arg(name)
        .output()?;
    if !output.status.success() {
        return Err(said(&output).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn again() -> Result<(), Failed> {
    let (registry, programs) = (Registry::start(&[])?, programs()?);
    let first = push(&programs, &registry.hub(), &["ztunnel"], "")?;
    assert!(
        first.status.success() && !said(&first).contains("had"),
        "{}",
        said(&first)
    );
    let second = push(&programs, &registry.hub(), &["ztunnel"], "")?;
    assert!(
        second.status.success() && said(&second).contains("which the registry had"),
        "{}",
        said(&second)
    );
    Ok(())
}

fn login() -> Result<(), Failed> {
    let programs = programs()?;
    for kind in ["--basic", "--token"] {
        let registry = Registry::start(&[kind, "me:se:cret"])?;
        let nobody = push(&programs, &registry.hub(), &["ztunnel"], "")?;
        let text = said(&nobody);
        assert!(
            !nobody.status.success() && text.contains("docker login"),
            "{kind}: {text}"
        );
        let wrong = push(
            &programs,
            &registry.hub(),
            &["ztunnel", "--username", "me", "--password-stdin"],
            "no\n",
        )?;
        assert!(
            !wrong.status.success() && !said(&wrong).contains("no\n"),
            "{kind}: {}",
            said(&wrong)
        );
        let right = push(
            &programs,
            &registry.hub(),
            &["ztunnel", "--username", "me", "--password-stdin"],
            "se:cret\n",
        )?;
        assert!(right.status.success(), "{kind}: {}", said(&right));
        // and with what a container engine left
        let folder = programs.path().join(".docker");
        std::fs::create_dir_all(&folder)?;
        let auth = "bWU6c2U6Y3JldA==";
        let logins = serde_json::json!({"auths": {registry.address.clone(): {"auth": auth}}});
        std::fs::write(folder.join("config.json"), logins.to_string())?;
        let found = push(&programs, &registry.hub(), &["pilot"], "")?;
        assert!(found.status.success(), "{kind}: {}", said(&found));
        std::fs::remove_file(folder.join("config.json"))?;
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let programs = programs()?;
    let free = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let away = push(&programs, &format!("{free}/mesh"), &["ztunnel"], "")?;
    let text = said(&away);
    assert!(
        text.contains(&format!("cannot reach `{free}`")) && text.contains("--plain-http"),
        "{text}"
    );
    let name = push(&programs, "registry.example/Mesh", &["ztunnel"], "")?;
    assert_eq!(name.status.code(), Some(64), "{}", said(&name));
    let roots = push(
        &programs,
        "registry.example/mesh",
        &["ztunnel", "--ca-file", "/nowhere.pem"],
        "",
    )?;
    assert!(said(&roots).contains("/nowhere.pem"), "{}", said(&roots));
    Ok(())
}

fn script(folder: &Path, name: &str, text: &str) -> Result<(), Failed> {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n"))?;
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    Ok(())
}

/// The runtime is a script in the place of containerd's client: what is ours is what it is fed, and what is told.
fn load() -> Result<(), Failed> {
    let programs = programs()?;
    let folder = TempDir::new()?;
    let got = folder.path().join("got");
    script(
        folder.path(),
        "ctr",
        &format!("echo \"$@\" >{0}.words; cat >{0}", got.display()),
    )?;
    let path = format!("{}:/usr/bin:/bin", folder.path().display());
    let run = |more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_meshctl"))
            .args(["images", "load", "--programs"])
            .arg(programs.path())
            .args(more)
            .env("PATH", &path)
            .output()
    };
    let output = run(&["--into", "containerd"])?;
    assert!(output.status.success(), "{}", said(&output));
    let words = std::fs::read_to_string(got.with_extension("words"))?;
    assert_eq!(words.trim(), "--namespace=k8s.io images import --all-platforms -");
    let mut names: Vec<String> = Vec::new();
    for entry in tar::Archive::new(std::fs::File::open(&got)?).entries()? {
        names.push(entry?.path()?.display().to_string());
    }
    assert!(
        names.iter().any(|name| name == "index.json") && names.len() > 8,
        "{names:?}"
    );
    script(folder.path(), "ctr", "echo no space >&2; exit 3")?;
    let output = run(&["--into", "containerd"])?;
    assert!(
        said(&output).contains("did not take the images"),
        "{}",
        said(&output)
    );
    let absent = run(&["--into", "k3s"])?;
    assert!(said(&absent).contains("cannot run `k3s"), "{}", said(&absent));
    Ok(())
}
