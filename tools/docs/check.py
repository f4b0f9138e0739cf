#!/usr/bin/env python3
"""Checks the documents: every link leads to a file, docs/README.md lists every document, and a Chinese document has the
same snippets as the English one.

The snippets themselves run in the suite of their language: Rust as doctests of the crate, C and C++ in
tests/c/examples.py, Python in python/tests/test_docs.py, Java in DocsTest. Here only shell and XML are read.
"""

import re
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)|<img src=\"([^\"]+)\"")


def documents():
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
    )
    paths = (ROOT / name for name in listed.stdout.decode().splitlines())
    return [path for path in paths if path.exists()]


def links(path):
    """The files that a document leads to; a snippet is no link."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    for first, second in LINK.findall(text):
        target = (first or second).split("#")[0]
        if target and "://" not in target:
            yield target


def link_faults():
    for path in documents():
        for target in links(path):
            if not (path.parent / target).exists():
                yield f"{path.relative_to(ROOT)}: nothing is at {target}"


def index_faults():
    index = DOCS / "README.md"
    listed = {(DOCS / target).resolve() for target in links(index)}
    for path in sorted(DOCS.rglob("*.md")):
        if path != index and path not in listed:
            yield f"docs/README.md: does not list {path.relative_to(DOCS)}"


def snippets(path):
    return BLOCK.findall(path.read_text(encoding="utf-8"))


def translation_faults():
    for chinese in sorted((DOCS / "zh-CN").glob("*.md")):
        english = DOCS / chinese.name
        if not english.exists():
            yield f"{chinese.relative_to(ROOT)}: there is no {english.relative_to(ROOT)}"
            continue
        ours, theirs = snippets(english), snippets(chinese)
        if len(ours) != len(theirs):
            yield f"{chinese.relative_to(ROOT)}: {len(theirs)} snippets, the English document has {len(ours)}"
        for number, (one, other) in enumerate(zip(ours, theirs), 1):
            if one != other:
                yield f"{chinese.relative_to(ROOT)}: snippet {number} differs from the English one"


def syntax_faults():
    for path in documents():
        for language, text in snippets(path):
            where = f"{path.relative_to(ROOT)}: {text.splitlines()[0] if text else 'an empty snippet'}"
            if language == "sh":
                read = subprocess.run(["bash", "-n"], input=text.encode(), stderr=subprocess.PIPE)
                if read.returncode != 0:
                    yield f"{where}: {read.stderr.decode().strip()}"
            elif language == "xml":
                try:
                    xml.fromstring(text)
                except xml.ParseError as error:
                    yield f"{where}: {error}"


def main():
    faults = [*link_faults(), *index_faults(), *translation_faults(), *syntax_faults()]
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"documents: {len(documents())} read, nothing found")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
