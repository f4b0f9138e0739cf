#!/usr/bin/env python3
"""Counts `unsafe` in every crate that ships and holds the counts to a ledger: a change is a decision.

    count.py [--write]

Comments and texts do not count; `unsafe_code`, `unsafe_op_in_unsafe_fn` and the like are other words. That each block
has its `// SAFETY:` is clippy's business (undocumented_unsafe_blocks).
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LEDGER = Path(__file__).resolve().parent / "ledger.txt"
# What ships.
SOURCES = {
    "skm-client": "src",
    "skm-fork": "fork/src",
    "skm-sandbox": "sandbox/src",
    "skm-cli": "cli/src",
    "skm-c": "bindings/c/src",
    "skm-jni": "bindings/jni/src",
    "skm-py": "bindings/python/src",
}
TOKENS = re.compile(
    r"""//[^\n]*|/\*.*?\*/|b?r(?P<hashes>\#*)".*?"(?P=hashes)|b?"(?:\\.|[^"\\])*"|b?'(?:\\.|[^'\\])'|(?P<unsafe>\bunsafe\b(?P<export>\(no_mangle\))?)""",
    re.S,
)


def count(text):
    """How many `unsafe` blocks, functions and impls, and how many exported symbols (`unsafe(no_mangle)`)."""
    found = [match for match in TOKENS.finditer(text) if match.group("unsafe")]
    exports = sum(1 for match in found if match.group("export"))
    return len(found) - exports, exports


def counts():
    found = {}
    for crate, folder in SOURCES.items():
        texts = (path.read_text(encoding="utf-8") for path in (ROOT / folder).rglob("*.rs"))
        found[crate] = tuple(map(sum, zip(*(count(text) for text in texts))))
    return found


def main():
    found = counts()
    if "--write" in sys.argv[1:]:
        lines = ["# Crate, `unsafe` blocks, exported symbols; written by tools/unsafe/count.py --write."]
        lines += ["{} {} {}".format(crate, *numbers) for crate, numbers in found.items()]
        LEDGER.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = [line.split() for line in LEDGER.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    allowed = {crate: tuple(map(int, numbers)) for crate, *numbers in rows}
    print(
        "unsafe blocks (and exported symbols): "
        + ", ".join("{} {} ({})".format(crate, *found[crate]) for crate in found)
    )
    wrong = [crate for crate in found if found[crate] != allowed.get(crate)]
    for crate in wrong:
        text = "{}: {} where the ledger says {}: if that is right, run tools/unsafe/count.py --write"
        print(text.format(crate, found[crate], allowed.get(crate)), file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
