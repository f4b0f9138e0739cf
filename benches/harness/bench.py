"""Builds, measures and reports: ``make bench``, ``make bench-quick``, ``make bench-ledger REASON="…"``.

Standard library only. Everything goes into ``<target>/bench``; nothing is installed elsewhere.
"""

import argparse
import datetime
import json
import os
import sys
from pathlib import Path
from typing import Dict, List

import ledger
import measure
import report
from build import ROOT, Build
from clients import CELLS, QUICK_CELLS, Cell, Client
from goals import goals

BATCH_ROWS = {"few": 10_000, "many": 1_000_000}
BATCH_WORKERS = 16
# Twenty rounds of the slow platform for each thread: longer than the deadline of a call.
FAIR_THREADS, FAIR_CALLS = 200, 4_000


def main() -> int:
    args = arguments()
    target = Path(args.target_dir).resolve()
    results = target / "bench" / "results.json"
    if args.again:
        return full(json.loads(results.read_text(encoding="utf-8")), target)
    build = Build(target, args.profile, args.python, quick=args.quick or args.ledger is not None)
    print("building", file=sys.stderr)
    build.run()
    found = {
        "date": str(datetime.date.today()),
        "profile": args.profile,
        "rounds": args.rounds,
        "load": os.getloadavg()[0],
        "left_out": build.left_out,
        "versions": report.versions(args.python),
    }
    with measure.Server(build.bin / "bench-server", build.out / "ca.pem") as server:
        found["left_out"] += smoke(build, server)
        if args.only:
            found["left_out"].append(f"LEFT OUT: cells of the benchmark that are not {args.only}, on request")
        print(*found["left_out"], sep="\n", file=sys.stderr)
        found["instructions"] = instructions(build, server)
        if args.ledger is not None:
            ledger.add(found["instructions"], tools(found), args.ledger)
            return 0
        print("measuring", file=sys.stderr)
        cells = [cell for cell in (QUICK_CELLS if args.quick else CELLS) if args.only in (None, cell.scheme)]
        found["cells"] = measure.in_turns(build.clients.values(), cells, server, args.rounds, found["left_out"])
        if not args.quick:
            found["allocations"] = allocations(build, server)
            found["batch"] = batch(build, server, args.batch_rows)
            found["fairness"] = fairness(build, server)
            found["import_ms"] = imports(build)
            found["sign_us"] = signs(build)
    found["titles"] = {name: client.title for name, client in build.clients.items()}
    if args.quick:
        return quick(found, target)
    results.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return full(found, target)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--target-dir", default=str(ROOT / "target"))
    parser.add_argument("--profile", default="dist", help="cargo profile of what is measured")
    parser.add_argument("--python", default=sys.executable, help="interpreter of the Python clients")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", choices=["http", "https"], help="leave the other scheme's cells out")
    parser.add_argument("--quick", action="store_true", help="few cells, no report, but the ledger")
    parser.add_argument("--ledger", metavar="REASON", help="only add an entry to the ledger")
    parser.add_argument("--again", action="store_true", help="write the page again from the last results")
    parser.add_argument("--batch-rows", type=int, default=BATCH_ROWS["many"])
    return parser.parse_args()


def full(found: dict, target: Path) -> int:
    report.write(found)
    show(found)
    print(f"written: {report.PLACE.relative_to(ROOT)}")
    return left_out(found["left_out"], target)


def quick(found: dict, target: Path) -> int:
    show(found)
    lines = ledger.compare(found["instructions"], tools(found)) if found["instructions"] else []
    missing = [line for line in lines if line.startswith("LEFT OUT")]
    if not found["instructions"]:
        missing.append("LEFT OUT: the ledger of instructions: valgrind is not installed")
    faults = [line for line in lines if not line.startswith("LEFT OUT")]
    for fault in faults:
        print(f"ledger: {fault}")
    left_out(found["left_out"] + missing, target)
    return 1 if faults else 0


def show(found: dict) -> None:
    for goal in goals(found):
        if goal.value is not None:
            mark = "reached" if goal.reached else "MISSED "
            print(f"{mark} {goal.text}: {goal.value:.3f} (goal {'>=' if goal.at_least else '<='} {goal.bound:.3f})")


def left_out(lines: list, target: Path) -> int:
    for line in lines:
        print(line)
    if lines:
        with (target / "left-out.txt").open("a", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
    return 0


def tools(found: dict) -> str:
    """What the counts of instructions depend on."""
    return "; ".join(line for line in found["versions"] if line.startswith(("rustc", "libcurl", "OpenSSL", "valgrind")))


def smoke(build: Build, server: measure.Server) -> List[str]:
    """One call of every client; one that cannot make it is left out, with a line that says why."""
    lines = []
    for name, client in list(build.clients.items()):
        command = [*client.command, *server.arguments(Cell("id", "https", 1), 1, 1)]
        try:
            measure.Run(command, client.environment).report()
        except RuntimeError as error:
            if name == "core":
                raise
            del build.clients[name]
            lines.append(f"LEFT OUT: benchmark of {name}: {' '.join(str(error).split())[-300:]}")
    return lines


def instructions(build: Build, server: measure.Server) -> Dict[str, int]:
    counts = {}
    for name in ("core", "c", "libcurl"):
        client = build.clients.get(name)
        for cell in (Cell("scan", "http", 1), Cell("scan", "https", 1), Cell("id", "https", 1)):
            count = measure.instructions(client, cell, server, build.out / "callgrind.out") if client else None
            if count is not None:
                counts[f"{name}_{cell.interface}_{cell.scheme}"] = count
    return counts


def allocations(build: Build, server: measure.Server) -> Dict[str, dict]:
    found = {}
    for interface in ("scan", "id"):
        cell = Cell(interface, "https", 1)
        run = measure.Run([str(build.bin / "bench-allocations"), *server.arguments(cell, 1000, 100)], {})
        found[f"{interface} https"] = run.report()
    return found


def batch(build: Build, server: measure.Server, most: int) -> Dict[str, dict]:
    """Few rows five times, the median: their start-up weighs. Many rows once."""
    found = {}
    for name, rows, rounds in (("few", BATCH_ROWS["few"], 5), ("many", most, 1)):
        cell = Cell("scan", "http", BATCH_WORKERS)
        runs = [
            measure.Run([str(build.bin / "bench-batch"), *server.arguments(cell, rows, 0)], {}) for _ in range(rounds)
        ]
        middle = sorted(runs, key=lambda run: run.report()["rows_per_s"])[rounds // 2]
        found[name] = {**middle.report(), "rss_mb": middle.rss_kb / 1024}
    return found


def fairness(build: Build, server: measure.Server) -> Dict[str, float]:
    """Many threads on few connections to a platform that takes its time."""
    cell = Cell("scan", "slow", FAIR_THREADS)
    return measure.Run([str(build.bin / "bench-fairness"), *server.arguments(cell, FAIR_CALLS, 0)], {}).report()


def imports(build: Build) -> Dict[str, float]:
    ours: Client = build.clients.get("python")
    if ours is None or "requests" not in build.clients:
        return {}
    costs = measure.import_costs(ours.command[0], ["import skm", "import requests"], ours.environment, 15)
    return {statement.split()[1]: cost for statement, cost in costs.items()}


def signs(build: Build) -> Dict[str, float]:
    """One sign of interface 1 through each binding, in microseconds."""
    runs = {
        name: measure.Run([*command, "1000000"], environment) for name, (command, environment) in build.signs.items()
    }
    return {name: run.report()["sign_ns"] / 1e3 for name, run in runs.items()}


if __name__ == "__main__":
    sys.exit(main())
