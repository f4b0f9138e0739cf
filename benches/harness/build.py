"""Builds everything that is measured, in the profile that ships, into a private place under the target directory.

What cannot be built is left out with a line that says so, in the report and in ``left-out.txt``.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable, Dict, List, Optional, Tuple

from clients import Client

ROOT = Path(__file__).resolve().parents[2]
HARNESS = ROOT / "benches" / "harness"
PEERS = ROOT / "benches" / "peers"
C_FLAGS = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", f"-I{HARNESS / 'c'}"]

NATIVE = {"calls": 8_000, "warmup": 500}
# Long enough for the second compiler to have done its work.
JAVA = {"calls": 15_000, "warmup": 40_000}
PYTHON_OURS = {"calls": 8_000, "warmup": 500}
PYTHON_PEER = {"calls": 512, "warmup": 128}


class Build:
    """The clients that could be built, and why the others could not."""

    def __init__(self, target: Path, profile: str, python: str, quick: bool) -> None:
        self.target, self.profile, self.python, self.quick = target, profile, python, quick
        # Whoever runs this without make means the same folder.
        os.environ["CARGO_TARGET_DIR"] = str(target)
        self.out = target / "bench"
        self.out.mkdir(parents=True, exist_ok=True)
        self.bin = target / ("debug" if profile == "dev" else profile)
        self.venv = self.out / "venv"
        self.clients: Dict[str, Client] = {}
        self.left_out: List[str] = []
        # By binding: the program that measures one sign across the boundary, with its environment.
        self.signs: Dict[str, Tuple[List[str], Dict[str, str]]] = {}
        self.package: Optional[Path] = None

    def run(self) -> None:
        # Without the core and its server there is nothing to measure: these may fail the run.
        self._cargo("skm-bench")
        self._rust()
        self._optional("the raw bound", lambda: self._cargo("skm-bench-raw"), self._raw)
        self._optional("the libcurl peer (libcurl4-openssl-dev, libssl-dev, libcjson-dev)", self._libcurl)
        if self.quick:
            return
        self._optional("C", lambda: self._cargo("skm-c"), self._c)
        self._optional("the Python peers (their packages)", self._python_peers)
        self._optional("Python", lambda: self._cargo("skm-py"), self._python)
        self._optional("the Java peers (JDK, Maven, their packages)", self._java_peers)
        if "java-apache" in self.clients:
            self._optional("Java", lambda: self._cargo("skm-jni"), self._java)

    def _optional(self, what: str, *steps: Callable[[], None]) -> None:
        try:
            for step in steps:
                step()
        except (OSError, subprocess.CalledProcessError) as error:
            self.left_out.append(f"LEFT OUT: benchmark of {what}: {error}")

    def _add(self, name: str, title: str, command: List[str], size: Dict[str, int], **more: object) -> None:
        self.clients[name] = Client(name, title, command, **size, **more)

    def _cargo(self, package: str) -> None:
        cargo = os.environ.get("CARGO", "cargo")
        execute([cargo, "build", "--locked", "--quiet", "--profile", self.profile, "--package", package])

    def _rust(self) -> None:
        self._add("core", "**ours, Rust core**", [str(self.bin / "bench-core")], NATIVE)

    def _raw(self) -> None:
        self._add("raw", "raw bound: socket, httparse, rustls", [str(self.bin / "skm-bench-raw")], NATIVE)

    def _libcurl(self) -> None:
        program = self.out / "peer-c"
        sources = [str(PEERS / "c" / "peer.c"), str(HARNESS / "c" / "driver.c")]
        execute(["cc", *C_FLAGS, "-o", str(program), *sources, "-lcurl", "-lcrypto", "-lcjson", "-lpthread"])
        self._add("libcurl", "C: libcurl, OpenSSL, cJSON", [str(program)], NATIVE)

    def _c(self) -> None:
        program = self.out / "ours-c"
        sources = [str(HARNESS / "c" / "ours.c"), str(HARNESS / "c" / "driver.c")]
        includes = [f"-I{ROOT / 'include'}"]
        # Under both names, the linker's and the loader's, in a place of its own: no other one of the machine is found.
        for name in ("libskm.so", f"libskm.so.{version().split('.')[0]}"):
            shutil.copy2(self.bin / "libskm.so", self.out / name)
        execute(["cc", *C_FLAGS, *includes, "-o", str(program), *sources, f"-L{self.out}", "-lskm", "-lpthread"])
        environment = {"LD_LIBRARY_PATH": str(self.out)}
        self._add("c", "**ours, C**", [str(program)], NATIVE, environment=environment)
        sign = self.out / "sign-c"
        execute(["cc", *C_FLAGS, *includes, "-o", str(sign), str(HARNESS / "c" / "sign.c"), f"-L{self.out}", "-lskm"])
        self.signs["C"] = ([str(sign)], environment)

    def _python_peers(self) -> None:
        interpreter = self.venv / "bin" / "python"
        if not interpreter.exists():
            execute([self.python, "-m", "venv", str(self.venv)])
        requirements = str(PEERS / "python" / "requirements.txt")
        execute(
            [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
        )
        environment = {"PYTHONPATH": str(HARNESS / "python")}
        for name, title in (
            ("requests", "Python: requests, hashlib, pycryptodome"),
            ("httpx", "Python: httpx"),
            ("urllib3", "Python: urllib3"),
        ):
            script = str(PEERS / "python" / f"peer_{name}.py")
            self._add(name, title, [str(interpreter), script], PYTHON_PEER, environment=environment)
        script = str(PEERS / "python" / "peer_httpx_async.py")
        self._add(
            "httpx-async",
            "Python: httpx.AsyncClient",
            [str(interpreter), script],
            {"calls": 2_000, "warmup": 1_000},
            environment=environment,
            asynchronous=True,
        )

    def _python(self) -> None:
        self.package = self.out / "python"
        shutil.rmtree(self.package, ignore_errors=True)
        shutil.copytree(
            ROOT / "python" / "skm", self.package / "skm", ignore=shutil.ignore_patterns("*.so", "__pycache__")
        )
        shutil.copy2(self.bin / "lib_native.so", self.package / "skm" / "_native.abi3.so")
        interpreter = self.venv / "bin" / "python"
        command = [str(interpreter) if interpreter.exists() else self.python]
        environment = {"PYTHONPATH": f"{HARNESS / 'python'}{os.pathsep}{self.package}"}
        script = [str(HARNESS / "python" / "ours.py")]
        self._add("python", "**ours, Python**", command + script, PYTHON_OURS, environment=environment)
        self.signs["Python"] = ([*command, str(HARNESS / "python" / "sign.py")], environment)
        script = [str(HARNESS / "python" / "ours_async.py")]
        size = {"calls": 10_000, "warmup": 1_000}
        self._add(
            "python-async", "**ours, asyncio**", command + script, size, environment=environment, asynchronous=True
        )

    def _java_peers(self) -> None:
        pom = str(PEERS / "java" / "pom.xml")
        execute(["mvn", "--batch-mode", "--quiet", "-f", pom, f"-Dbench.out={self.out / 'java'}", "process-classes"])
        for name, title, main in (
            ("java-urlconnection", "Java: HttpURLConnection, MessageDigest, javax.crypto", "PeerUrlConnection"),
            ("java-httpclient", "Java: java.net.http", "PeerHttpClient"),
            ("java-apache", "Java: Apache HttpClient 5", "PeerApache"),
        ):
            self._add(name, title, ["java", "-cp", self._class_path(), f"bench.{main}"], JAVA)

    def _java(self) -> None:
        classes = self.out / "java-ours"
        shutil.rmtree(classes, ignore_errors=True)
        classes.mkdir(parents=True)
        sources = ROOT / "java" / "skm" / "src" / "main"
        # Without the JUnit extension, which no program loads.
        files = [str(file) for file in sources.glob("java/**/*.java") if "junit" not in file.parts]
        ours = [str(HARNESS / "java" / "Ours.java"), str(HARNESS / "java" / "Sign.java")]
        execute(
            ["javac", "-nowarn", "-encoding", "UTF-8", "-cp", self._class_path(), "-d", str(classes), *files, *ours]
        )
        for text in (sources / "resources").glob("**/*.properties"):
            place = classes / text.relative_to(sources / "resources")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text.read_text().replace("${project.version}", version()))
        library = self.out / "native"
        library.mkdir(exist_ok=True)
        shutil.copy2(self.bin / "libskm_jni.so", library)
        path = f"{classes}{os.pathsep}{self._class_path()}"
        java = ["java", f"-Dskm.library.path={library}", "-cp", path]
        self._add("java", "**ours, Java**", [*java, "bench.Ours"], JAVA)
        self.signs["JNI"] = ([*java, "bench.Sign"], {})

    def _class_path(self) -> str:
        return f"{self.out / 'java' / 'classes'}{os.pathsep}{self.out / 'java' / 'lib' / '*'}"


def version() -> str:
    """The version of the workspace."""
    for line in (ROOT / "Cargo.toml").read_text().splitlines():
        if line.startswith("version = "):
            return line.split('"')[1]
    raise SystemExit("Cargo.toml names no version")


def execute(command: List[str]) -> None:
    """Runs a build step; its output is shown only if it fails."""
    print("  " + Path(command[0]).name, *[word for word in command[1:4]], "…", file=sys.stderr)
    done = subprocess.run(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    if done.returncode != 0:
        print(done.stdout[-4000:], file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, command[:4])
