//! Images of small stand-in programs: reproducible, complete, and readable by an independent reader.

use super::*;
use std::fs;
use std::io::Read;
use tempfile::TempDir;

/// The smallest static program: one program header.
pub(super) fn program(machine: u16) -> Vec<u8> {
    let mut bytes = vec![0; 64 + 56];
    bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
    bytes[18..20].copy_from_slice(&machine.to_le_bytes());
    bytes[32..40].copy_from_slice(&64_u64.to_le_bytes());
    bytes[54..56].copy_from_slice(&56_u16.to_le_bytes());
    bytes[56..58].copy_from_slice(&1_u16.to_le_bytes());
    bytes[64..68].copy_from_slice(&1_u32.to_le_bytes());
    bytes
}

fn programs() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (number, name) in ["mesh-control", "mesh-node", "mesh-cni", "mesh-proxy", "meshctl"]
        .iter()
        .enumerate()
    {
        let mut bytes = program(62);
        bytes.push(u8::try_from(number).unwrap());
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

fn options(folder: &TempDir) -> Options {
    Options {
        programs: folder.path().to_owned(),
        hub: None,
        tag: "1.2.3".to_owned(),
        only: Vec::new(),
        is_compressed: true,
    }
}

fn build_all(options: &Options) -> Result<Vec<Image>, ImageError> {
    build(&Table::embedded().unwrap(), options)
}

fn tar_of(images: &[Image]) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive::write_tar(&Image::contents(images), &mut bytes).unwrap();
    bytes
}

fn entries(tar: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut archive = tar::Archive::new(tar);
    let entries = archive.entries().unwrap().map(|entry| {
        let mut entry = entry.unwrap();
        let header = entry.header();
        assert_eq!(
            (
                header.mtime().unwrap(),
                header.uid().unwrap(),
                header.gid().unwrap()
            ),
            (0, 0, 0)
        );
        let path = entry.path().unwrap().to_str().unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (path, bytes)
    });
    entries.collect()
}

fn parse(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

#[test]
fn the_same_programs_give_the_same_bytes() {
    let (one, other) = (programs(), programs());
    let first = tar_of(&build_all(&options(&one)).unwrap());
    assert_eq!(first, tar_of(&build_all(&options(&other)).unwrap()));
    fs::write(other.path().join("mesh-proxy"), program(62)).unwrap();
    assert_ne!(first, tar_of(&build_all(&options(&other)).unwrap()));
}

#[test]
fn every_digest_names_what_it_says() {
    let folder = programs();
    let images = build_all(&options(&folder)).unwrap();
    let files = entries(&tar_of(&images));
    for (path, bytes) in files.iter().filter(|(path, _)| path.starts_with("blobs/")) {
        assert_eq!(
            *path,
            format!("blobs/{}", archive::digest(bytes).replace(':', "/"))
        );
    }
    let index = parse(&files["index.json"]);
    let manifests = index["manifests"].as_array().unwrap();
    assert_eq!(manifests.len(), 4);
    let blob = |descriptor: &Value| {
        let bytes = &files[&format!(
            "blobs/{}",
            descriptor["digest"].as_str().unwrap().replace(':', "/")
        )];
        assert_eq!(descriptor["size"], bytes.len());
        bytes
    };
    for descriptor in manifests {
        assert_eq!(descriptor["platform"]["architecture"], "amd64");
        let manifest = parse(blob(descriptor));
        let config = parse(blob(&manifest["config"]));
        let mut tar = Vec::new();
        flate2::read::GzDecoder::new(blob(&manifest["layers"][0]).as_slice())
            .read_to_end(&mut tar)
            .unwrap();
        assert_eq!(config["rootfs"]["diff_ids"][0], archive::digest(&tar));
        let inside = entries(&tar);
        let point = config["config"]["Entrypoint"][0].as_str().unwrap();
        assert!(inside.contains_key(point.trim_start_matches('/')), "{point}");
        assert!(inside.contains_key("tmp/") && inside.contains_key("etc/nsswitch.conf"));
    }
    assert_eq!(parse(&files["oci-layout"])["imageLayoutVersion"], "1.0.0");
    let docker = parse(&files["manifest.json"]);
    assert_eq!(docker[0]["RepoTags"][0], "localhost/meshctl/pilot:1.2.3");
    assert!(files.contains_key(docker[0]["Layers"][0].as_str().unwrap()));
}

#[test]
fn hub_tag_and_choice_are_the_callers() {
    let folder = programs();
    let mut options = options(&folder);
    options.hub = Some("registry.example/mesh/".to_owned());
    options.only = vec!["ztunnel".to_owned()];
    options.is_compressed = false;
    let images = build_all(&options).unwrap();
    let names: Vec<_> = images.iter().map(|image| image.name.as_str()).collect();
    assert_eq!(names, ["registry.example/mesh/ztunnel:1.2.3"]);
    options.only = vec!["proxyv2".to_owned()];
    let error = build_all(&options).unwrap_err().to_string();
    assert!(
        error.contains("`proxyv2`") && error.contains("ztunnel"),
        "{error}"
    );
}

#[test]
fn programs_that_cannot_run_in_an_image_are_named() {
    let folder = programs();
    let path = folder.path().join("mesh-cni");
    for (bytes, reason) in [
        (b"#!/bin/sh\n".to_vec(), "not an ELF program"),
        (program(183), "is for arm64"),
    ] {
        fs::write(&path, bytes).unwrap();
        let error = build_all(&options(&folder)).unwrap_err();
        let source = std::error::Error::source(&error).map(ToString::to_string);
        let text = format!("{error} {}", source.unwrap_or_default());
        assert!(text.contains("mesh-cni") && text.contains(reason), "{text}");
    }
    fs::remove_file(&path).unwrap();
    let error = build_all(&options(&folder)).unwrap_err().to_string();
    assert!(
        error.contains("cannot read the program") && error.contains("mesh-cni"),
        "{error}"
    );
}

#[test]
fn a_folder_can_be_written_over() {
    let (folder, output) = (programs(), TempDir::new().unwrap());
    for _ in 0..2 {
        let images = build_all(&options(&folder)).unwrap();
        archive::write_folder(&Image::contents(&images), output.path()).unwrap();
    }
    let index = parse(&fs::read(output.path().join("index.json")).unwrap());
    assert_eq!(
        index["manifests"][3]["annotations"]["io.containerd.image.name"],
        "localhost/meshctl/meshctl:1.2.3"
    );
    assert_eq!(fs::read_dir(output.path()).unwrap().count(), 4);
}

#[test]
fn a_dynamic_program_brings_its_loader_and_libraries() {
    let folder = programs();
    fs::copy(std::env::current_exe().unwrap(), folder.path().join("mesh-proxy")).unwrap();
    let mut options = options(&folder);
    options.only = vec!["ztunnel".to_owned()];
    options.is_compressed = false;
    let images = build_all(&options).unwrap();
    assert_eq!(images[0].dynamic, ["mesh-proxy"]);
    let inside = entries(&images[0].layer.bytes);
    for name in ["/ld-linux", "/libc.so.6", "/libgcc_s.so.1"] {
        assert!(inside.keys().any(|path| path.contains(name)), "{name}");
    }
}
