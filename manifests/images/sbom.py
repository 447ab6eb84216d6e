#!/usr/bin/env python3
"""Prints the bill of materials of the workspace's programs: CycloneDX 1.5, one component a crate.

Only what is linked into programs: no crates that tests or builds alone need. The same lock file gives the same bytes.
"""
import json
import pathlib
import subprocess
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ours(metadata: dict) -> list:
    """The members of the workspace that programs are built of."""
    members = set(metadata["workspace_members"])
    return [
        package["id"]
        for package in metadata["packages"]
        if package["id"] in members and any("bin" in target["kind"] for target in package["targets"])
    ]


def linked(metadata: dict) -> dict:
    """The crates that programs are made of, by id, with the ids that each of them needs."""
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    needed, waiting = {}, ours(metadata)
    while waiting:
        name = waiting.pop()
        if name in needed:
            continue
        below = [
            dep["pkg"]
            for dep in nodes[name]["deps"]
            if any(kind["kind"] is None for kind in dep["dep_kinds"])
        ]
        needed[name] = sorted(below)
        waiting.extend(below)
    return needed


def component(package: dict, checksums: dict) -> dict:
    purl = f"pkg:cargo/{package['name']}@{package['version']}"
    made = {
        "type": "library",
        "bom-ref": purl,
        "name": package["name"],
        "version": package["version"],
        "purl": purl,
    }
    if package.get("license"):
        # an old way to write OR, which is no expression of SPDX
        made["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        made["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    if package.get("repository"):
        made["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    return made


def main() -> None:
    text = subprocess.run(
        ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", "x86_64-unknown-linux-gnu"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    metadata = json.loads(text)
    packages = {package["id"]: package for package in metadata["packages"]}
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    checksums = {(one["name"], one["version"]): one.get("checksum") for one in lock["package"]}
    needed = linked(metadata)
    ref = {name: f"pkg:cargo/{packages[name]['name']}@{packages[name]['version']}" for name in needed}
    own = next(package for package in metadata["packages"] if package["name"] == "meshctl")
    document = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": "meshctl",
                "name": "meshctl",
                "version": own["version"],
                "licenses": [{"expression": own["license"]}],
            },
        },
        "components": sorted(
            (component(packages[name], checksums) for name in needed), key=lambda one: one["bom-ref"]
        ),
        "dependencies": [
            {"ref": "meshctl", "dependsOn": sorted(ref[name] for name in ours(metadata))},
            *sorted(
                ({"ref": ref[name], "dependsOn": sorted(ref[one] for one in below)} for name, below in needed.items()),
                key=lambda one: one["ref"],
            ),
        ],
    }
    print(json.dumps(document, indent=2, sort_keys=True))


main()
