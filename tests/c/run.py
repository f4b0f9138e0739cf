"""Compiles the C and C++ suites against a library and runs them.

usage: run.py plain|asan|valgrind|shipped --libraries <folder> --build <folder> [--left-out <file>]

The folder of libraries holds `plain` and `testing`, the library as it is and with the feature that panics on purpose;
`shipped` wants the first only.

A suite passes if it ends with 0 and prints nothing: the library's promise never to print is held by every run. The last
line counts what ran, in the form that .ci/run adds up.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
C = ["gcc", "-std=c99", "-D_GNU_SOURCE"]
CPP = ["g++", "-std=c++11", "-D_GNU_SOURCE"]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-g", f"-I{ROOT / 'include'}", f"-I{HERE}"]
SANITIZED = ["-fsanitize=address,undefined", "-fsanitize-undefined-trap-on-error", "-fno-omit-frame-pointer"]
SYSTEM = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"]
VALGRIND = [
    "valgrind",
    "--quiet",
    "--leak-check=full",
    "--errors-for-leak-kinds=definite,indirect,possible",
    "--error-exitcode=99",
    f"--suppressions={HERE / 'valgrind.supp'}",
]
# Wrong on purpose, and how each tool tells.
PROOFS = {
    "asan": {"overflow": "heap-buffer-overflow", "leak": "detected memory leaks", "undefined": ""},
    "valgrind": {"overflow": "Invalid read", "leak": "definitely lost"},
}


# A PID namespace of its own, as root and as anybody; it ends with the command that made it.
NAMESPACES = [
    ["unshare", "--pid", "--fork", "--kill-child"],
    ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"],
]


class Failed(Exception):
    """A suite did not do what it has to."""


class Suite:
    def __init__(self, options):
        self.mode = options.mode
        self.libraries = pathlib.Path(options.libraries)
        self.build = pathlib.Path(options.build)
        self.build.mkdir(parents=True, exist_ok=True)
        self.left_out = options.left_out
        self.ran = []

    def command(self, *words):
        subprocess.run([str(word) for word in words], check=True)

    def linking(self, library):
        folder = self.libraries / library
        if self.mode != "asan":
            return [f"-L{folder}", "-lskm", "-lpthread", f"-Wl,-rpath,{folder}"]
        # gcc's run-time and Rust's cannot be in one program: Rust's, whole, serves both.
        sysroot = subprocess.run(["rustc", "--print", "sysroot"], check=True, capture_output=True, text=True)
        found = list(pathlib.Path(sysroot.stdout.strip()).glob("lib/rustlib/*/lib/librustc*rt.asan.a"))
        return [folder / "libskm.a", "-Wl,--whole-archive", found[0], "-Wl,--no-whole-archive", *SYSTEM]

    def compile(self, name, source, library="plain", flags=()):
        compiler = CPP if source.suffix == ".cpp" else C
        sanitized = SANITIZED if self.mode == "asan" else []
        units = []
        # peer.c is C in every suite.
        for unit, how in ((source, compiler), (HERE / "peer.c", C)):
            target = self.build / f"{name}-{unit.stem}.o"
            self.command(*how, *STRICT, *sanitized, *(flags if how is compiler else ()), "-c", unit, "-o", target)
            units.append(target)
        self.command(compiler[0], *units, *self.linking(library), "-o", self.build / name)

    def run(self, name, *arguments, prefix=None):
        if prefix is None:
            prefix = VALGRIND if self.mode == "valgrind" else []
        program = [*prefix, str(self.build / name), *map(str, arguments)]
        ended = subprocess.run(program, capture_output=True, text=True, timeout=600, env=self.environment())
        return ended.returncode, ended.stdout + ended.stderr

    def environment(self):
        # A caught panic with a backtrace leaves the symbol tables of the whole program reachable.
        return {**os.environ, "RUST_BACKTRACE": "0", "ASAN_OPTIONS": "detect_leaks=1"}

    def passes(self, name, *arguments, prefix=None):
        code, printed = self.run(name, *arguments, prefix=prefix)
        if code != 0 or printed:
            raise Failed(f"{name} ended with {code} and printed:\n{printed}")
        self.ran.append(name)

    def proves(self, mistake, word):
        code, printed = self.run("prove_sanitizer", mistake)
        if code == 0 or word not in printed:
            raise Failed(f"does not catch: {mistake} (ended with {code}):\n{printed}")
        self.ran.append(f"caught {mistake}")

    def all(self):
        self.generate()
        for name in ("test_offline", "test_calls", "test_submit", "test_vectors", "prove_sanitizer"):
            self.compile(name, HERE / f"{name}.c")
        self.compile("test_nulls", self.build / "test_nulls.c")
        self.compile("test_cpp", HERE / "test_cpp.cpp")
        self.compile("test_cpp_plain", HERE / "test_cpp.cpp", flags=["-fno-exceptions"])
        self.passes("test_offline")
        self.passes("test_calls")
        self.passes("test_submit")
        self.passes("test_vectors", self.build / "cases.txt")
        self.passes("test_nulls", self.build / "some.toml")
        self.passes("test_cpp")
        self.passes("test_cpp_plain")
        if self.mode in ("plain", "shipped"):
            self.repeated_numbers()
        if self.mode != "shipped":
            self.panics()
        for mistake, word in PROOFS.get(self.mode, {}).items():
            self.proves(mistake, word)

    def repeated_numbers(self):
        """A fork whose child has its parent's process number. The tools of the other modes do not live there."""
        self.compile("test_fork_numbers", HERE / "test_fork_numbers.c")
        for prefix in NAMESPACES if shutil.which("unshare") else []:
            if self.run("test_fork_numbers", "possible", prefix=prefix)[0] == 0:
                self.passes("test_fork_numbers", prefix=prefix)
                return
        leave_out(self.left_out, f"C, {self.mode}: a child with its parent's process number: no PID namespaces here")

    def panics(self):
        self.compile("test_panics", HERE / "test_panics.c", "testing")
        self.compile("test_every_panic", self.build / "test_every_panic.c", "testing")
        self.passes("test_every_panic", self.build / "some.toml")
        self.passes("test_panics")

    def generate(self):
        every = [sys.executable, HERE / "every_call.py"]
        header = ROOT / "include/skm.h"
        self.command(*every, "nulls", header, self.build / "test_nulls.c")
        self.command(*every, "panics", header, self.build / "test_every_panic.c")
        vectors = os.environ.get("SKM_VECTORS") or ROOT / "tests/vectors"
        dialect = ROOT / "dialects/db32t3761-46-2021.toml"
        self.command(sys.executable, HERE / "flatten.py", vectors, dialect, self.build)
        (self.build / "some.toml").write_text('[display]\nurl = "https://h5.example.invalid/x"\n', encoding="utf-8")


def leave_out(file, reason):
    line = f"LEFT OUT: {reason}"
    with open(file, "a", encoding="utf-8") as lines:
        print(line, file=lines)
    print(line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=["plain", "asan", "valgrind", "shipped"])
    parser.add_argument("--libraries", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--left-out", default=os.devnull)
    options = parser.parse_args()
    if options.mode == "valgrind" and not shutil.which("valgrind"):
        leave_out(options.left_out, "C suites under valgrind: valgrind is not installed")
        return
    suite, failed = Suite(options), 0
    try:
        suite.all()
    except Failed as failure:
        print(f"C, {options.mode}: {failure}", file=sys.stderr)
        failed = 1
    print(f"C, {options.mode}: {', '.join(suite.ran)}")
    # The first that fails ends the run.
    print(f"c-{options.mode}: {len(suite.ran)} passed, {failed} failed")
    sys.exit(failed)


main()
