"""Builds the examples from installed files only, through pkg-config and through CMake, and runs them against the sandbox.

usage: examples.py --prefix <installed> --build <folder> [--left-out <file>]

The command that starts the sandbox is SKM_COMMAND.
"""

import argparse
import json
import os
import pathlib
import re
import select
import shutil
import subprocess
import sys
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]


class Sandbox:
    """A platform on a free port of loopback; ends with the block."""

    def __init__(self, config):
        self.config = config

    def __enter__(self):
        command = [os.environ["SKM_COMMAND"], "sandbox", "--listen", "127.0.0.1:0", "--write-config", self.config]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.url = json.loads(self.process.stdout.readline())["ready"]
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with direct.open(request, timeout=20) as answer:
            return json.load(answer)

    def person(self, level):
        people = self.ask("/_sandbox/people")["people"]
        usable = [p for p in people if p["level"] == level and p["papers_type"] == "1" and not p["update_required"]]
        return usable[0]

    def qr(self, level):
        return self.ask("/_sandbox/qr", {"userid": self.person(level)["number"]})["qr_text"]


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, **more)


def by_pkg_config(prefix, build):
    where = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}

    def flags(*asked):
        return run("pkg-config", *asked, "skm", capture_output=True, text=True, env=where).stdout.split()

    build.mkdir(parents=True, exist_ok=True)
    shared = [*flags("--cflags"), *STRICT]
    libraries = [*flags("--libs"), f"-Wl,-rpath,{prefix / 'lib'}"]
    for name in ("gate", "idreader"):
        run("gcc", "-std=c99", ROOT / f"examples/c/{name}.c", *shared, *libraries, "-o", build / name)
    run("g++", "-std=c++11", ROOT / "examples/cpp/visitor.cpp", *shared, *libraries, "-o", build / "visitor")
    static = [str(prefix / "lib/libskm.a") if word == "-lskm" else word for word in flags("--libs", "--static")]
    run("gcc", "-std=c99", ROOT / "examples/c/gate.c", *shared, *static, "-o", build / "gate_static")


# What stands around the snippets of docs/c.md.
WRAPPED = {
    "c": (
        "gcc -std=c99",
        """#include <stdio.h>
#include <skm.h>
static void open_the_gate(void) { puts("OPEN"); }
int main(int count, char **words) {
    const char *scanned = count > 1 ? words[1] : "";
%s    return 0;
}
""",
    ),
    "cpp": (
        "g++ -std=c++11",
        """#include <cstdio>
#include <skm.hpp>
static void open_the_gate() { std::puts("OPEN"); }
int main(int, char **words) {
    const std::string scanned = words[1];
%s    return 0;
}
""",
    ),
}


def snippets_of_the_document(prefix, build, sandbox, config):
    """The snippets of docs/c.md, as they stand there: green opens, red does not."""
    where = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    flags = run("pkg-config", "--cflags", "--libs", "skm", capture_output=True, text=True, env=where).stdout.split()
    text = (ROOT / "docs/c.md").read_text(encoding="utf-8")
    for language, (compiler, around) in WRAPPED.items():
        (snippet,) = re.findall(rf"^```{language}\n(.*?)^```$", text, re.M | re.S)
        source, program = build / f"snippet.{language}", build / f"snippet-{language}"
        source.write_text(around % snippet, encoding="utf-8")
        run(*compiler.split(), source, *STRICT, *flags, f"-Wl,-rpath,{prefix / 'lib'}", "-o", program)
        for level, opened in (("green", "OPEN\n"), ("red", "")):
            said = run(program, sandbox.qr(level), capture_output=True, text=True, cwd=config.parent)
            expect(program, said.stdout + said.stderr, (said.stdout, said.stderr) == (opened, ""))


def by_cmake(prefix, build):
    shutil.rmtree(build, ignore_errors=True)
    quiet = {"stdout": subprocess.DEVNULL}
    run(
        "cmake",
        "-S",
        ROOT / "examples/c",
        "-B",
        build,
        f"-DCMAKE_PREFIX_PATH={prefix}",
        "-DCMAKE_C_FLAGS=" + " ".join(STRICT),
        **quiet,
    )
    run("cmake", "--build", build, **quiet)


def output(program, config, given):
    given = given if isinstance(given, bytes) else given.encode()
    ended = subprocess.run([program, config], input=given, capture_output=True, timeout=60)
    if ended.returncode != 0 or ended.stderr:
        sys.exit(f"{program} ended with {ended.returncode}: {ended.stderr.decode(errors='replace')}")
    return ended.stdout.decode()


def expect(program, what, holds):
    if not holds:
        sys.exit(f"{program}: unexpected output:\n{what}")


def gbk_record(person):
    return person["name"].encode("gbk").ljust(30) + person["number"].encode().ljust(18)


def exercise(programs, sandbox, config):
    """Green opens and nothing else does, in every example."""
    green, red = sandbox.person("green"), sandbox.person("red")
    for name in ("gate", "gate_static"):
        said = output(
            programs / name, config, f"{sandbox.qr('green')}\r\n{sandbox.qr('red')}\nhttps://pay.example.invalid/\n\n"
        )
        words = [line.split()[0] for line in said.splitlines()]
        expect(name, said, words == ["OPEN", "SHUT", "SHUT"] and "red" in said)
    said = output(programs / "idreader", config, gbk_record(green) + gbk_record(red))
    words = [line.split()[0] for line in said.splitlines()]
    expect("idreader", said, words == ["OPEN", "SHUT"] and green["number"] not in said)
    said = output(
        programs / "visitor", config, f"{green['number']},{green['name']}\n{red['number']},{red['name']}\n1,x\n"
    )
    expect("visitor", said, "1 of 3 may come in" in said and green["number"] not in said and "input_invalid" in said)


def answer(process, seconds=20):
    """What a program says next, without its ending; empty if it says nothing in that time."""
    ready, _, _ = select.select([process.stdout], [], [], seconds)
    return os.read(process.stdout.fileno(), 4096).decode() if ready else ""


def the_reader_answers_at_once(programs, sandbox, config):
    """One record, and nothing after it: what opens the gate reads from a pipe."""
    with subprocess.Popen([programs / "idreader", config], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as reader:
        reader.stdin.write(gbk_record(sandbox.person("green")))
        reader.stdin.flush()
        said = answer(reader)
        expect("idreader", said, said.startswith("OPEN") and said.endswith("\n"))
        reader.stdin.close()


def the_gate_forgets_queued_codes(programs, sandbox, config):
    """Two codes at a serial scanner, one call: whoever showed the second may be gone when the first is answered."""
    scanner, device = os.openpty()
    red, green = sandbox.qr("red").encode() + b"\n", sandbox.qr("green").encode() + b"\n"
    with subprocess.Popen([programs / "gate", config, os.ttyname(device)], stdout=subprocess.PIPE) as gate:
        os.write(scanner, red + green)
        said = answer(gate)
        # Shown again until there is an answer: what comes just when the gate forgets is forgotten too.
        for _ in range(40):
            os.write(scanner, red)
            later = answer(gate, 0.5)
            if later:
                break
        gate.terminate()
    os.close(scanner)
    os.close(device)
    expect("gate", said + later, said.startswith("SHUT red") and later.startswith("SHUT red"))
    expect("gate", said + later, "OPEN" not in said + later)


def the_gate_takes_one_code_a_line(programs, sandbox, config, relay):
    """What a scanner glues together opens nothing; what it puts around one code does no harm."""
    green, red = sandbox.qr("green"), sandbox.qr("red")
    glued = [green + glue + red for glue in ("", ",", "\0", "\0\0", "\r", "\t", "]Q1")] + [
        green + green,
        green + "result",
    ]
    relay.write_text("")
    ended = subprocess.run(
        [programs / "gate", config],
        input="\n".join(glued) + "\n",
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "GATE_RELAY": str(relay)},
    )
    said = ended.stdout.splitlines()
    expect("gate", ended.stdout, len(said) == len(glued) and all(line.startswith("SHUT") for line in said))
    expect("gate", ended.stdout, "1" not in relay.read_text())
    framed = f"\0\x02]Q1{sandbox.qr('green')}\x03\0\r\n"
    ended = subprocess.run([programs / "gate", config], input=framed, capture_output=True, text=True, timeout=60)
    expect("gate", ended.stdout, ended.stdout.startswith("OPEN"))


def the_gate_stays_shut(programs, config, relay):
    """The sandbox is gone: every code is refused, and the relay never saw a 1."""
    relay.write_text("")
    given = "https://skm.example.invalid/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000#/result\n"
    ended = subprocess.run(
        [programs / "gate", config],
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, "GATE_RELAY": str(relay)},
    )
    expect("gate", ended.stdout, ended.stdout.startswith("SHUT") and "1" not in relay.read_text())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--prefix", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--left-out", default=os.devnull)
    options = parser.parse_args()
    options.build.mkdir(parents=True, exist_ok=True)
    config = options.build / "skm.toml"
    ways = {"pkg-config": by_pkg_config, "cmake": by_cmake}
    ran = []
    for tool, make in ways.items():
        if not shutil.which(tool):
            reason = f"LEFT OUT: C examples through {tool}: {tool} is not installed"
            print(reason)
            with open(options.left_out, "a", encoding="utf-8") as file:
                print(reason, file=file)
            continue
        programs = options.build / tool
        make(options.prefix, programs)
        with Sandbox(config) as sandbox:
            exercise(programs, sandbox, config)
            the_reader_answers_at_once(programs, sandbox, config)
            the_gate_forgets_queued_codes(programs, sandbox, config)
            the_gate_takes_one_code_a_line(programs, sandbox, config, options.build / "relay")
            if tool == "pkg-config":
                snippets_of_the_document(options.prefix, programs, sandbox, config)
        the_gate_stays_shut(programs, config, options.build / "relay")
        ran.append(tool)
    print(f"C examples from the installed files, against the sandbox: {', '.join(ran) or 'none'}")


main()
