"""Sets the cost of three calls through C beside the same in Rust.

usage: crossing.py --library <folder with libskm.so> --rust <crossing example> --build <folder>
"""

import argparse
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PASSES = 3


def compile_all(options):
    options.build.mkdir(parents=True, exist_ok=True)
    common = ["gcc", "-std=c99", "-O2", f"-I{ROOT / 'include'}", f"-I{ROOT / 'tests/c'}"]
    subprocess.run(
        [
            *common,
            ROOT / "benches/c/crossing.c",
            f"-L{options.library}",
            "-lskm",
            f"-Wl,-rpath,{options.library}",
            "-o",
            options.build / "crossing",
        ],
        check=True,
    )
    subprocess.run(
        [
            *common,
            "-D_GNU_SOURCE",
            ROOT / "benches/c/peer_main.c",
            ROOT / "tests/c/peer.c",
            "-lpthread",
            "-o",
            options.build / "peer",
        ],
        check=True,
    )


def measured(program, url):
    lines = subprocess.run([program, url], check=True, capture_output=True, text=True).stdout.splitlines()
    return {name: float(value) for name, value in (line.split() for line in lines)}


def best(passes):
    """The quickest of several passes, taken in turns: other work on the machine only ever adds."""
    return {name: min(one[name] for one in passes) for name in passes[0]}


def main():
    parser = argparse.ArgumentParser()
    for name in ("library", "rust", "build"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    options = parser.parse_args()
    compile_all(options)
    peer = subprocess.Popen([options.build / "peer"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        url = peer.stdout.readline().strip()
        pairs = [(measured(options.rust, url), measured(options.build / "crossing", url)) for _ in range(PASSES)]
    finally:
        peer.stdin.close()
        peer.wait(timeout=20)
    rust, c = best([pair[0] for pair in pairs]), best([pair[1] for pair in pairs])
    print(f"{'ns a call':<26}{'Rust':>10}{'C':>10}{'crossing':>10}")
    for name in rust:
        print(f"{name:<26}{rust[name]:>10.0f}{c[name]:>10.0f}{c[name] - rust[name]:>+10.0f}")


main()
