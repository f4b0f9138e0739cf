"""Checks a wheel that is to be shipped: the newest glibc symbol it needs, its tag, and that no path of the machine that
built it is left inside.

    python check_wheel.py WHEEL 2.17 PATH…
"""

import re
import sys
import zipfile
from typing import List


def faults(wheel: str, glibc: str, paths: List[str]) -> List[str]:
    found = []
    allowed = tuple(map(int, glibc.split(".")))
    if "manylinux2014" not in wheel and "manylinux_2_17" not in wheel:
        found.append("the tag is not manylinux2014")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            found += ["{} holds the path {}".format(name, path) for path in paths if path.encode() in content]
            if name.endswith(".so"):
                needed = {tuple(map(int, v.split(b"."))) for v in re.findall(rb"GLIBC_(\d+(?:\.\d+)+)", content)}
                if b"panic_on_purpose" in content:
                    found.append("{} was built with the feature testing".format(name))
                if max(needed) > allowed:
                    found.append("{} needs glibc {}".format(name, ".".join(map(str, max(needed)))))
        names = archive.namelist()
        for wanted in ("skm/py.typed", "skm/_native.pyi", "skm/_native.abi3.so"):
            if wanted not in names:
                found.append("{} is missing".format(wanted))
        if not any(name.endswith("licenses/LICENSE.txt") for name in names):
            found.append("the licence is missing")
    return found


def main() -> None:
    wheel, glibc, *paths = sys.argv[1:]
    found = faults(wheel, glibc, paths)
    print("\n".join(found) or "the wheel is fit to be shipped: glibc {}, no paths".format(glibc))
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
