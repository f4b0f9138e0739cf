#!/usr/bin/env python3
"""Checks what the crates' registry asks for before anything is uploaded.

    check.py [--packed FOLDER | --tag TAG]

Without an option it reads the manifests and prints the crates that are published, one a line, in the order in which
they are uploaded: the core and the workspace crates that it depends on. Every other crate says `publish = false`. With
--packed it looks into the .crate files that `cargo package` left in FOLDER. With --tag it holds a release's tag against
every place that names the version.
"""

import argparse
import json
import re
import subprocess
import sys
import tarfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CORE = "skm-client"
# crates.io refuses a crate without the first two; the others are what its page shows.
DEMANDED = ("description", "license", "readme", "rust_version", "keywords", "categories", "authors")
# The registry's limit for one crate.
LIMIT = 10 * 1024 * 1024
# All that a crate may hold; a file of anybody's own folder, a key or a log in it would be published for ever.
ALLOWED = re.compile(
    r"src/.+\.rs|benches/\w+\.rs|dialects/[\w-]+\.toml|docs/rust\.md|README\.md|LICENSE|CHANGELOG\.md"
    r"|Cargo\.(toml|toml\.orig|lock)|\.cargo_vcs_info\.json"
)


def crates():
    command = ["cargo", "metadata", "--locked", "--no-deps", "--format-version", "1"]
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)
    return {package["name"]: package for package in found["packages"]}


def needed(package):
    """What a published crate needs of this workspace; what only its tests need stays behind."""
    return [one for one in package["dependencies"] if one.get("path") and one["kind"] != "dev"]


def upload_order(known, name, before=()):
    for dependency in needed(known[name]):
        before = upload_order(known, dependency["name"], before)
    return before if name in before else (*before, name)


def manifest_faults(known):
    published = upload_order(known, CORE)
    for name, package in known.items():
        refused = package["publish"] == []
        if name in published and refused:
            yield f"{name}: {CORE} depends on it, so it cannot say publish = false"
        if name not in published and not refused:
            yield f"{name}: is not published, so it must say publish = false"
    for name in published:
        package = known[name]
        yield from (f"{name}: {member} is missing" for member in DEMANDED if not package[member])
        if len(package["keywords"]) > 5 or any(len(word) > 20 or not word.isascii() for word in package["keywords"]):
            yield f"{name}: at most five keywords of at most 20 ASCII characters"
        for dependency in needed(package):
            if dependency["req"] == "*":
                yield f"{name}: {dependency['name']} needs a version beside its path"


def packed_faults(known, folder):
    for name in upload_order(known, CORE):
        label = f"{name}-{known[name]['version']}"
        path = folder / f"{label}.crate"
        if path.stat().st_size > LIMIT:
            yield f"{path.name}: larger than {LIMIT} bytes"
        with tarfile.open(path) as archive:
            names = [member.name.split("/", 1)[1] for member in archive if member.isfile()]
            yield from (
                f"{path.name}: {inside} does not belong there" for inside in names if not ALLOWED.fullmatch(inside)
            )
            yield from (
                f"{path.name}: {wanted} is missing" for wanted in ("LICENSE", "src/lib.rs") if wanted not in names
            )


def tag_faults(known, tag):
    version = known[CORE]["version"]
    if tag != f"v{version}":
        yield f"the tag is {tag!r}, Cargo.toml says {version}"
    parent = re.compile(r"<artifactId>skm-parent</artifactId>\s*<version>([^<]*)</version>")
    for path in sorted((*ROOT.glob("java/**/pom.xml"), *ROOT.glob("examples/java/*/pom.xml"))):
        named = parent.search(path.read_text(encoding="utf-8"))
        if named and named.group(1) != version:
            yield f"{path.relative_to(ROOT)}: version {named.group(1)}, Cargo.toml says {version}"
    heading = re.compile(rf"^## {re.escape(version)} \(\d{{4}}-\d\d-\d\d\)$", re.M)
    if not heading.search((ROOT / "CHANGELOG.md").read_text(encoding="utf-8")):
        yield f"CHANGELOG.md: no heading '## {version} (year-month-day)'"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packed", type=Path, help="where cargo package left its files")
    parser.add_argument("--tag", help="the tag of a release, v and the version")
    args = parser.parse_args()
    known = crates()
    if args.tag is not None:
        faults = list(tag_faults(known, args.tag))
    else:
        faults = list(packed_faults(known, args.packed) if args.packed else manifest_faults(known))
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(*(upload_order(known, CORE)), sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
