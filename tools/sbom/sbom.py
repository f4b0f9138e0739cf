#!/usr/bin/env python3
"""Software bills of materials in CycloneDX 1.5, one for each artefact that ships.

    sbom.py OUTPUT_FOLDER

From the locked resolution of cargo for the target and features that ship; build-time and test dependencies are not in
an artefact and not in its bill. Wheel and JAR have no run-time dependency outside their native half.
"""

import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
TARGET = "x86_64-unknown-linux-gnu"
# Artefact: the crate whose closure is in it, its features, its type and package URL.
ARTEFACTS = {
    "skm-c": ("skm-c", [], "library", "pkg:generic/skm-c@{}"),
    "skm-python": ("skm-py", [], "library", "pkg:pypi/skm-client@{}"),
    "skm-java": ("skm-jni", ["skm-jni/sandbox"], "library", "pkg:maven/io.skm/skm@{}"),
    "skm-command": ("skm-cli", [], "application", "pkg:cargo/skm-cli@{}"),
}


def metadata(features):
    command = ["cargo", "metadata", "--locked", "--format-version", "1", "--filter-platform", TARGET]
    if features:
        command += ["--features", ",".join(features)]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def closure(nodes, root):
    """Ids reached from `root` by normal dependencies, with their direct ones."""
    reached, waiting = {}, [root]
    while waiting:
        identity = waiting.pop()
        if identity in reached:
            continue
        direct = [
            dependency["pkg"]
            for dependency in nodes[identity]["deps"]
            if any(kind["kind"] is None for kind in dependency["dep_kinds"])
        ]
        reached[identity] = direct
        waiting += direct
    return reached


def reference(package):
    return "pkg:cargo/{}@{}".format(package["name"], package["version"])


def component(package, checksums):
    found = {
        "type": "library",
        "bom-ref": reference(package),
        "name": package["name"],
        "version": package["version"],
        "purl": reference(package),
        "scope": "required",
    }
    if package["license"]:
        # Cargo's older "A/B" means "A OR B".
        found["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    if package["description"]:
        found["description"] = " ".join(package["description"].split())
    if package["repository"]:
        found["externalReferences"] = [{"type": "vcs", "url": package["repository"]}]
    checksum = checksums.get((package["name"], package["version"]))
    if checksum:
        found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
    return found


def locked_checksums():
    """Of every package in Cargo.lock that comes from a registry."""
    found, current = {}, {}
    for line in (ROOT / "Cargo.lock").read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(" = ")
        if line == "[[package]]":
            current = {}
        current[key] = value.strip('"')
        if key == "checksum":
            found[current["name"], current["version"]] = current["checksum"]
    return found


def bill(artefact, checksums):
    crate, features, kind, url = ARTEFACTS[artefact]
    resolved = metadata(features)
    packages = {package["id"]: package for package in resolved["packages"]}
    nodes = {node["id"]: node for node in resolved["resolve"]["nodes"]}
    root = next(identity for identity, package in packages.items() if package["name"] == crate)
    reached = closure(nodes, root)
    version = packages[root]["version"]
    itself = url.format(version)
    inside = sorted((packages[identity] for identity in reached if identity != root), key=reference)
    direct = {identity: sorted(reference(packages[other]) for other in others) for identity, others in reached.items()}
    edges = {reference(packages[identity]): others for identity, others in direct.items() if identity != root}
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": {
                "type": kind,
                "bom-ref": itself,
                "name": artefact,
                "version": version,
                "purl": itself,
                "licenses": [{"expression": packages[root]["license"]}],
            }
        },
        "components": [component(package, checksums) for package in inside],
        "dependencies": [{"ref": itself, "dependsOn": direct[root]}]
        + [{"ref": name, "dependsOn": others} for name, others in sorted(edges.items())],
    }
    # Named by its content and not by the hour, so that the same sources give the same bill.
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode("utf-8")).hexdigest()
    return {**body, "serialNumber": "urn:uuid:{}".format(uuid.uuid5(uuid.NAMESPACE_URL, digest))}


def check(found):
    """What a reader of the bill relies on."""
    names = [part["bom-ref"] for part in found["components"]] + [found["metadata"]["component"]["bom-ref"]]
    assert len(names) == len(set(names)), "two components of one name"
    known = set(names)
    assert all(edge["ref"] in known and set(edge["dependsOn"]) <= known for edge in found["dependencies"])
    ours = [part for part in found["components"] if "hashes" not in part]
    assert all(part["name"].startswith("skm") for part in ours), "a dependency without a checksum"
    assert all("licenses" in part for part in found["components"]), "a dependency without a licence"


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    checksums = locked_checksums()
    for artefact in ARTEFACTS:
        found = bill(artefact, checksums)
        check(found)
        path = folder / "{}.cdx.json".format(artefact)
        path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        print("{}: {} components".format(path.name, len(found["components"])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
