//! The node's private root: the machine's programs read-only, a few files of its `/etc`, and folders of the node's own.

use crate::addresses;
use crate::error::{Named, Result};
use crate::mounts;
use crate::node::NodeConfig;
use crate::stage::PRIMARY_PLUGIN;
use serde_json::json;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// What of the machine's `/etc` programs need to run; nothing secret is among it.
const ETC: [&str; 26] = [
    "alternatives",
    "bash.bashrc",
    "ca-certificates",
    "crypto-policies",
    "debian_version",
    "ethertypes",
    "fonts",
    "gai.conf",
    "inputrc",
    "java-17-openjdk",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "magic",
    "mime.types",
    "networks",
    "os-release",
    "perl",
    "pki",
    "profile",
    "protocols",
    "rpc",
    "services",
    "ssl",
    "timezone",
];
/// Private keys lie here on many machines.
const KEYS: [&str; 2] = ["ssl/private", "pki/tls/private"];

/// Builds the root below the node's folder and moves into it.
pub(crate) fn enter(config: &NodeConfig) -> Result<()> {
    mounts::make_private()?;
    let root = config.folder.join("root");
    make(&root)?;
    mounts::tmpfs(&root, "mode=0755")?;
    mounts::programs(&root)?;
    for folder in [
        "proc", "sys", "etc/cni", "opt", "var", "run", "root", "home", "srv", "mnt",
    ] {
        make(&root.join(folder))?;
    }
    make(&root.join("tmp"))?;
    fs::set_permissions(root.join("tmp"), Permissions::from_mode(0o1777))
        .named(|| "cannot prepare /tmp".to_owned())?;
    disk(config, &root)?;
    own_files(config, &root)?;
    etc(&root.join("run/meshctl/image/etc"))?;
    mounts::devices(&root.join("dev"))?;
    mounts::proc(&root.join("proc"))?;
    mounts::sysfs(&root.join("sys"))?;
    boot_id(&root)?;
    protect_kernel(&root)?;
    mounts::enter_root(&root)
}

/// A node that comes back has booted: what asks the kernel for the boot's id is told so.
fn boot_id(root: &Path) -> Result<()> {
    let what = || "cannot name the node's boot".to_owned();
    let hex = format!("{:032x}", rand::random::<u128>());
    let own = root.join("run/meshctl/boot_id");
    let text = format!(
        "{}-{}-4{}-a{}-{}\n",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..]
    );
    fs::write(&own, text).named(what)?;
    let kernel = root.join("proc/sys/kernel/random/boot_id");
    if kernel.exists() {
        mounts::bind_read_only(&own, &kernel)?;
    }
    Ok(())
}

fn make(path: &Path) -> Result<()> {
    fs::create_dir_all(path).named(|| format!("cannot make `{}`", path.display()))
}

/// The folders that survive a loss of power.
fn disk(config: &NodeConfig, root: &Path) -> Result<()> {
    let disk = config.folder.join("disk");
    for (kept, place) in [("etc-cni", "etc/cni"), ("opt", "opt"), ("var", "var")] {
        make(&disk.join(kept))?;
        mounts::bind(&disk.join(kept), &root.join(place))?;
    }
    for folder in [
        "etc/cni/net.d",
        "opt/cni/bin",
        "var/lib",
        "var/log/pods",
        "var/tmp",
    ] {
        make(&root.join(folder))?;
    }
    let run = root.join("var/run");
    if fs::symlink_metadata(&run).is_err() {
        symlink("/run", &run).named(|| "cannot make /var/run".to_owned())?;
    }
    make(&root.join("run/netns"))?;
    first_boot(config, root)
}

/// What an operating system's installer would have put on the disk: the primary network.
fn first_boot(config: &NodeConfig, root: &Path) -> Result<()> {
    let marker = root.join("var/lib/meshctl-installed");
    if marker.exists() {
        return Ok(());
    }
    let list = json!({
        "cniVersion": "1.0.0",
        "name": "sandbox",
        "plugins": [{"type": PRIMARY_PLUGIN, "gateway": addresses::pod_gateway(config.index)}],
    });
    let what = || "cannot write the node's network configuration".to_owned();
    let text = serde_json::to_string_pretty(&list).named(what)?;
    fs::write(root.join("etc/cni/net.d/10-sandbox.conflist"), text).named(what)?;
    symlink(
        "/run/meshctl/bin/meshctl",
        root.join("opt/cni/bin").join(PRIMARY_PLUGIN),
    )
    .named(what)?;
    fs::write(marker, "").named(what)
}

/// Our programs and the socket to the supervisor.
fn own_files(config: &NodeConfig, root: &Path) -> Result<()> {
    let own = root.join("run/meshctl");
    make(&own)?;
    fs::set_permissions(&own, Permissions::from_mode(0o700))
        .named(|| "cannot protect the node's files".to_owned())?;
    for (from, name) in [
        (&config.bin, "bin"),
        (&config.programs, "programs"),
        (&config.folder.join("ctl"), "ctl"),
    ] {
        make(&own.join(name))?;
        if name == "ctl" {
            mounts::bind(from, &own.join(name))?;
        } else {
            mounts::bind_read_only(from, &own.join(name))?;
        }
    }
    Ok(())
}

/// The `/etc` every container starts with.
fn etc(image: &Path) -> Result<()> {
    make(image)?;
    for name in ETC {
        let (from, to) = (Path::new("/etc").join(name), image.join(name));
        let Ok(kind) = fs::symlink_metadata(&from) else {
            continue;
        };
        let what = || format!("cannot show `{}`", from.display());
        if kind.is_symlink() {
            symlink(fs::read_link(&from).named(what)?, &to).named(what)?;
        } else {
            mounts::place_for(&from, &to)?;
            mounts::bind_read_only(&from, &to)?;
        }
    }
    for keys in KEYS {
        let keys = image.join(keys);
        if keys.is_dir() {
            mounts::tmpfs(&keys, "mode=0755,size=4k")?;
        }
    }
    let write = |name: &str, text: &str| {
        fs::write(image.join(name), text).named(|| format!("cannot write /etc/{name}"))
    };
    write(
        "passwd",
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
    )?;
    write("group", "root:x:0:\nnogroup:x:65534:\n")?;
    write(
        "nsswitch.conf",
        "passwd: files\ngroup: files\nhosts: files dns\nprotocols: files\nservices: files\n",
    )?;
    write("hostname", "")?;
    write("hosts", "")?;
    write("resolv.conf", "")
}

/// No setting of the running kernel is ever written, but those of the node's own network may be.
fn protect_kernel(root: &Path) -> Result<()> {
    let sys = root.join("proc/sys");
    mounts::bind(&sys.join("net"), &sys.join("net"))?;
    // the bind of `sys` takes the writable `net` along as a mount of its own
    mounts::bind(&sys, &sys)?;
    mounts::make_read_only(&sys)?;
    let trigger = root.join("proc/sysrq-trigger");
    if trigger.exists() {
        mounts::bind(Path::new("/dev/null"), &trigger)?;
    }
    Ok(())
}
