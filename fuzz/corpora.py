#!/usr/bin/env python3
"""The corpora in git: one archive for each target, fuzz/corpus/TARGET.tar.xz.

    corpora.py list TARGET             what the archive holds: names, sizes
    corpora.py unpack TARGET FOLDER    writes its inputs into a folder
    corpora.py pack TARGET FOLDER      writes the archive from a folder of inputs

Equal inputs give equal bytes: members are sorted and hold no time, owner or permission of their own. The first member,
LIST.txt, is for readers; it is never given to a target.
"""

import argparse
import io
import sys
import tarfile
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"
LIST = "LIST.txt"


def archive(target):
    return CORPUS / f"{target}.tar.xz"


def read(target):
    """The inputs by name; none where the target has no archive yet."""
    if not archive(target).exists():
        return {}
    with tarfile.open(archive(target), "r:xz") as opened:
        return {
            member.name: opened.extractfile(member).read()
            for member in opened
            if member.isfile() and member.name != LIST
        }


def unpack(target, folder):
    """Writes the inputs; what another archive left in the folder goes away."""
    inputs = read(target)
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        if old.name not in inputs:
            old.unlink()
    for name, content in inputs.items():
        if Path(name).name != name:
            raise ValueError(f"{archive(target).name}: {name!r} is no plain file name")
        (folder / name).write_bytes(content)


def listing(inputs):
    return "".join(f"{name}  {len(inputs[name])} bytes\n" for name in sorted(inputs))


def pack(target, inputs):
    CORPUS.mkdir(exist_ok=True)
    with tarfile.open(archive(target), "w:xz", format=tarfile.USTAR_FORMAT, preset=9) as opened:
        for name, content in [(LIST, listing(inputs).encode("ascii")), *sorted(inputs.items())]:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["list", "unpack", "pack"])
    parser.add_argument("target")
    parser.add_argument("folder", type=Path, nargs="?")
    args = parser.parse_args()
    if args.action == "list":
        print(listing(read(args.target)), end="")
    elif args.folder is None:
        parser.error(f"{args.action} needs a folder")
    elif args.action == "unpack":
        unpack(args.target, args.folder)
    else:
        pack(args.target, {file.name: file.read_bytes() for file in args.folder.iterdir() if file.is_file()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
