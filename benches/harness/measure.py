"""Runs clients against the server and reads their reports."""

import contextlib
import functools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Dict, Iterable, List, Optional, Tuple

from clients import Cell, Client

# A client that takes longer than this is broken, not slow.
LIMIT_S = 300
# Nothing of the machine's settings (proxies, other authorities) reaches a client.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "JAVA_HOME", "PYENV_ROOT", "PYENV_VERSION")


PROCESSORS = os.sched_getaffinity(0)
PROCESSOR = min(PROCESSORS)


class Server:
    """The fixed-answer server; ends with the harness, because it ends when its input is closed."""

    def __init__(self, program: Path, ca_file: Path) -> None:
        self.ca_file = str(ca_file)
        self._process = subprocess.Popen(
            [str(program), self.ca_file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.urls: Dict[str, str] = json.loads(self._process.stdout.readline())

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(10)

    def share_a_processor(self, shared: bool) -> None:
        """Puts the server on the processor where pinned clients run, or back on all of them."""
        for thread in Path(f"/proc/{self._process.pid}/task").glob("*"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread.name), {PROCESSOR} if shared else PROCESSORS)

    def arguments(self, cell: Cell, calls: int, warmup: int) -> List[str]:
        given = {
            "--interface": cell.interface,
            "--url": self.urls[cell.scheme],
            "--calls": str(calls),
            "--warmup": str(warmup),
            "--threads": str(cell.threads),
        }
        if cell.scheme == "https":
            given["--ca"] = self.ca_file
        return [word for pair in given.items() for word in pair]


class Run:
    """One run of a client: its own report, and what the kernel says of the process."""

    def __init__(self, command: List[str], environment: Dict[str, str], pinned: bool = False) -> None:
        kept = {name: os.environ[name] for name in KEPT if name in os.environ}
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            place = functools.partial(os.sched_setaffinity, 0, {PROCESSOR}) if pinned else None
            process = subprocess.Popen(command, env={**kept, **environment}, stdout=out, stderr=err, preexec_fn=place)
            usage, self.rss_kb = _wait(process)
            out.seek(0)
            err.seek(0)
            self.text = out.read().decode("utf-8", "replace").strip()
            if process.returncode != 0:
                raise RuntimeError(f"{' '.join(command[:3])}: {err.read().decode('utf-8', 'replace')[-2000:]}")
        self.cpu_s = usage.ru_utime + usage.ru_stime

    def report(self) -> Dict[str, float]:
        return json.loads(self.text)


def _wait(process: subprocess.Popen) -> Tuple[object, int]:
    """Waits for one child; its resource usage, and its largest resident memory in KiB.

    The memory is looked up while it runs: what ``wait4`` tells of it begins with the harness's own, before ``exec``.
    """
    ends, most = time.monotonic() + LIMIT_S, 0
    while True:
        found, status, usage = os.wait4(process.pid, os.WNOHANG)
        if found:
            process.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
            return usage, most
        most = max(most, _resident_kb(process.pid))
        if time.monotonic() > ends:
            process.kill()
        time.sleep(0.01)


def _resident_kb(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    peak = re.search(r"^VmHWM:\s+(\d+) kB$", status, flags=re.M)
    return int(peak.group(1)) if peak else 0


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r  {text:<70}", end="", file=sys.stderr)


def in_turns(
    clients: Iterable[Client], cells: Iterable[Cell], server: Server, rounds: int, left_out: List[str]
) -> Dict[str, Dict[str, dict]]:
    """Measures every client in every cell, in turns: A B C … A B C …; medians of the rounds by cell and client.

    A client that fails twice in a cell takes no further part in it, and a line in ``left_out`` says so.
    """
    clients, found = list(clients), {}
    for cell in cells:
        taking_part = [client for client in clients if client.asynchronous == cell.asynchronous]
        runs: Dict[str, List[dict]] = {client.name: [] for client in taking_part}
        failed: List[str] = []
        server.share_a_processor(cell.pinned)
        for turn in range(rounds):
            for client in list(taking_part):
                _progress(f"{cell.key}, round {turn + 1} of {rounds}: {client.name}")
                try:
                    runs[client.name].append(one(client, cell, server))
                except RuntimeError as fault:
                    print(f"  {fault}", file=sys.stderr)
                    failed.append(client.name)
                    if failed.count(client.name) > 1:
                        taking_part.remove(client)
                        left_out.append(f"LEFT OUT: benchmark of {client.name} in {cell.key}: failed twice")
        if not sys.stderr.isatty():
            print(f"  {cell.key}", file=sys.stderr)
        found[cell.key] = {client.name: medians(runs[client.name]) for client in taking_part}
    server.share_a_processor(False)
    _progress("")
    return found


def one(client: Client, cell: Cell, server: Server) -> dict:
    """One run, as figures a call."""
    warmup = max(client.warmup, 2 * cell.threads)
    run = Run([*client.command, *server.arguments(cell, client.calls, warmup)], client.environment, cell.pinned)
    report = run.report()
    if report["calls"] < client.calls - cell.threads or not 0 < report["cpu_s"] <= run.cpu_s + 0.05:
        raise RuntimeError(f"{client.name}: a report that cannot be: {report}, {run.cpu_s} s")
    return {
        "cpu_us": report["cpu_s"] / report["calls"] * 1e6,
        "per_s": report["calls"] / report["wall_s"],
        "p50_us": report["p50_us"],
        "p99_us": report["p99_us"],
        "first_us": report["first_us"],
        "rss_mb": run.rss_kb / 1024,
    }


def medians(runs: List[dict]) -> dict:
    """The median of each figure, and how far the processor times lie apart."""
    found = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    cpu = [run["cpu_us"] for run in runs]
    found["spread"] = (max(cpu) - min(cpu)) / found["cpu_us"]
    return found


def instructions(client: Client, cell: Cell, server: Server, out: Path) -> Optional[int]:
    """Instructions a call by callgrind: the difference of two runs, so start-up is in neither. ``None`` without valgrind."""
    few, many = 100, 500
    counts = []
    for calls in (few, many):
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *client.command]
        try:
            done = subprocess.run(
                [*command, *server.arguments(cell, calls, 20)],
                env={**os.environ, **client.environment},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        except FileNotFoundError:
            return None
        total = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or total is None:
            raise RuntimeError(f"callgrind of {client.name}: {done.stderr[-1000:]}")
        counts.append(int(total.group(1)))
    return round((counts[1] - counts[0]) / (many - few))


def import_costs(python: str, statements: Iterable[str], environment: Dict[str, str], rounds: int) -> Dict[str, float]:
    """Processor time of each import in ms, the bare interpreter's taken off: medians of rounds in turns."""
    bare = "pass"
    costs: Dict[str, List[float]] = {statement: [] for statement in (bare, *statements)}
    for _ in range(rounds):
        for statement, mine in costs.items():
            mine.append(Run([python, "-c", statement], environment, pinned=True).cpu_s * 1e3)
    least = statistics.median(costs.pop(bare))
    return {statement: statistics.median(mine) - least for statement, mine in costs.items()}
