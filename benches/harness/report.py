"""Writes docs/benchmarks.md from what was measured."""

import platform
import re
import subprocess
from pathlib import Path
from typing import Dict, List

import chart
from goals import Goal, goals

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / "docs" / "benchmarks.md"
NOTES = Path(__file__).with_name("notes.md")

HEAD = """\
# Benchmarks

Written by `make bench` on {date}; do not edit. `make bench-quick` measures a few cells and checks the ledger of
instructions. What the goals are is in `benches/harness/goals.py`; what the peers are, in `benches/peers/`.

- **Processor time a call** (user + system of the whole client process, from the end of its warm-up to its last call) is
  the figure that counts: it is what an old gate box and a city back end pay. The other figures stand beside it.
- All clients, in every language, ask the same questions (the server refuses any other byte) of the same fixed-answer
  server over loopback, keep their connections, and check that the answer is green: {rounds} rounds, in turns
  A B C … A B C …, medians. Only ratios within one run mean anything.
- With one thread, client and server share one processor: on two of them every call also wakes an idle one twice, which
  on a virtual machine costs more than the call, and less for those clients whose compiler threads keep it awake. What
  that looks like is in "its server on another processor". With more threads all processors are busy anyway.
- Server: `benches/harness/src/bin/bench-server.rs`, a thread for each connection, TLS 1.3: the same one everywhere, so
  that figures of two machines compare.
- Ours is what ships: profile `{profile}`. It does more than the peers: strict reading, one deadline for the whole call,
  cancellation, safe retries, wiping of personal data.

{machine}

![processor time of one call](images/benchmarks.svg)
"""


def write(found: dict) -> None:
    """Writes the page and its picture."""
    lines = [HEAD.format(**found, machine=_machine(found))]
    lines += _goals(goals(found))
    for key, cell in found["cells"].items():
        lines += _cell(key, cell, found["titles"])
    lines += _others(found)
    lines.append(NOTES.read_text(encoding="utf-8"))
    if found["left_out"]:
        lines += ["## Left out", "", *(f"- {line}" for line in found["left_out"]), ""]
    PLACE.write_text("\n".join(lines), encoding="utf-8")
    chart.write(found["cells"], found["titles"], found["date"])


def _goals(listed: List[Goal]) -> List[str]:
    rows = ["## Goals", "", "| figure | goal | measured | reached |", "|---|---|---|---|"]
    for goal in listed:
        sign = "≥" if goal.at_least else "≤"
        reached = {None: "not measured", True: "yes", False: "**no**"}[goal.reached]
        rows.append(f"| {goal.text} | {sign} {_number(goal.bound)} | {_number(goal.value)} | {reached} |")
    return [*rows, ""]


def _cell(key: str, cell: Dict[str, dict], titles: Dict[str, str]) -> List[str]:
    interface, scheme, threads = key.split(" ", 2)
    what = {"scan": "verify_scan", "id": "verify_id"}[interface]
    one = {"1": "1 thread", "1 apart": "1 thread, its server on another processor"}
    many = one.get(threads) or (threads if "flight" in threads else f"{threads} threads")
    rows = [
        f"## {what}, {scheme}, {many}",
        "",
        "| client | CPU µs a call | ± | calls/s | p50 µs | p99 µs | first µs | RSS MB |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, figures in sorted(cell.items(), key=lambda item: item[1]["cpu_us"]):
        rows.append(
            f"| {titles[name]} | {figures['cpu_us']:.1f} | {figures['spread'] * 50:.0f} % | {figures['per_s']:,.0f} "
            f"| {figures['p50_us']:.0f} | {figures['p99_us']:.0f} | {figures['first_us']:.0f} | {figures['rss_mb']:.1f} |"
        )
    return [*rows, ""]


def _others(found: dict) -> List[str]:
    rows = ["## Instructions, allocations, batches, start-up", "", "| figure | value |", "|---|--:|"]
    for name, count in found.get("instructions", {}).items():
        rows.append(f"| {name.replace('_', ' ')}: instructions a call | {count:,} |")
    for name, figures in found.get("allocations", {}).items():
        rows.append(
            f"| core, {name}: allocations a call | {figures['allocations']:.0f} ({figures['bytes']:,.0f} bytes) |"
        )
    for name, rows_text in (("few", "10 000"), ("many", "1 000 000")):
        batch = found.get("batch", {}).get(name)
        if batch:
            rows.append(
                f"| verify_many, {rows_text} rows over http | {batch['rows_per_s']:,.0f} rows/s, {batch['rss_mb']:.1f} MB |"
            )
    fair = found.get("fairness")
    if fair:
        rows.append(
            f"| 200 threads, 16 connections, a platform of 50 ms: p50, p99, longest (a fair queue's: {fair['ideal_ms']:.0f} ms) "
            f"| {fair['p50_ms']:.0f}, {fair['p99_ms']:.0f}, {fair['longest_ms']:.0f} ms |"
        )
    for name, cost in found.get("import_ms", {}).items():
        rows.append(f"| `import {name}`, beyond the bare interpreter | {cost:.1f} ms |")
    for name, cost in found.get("sign_us", {}).items():
        rows.append(f"| sign through {name} | {cost:.3f} µs |")
    return [*rows, ""]


def _machine(found: dict) -> str:
    info = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*: (.*)", info)
    cores = info.count("processor\t")
    lines = [
        f"Machine: {model.group(1) if model else platform.processor()}, {cores} cores, {platform.system()} {platform.release()}; "
        f"load before the run {found['load']:.1f}.",
        "Versions: " + "; ".join(found["versions"]) + ".",
    ]
    return "\n".join(lines)


def versions(python: str) -> List[str]:
    """The versions of what is measured and of what measures."""
    asked = {
        "rustc": ["rustc", "--version"],
        "libcurl": ["curl-config", "--version"],
        "OpenSSL": ["openssl", "version"],
        "valgrind": ["valgrind", "--version"],
        "Python": [python, "--version"],
        "Java": ["java", "-version"],
    }
    found = []
    for name, command in asked.items():
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        except FileNotFoundError:
            continue
        found.append(done.stdout.splitlines()[0].strip() if done.stdout else name)
    return found


def _number(value: object) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3g}"
