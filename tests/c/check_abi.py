"""Compares a shared library and the header's structs with the committed snapshots: an accidental break fails.

usage: check_abi.py <libskm.so> <folder to build in> [--write]

--write takes the present state as the new snapshot: for a change that is meant (new symbols only, unless
SKM_ABI_VERSION rises).
"""

import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ABI = HERE / "abi"


def symbols(library):
    listed = subprocess.run(["nm", "-D", "--defined-only", library], check=True, capture_output=True, text=True)
    return sorted(line.split()[-1] for line in listed.stdout.splitlines())


def layout(build):
    program = pathlib.Path(build) / "layout"
    include = HERE.parent.parent / "include"
    subprocess.run(["gcc", "-std=c99", f"-I{include}", HERE / "layout.c", "-o", program], check=True)
    return subprocess.run([program], check=True, capture_output=True, text=True).stdout.splitlines()


def compare(name, now, write):
    path = ABI / name
    if write:
        path.write_text("\n".join(now) + "\n", encoding="utf-8")
        return
    before = path.read_text(encoding="utf-8").splitlines()
    gone, new = sorted(set(before) - set(now)), sorted(set(now) - set(before))
    if gone or new:
        sys.exit(
            f"the ABI differs from {name}: gone {gone}, new {new}\n"
            "if it is meant, run check_abi.py --write, and raise SKM_ABI_VERSION if anything is gone"
        )


def main():
    library, build, *write = sys.argv[1:]
    found = symbols(library)
    strange = [symbol for symbol in found if not symbol.startswith("skm_") or symbol.startswith("skm_testing")]
    if strange:
        sys.exit(f"exported, but not of this library: {strange}")
    pathlib.Path(build).mkdir(parents=True, exist_ok=True)
    compare("symbols.txt", found, bool(write))
    compare("layout-64.txt", layout(build), bool(write))
    print(f"C, ABI: {len(found)} symbols and the layout are as committed")


main()
