"""Checks the shared library that is shipped, on the file itself.

usage: check_dist.py <libskm.so> --glibc 2.17 --ledger <file> [--hidden <path>]…

- needs no newer glibc, and no library but glibc's own (no libssl, no libstdc++, no libgcc_s);
- exports only skm_ symbols, none of the testing feature; has a soname with the major version; is stripped;
- holds none of the paths it was built in;
- is at most 5 % larger than the last line of the ledger ("bytes version reason"): a larger one needs a new line there,
  with its reason.
"""

import argparse
import pathlib
import re
import subprocess
import sys

ALLOWED = {
    "libc.so.6",
    "libpthread.so.0",
    "libdl.so.2",
    "libm.so.6",
    "librt.so.1",
    "libutil.so.1",
    "ld-linux-x86-64.so.2",
    "libgcc_s.so.1",
}
GROWTH = 1.05


def read(*words):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout


def version(text):
    return tuple(int(part) for part in text.split("."))


def check_glibc(library, floor):
    needed = set(re.findall(r"GLIBC_(\d+(?:\.\d+)+)", read("readelf", "--wide", "-V", library)))
    highest = max(needed, key=version)
    if version(highest) > version(floor):
        sys.exit(f"needs GLIBC_{highest}, {floor} is the most allowed")
    return highest


def check_dynamic(library):
    dynamic = read("readelf", "--wide", "-d", library)
    strange = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)) - ALLOWED
    if strange:
        sys.exit(f"needs other libraries: {sorted(strange)}")
    if not re.search(r"\(SONAME\).*\[libskm\.so\.\d+\]", dynamic) or re.search(r"R(UN)?PATH", dynamic):
        sys.exit("the soname must be libskm.so.<major>, and there must be no run-time path")


def check_symbols(library):
    exported = [line.split()[-1] for line in read("nm", "-D", "--defined-only", library).splitlines()]
    strange = [name for name in exported if not name.startswith("skm_") or name.startswith("skm_testing")]
    if strange or not exported:
        sys.exit(f"exports what it should not: {strange}")
    if ".symtab" in read("readelf", "--wide", "-S", library):
        sys.exit("is not stripped")
    return len(exported)


def check_paths(library, hidden):
    content = pathlib.Path(library).read_bytes()
    for path in hidden:
        at = content.find(path.encode())
        if at >= 0:
            sys.exit(f"holds a path it was built in: {content[at : at + 100]}")


def check_size(library, ledger):
    size = pathlib.Path(library).stat().st_size
    lines = [line for line in ledger.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    before = int(lines[-1].split()[0])
    if size > before * GROWTH:
        sys.exit(f"{size} bytes, {size / before - 1:+.1%} since the last line of {ledger}: say why in a new line")
    return size, before


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("library")
    parser.add_argument("--glibc", required=True)
    parser.add_argument("--ledger", type=pathlib.Path, required=True)
    parser.add_argument("--hidden", action="append", default=[])
    options = parser.parse_args()
    highest = check_glibc(options.library, options.glibc)
    check_dynamic(options.library)
    exported = check_symbols(options.library)
    check_paths(options.library, options.hidden)
    size, before = check_size(options.library, options.ledger)
    print(
        f"libskm.so: highest GLIBC_{highest}, {exported} symbols, {size} bytes ({size / before - 1:+.1%} since the ledger)"
    )


main()
