#!/usr/bin/env python3
"""Runs fuzz targets that cargo-fuzz has built, several at once, each for so much processor time.

    run.py --built FOLDER --work FOLDER [--seconds N] [--record | --keep] [TARGET …]

What a target finds new is kept in the work folder, so that another run goes on from there; the corpora in git
(corpora.py) are unpacked into it and only read. With --record every target's time, executions and findings are added to
fuzz/runs.csv, docs/fuzz.md is written from it, and the seconds count for all recorded runs together: the same command
again goes on. Exit code 1: something was found, and it is found again until its file under finds/ is removed. Ctrl-C
ends a run early and loses nothing; exit code 130.
"""

import argparse
import csv
import datetime
import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import corpora

HERE = Path(__file__).resolve().parent
RUNS = HERE / "runs.csv"
FOUND = HERE / "found.md"
PAGE = HERE.parent / "docs" / "fuzz.md"
COLUMNS = ["date", "commit", "target", "cpu_s", "wall_s", "executions", "features", "findings"]
# A target's turn, so that all get on evenly whenever the run is ended.
TURN_S = 300
TICK = os.sysconf("SC_CLK_TCK")


class Fuzzer:
    """One turn of one target."""

    def __init__(self, target, built, work, cpu_s, commit):
        self.target, self.cpu_s, self.began = target, cpu_s, time.monotonic()
        # What is committed meanwhile is not what runs.
        self.commit = commit
        found, seeds, self.finds = (work / kind / target for kind in ("corpus", "seeds", "finds"))
        for folder in (found, self.finds):
            folder.mkdir(parents=True, exist_ok=True)
        corpora.unpack(target, seeds)
        self.before = set(self.finds.iterdir())
        self.log = work / f"{target}.log"
        # Input that takes ten seconds, or a gigabyte, is a finding too.
        limits = ["-timeout=10", "-rss_limit_mb=1024", "-malloc_limit_mb=256", "-print_final_stats=1"]
        # Its end comes with `end`; this one is for the case that this process has died.
        limits.append(f"-max_total_time={4 * cpu_s + 600}")
        # What was found stays among the inputs until its file is removed: a fault does not go away by being run again.
        command = [
            str(built / target),
            *map(str, (found, seeds, self.finds)),
            *limits,
            f"-artifact_prefix={self.finds}/",
        ]
        self.output = self.log.open("wb")
        self.process = subprocess.Popen(
            ["nice", "-n", "19", *command],
            stdout=self.output,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def spent(self):
        """Processor seconds so far."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / TICK

    def end(self):
        """Asks it to stop after the input at hand."""
        self.process.send_signal(signal.SIGUSR1)

    def result(self):
        """Its row, once it has ended."""
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        self.output.close()
        text = self.log.read_text(errors="replace")
        number = lambda pattern: int((re.findall(pattern, text) or ["0"])[-1])
        finds = set(self.finds.iterdir()) - self.before
        # One that fell over without leaving its input has found something all the same.
        count = len(finds) or (1 if self.process.returncode != 0 else 0)
        if count:
            print(
                f"{self.target}: FOUND, exit {self.process.returncode}: {sorted(map(str, finds))}",
                text[-4000:],
                sep="\n",
            )
        return {
            "date": str(datetime.date.today()),
            "commit": self.commit,
            "target": self.target,
            "cpu_s": round(usage.ru_utime + usage.ru_stime),
            "wall_s": round(time.monotonic() - self.began),
            "executions": number(r"stat::number_of_executed_units:\s*(\d+)"),
            "features": number(r"\bft: (\d+)"),
            "findings": count,
        }


def commit(built):
    """What the programs were built from; `make fuzz-build` leaves it beside them."""
    file = built / "commit"
    return file.read_text().strip() if file.exists() else "unknown"


def lock(work):
    """Two runs in one folder would take each other's inputs and findings for their own."""
    work.mkdir(parents=True, exist_ok=True)
    file = (work / "lock").open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        sys.exit(f"another run uses {work}: wait for it, or give --work another folder")
    return file


def targets():
    return sorted(file.stem for file in (HERE / "targets").glob("*.rs"))


def run(asked, built, work, seconds, jobs, record):
    """Runs the targets in turns; gives the exit code."""
    # A recorded run goes on until the time of all of them is reached.
    spent = {target: sum(int(row["cpu_s"]) for row in rows() if record and row["target"] == target) for target in asked}
    left = {target: max(0, seconds - spent[target]) for target in asked}
    totals = {target: {"cpu_s": 0, "executions": 0, "findings": 0} for target in asked}
    running, ending, built_from = [], False, commit(built)

    def stop(*_):
        nonlocal ending
        ending = True

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        while running or (not ending and any(left.values())):
            busy = {fuzzer.target for fuzzer in running}
            waiting = sorted((target for target in left if left[target] and target not in busy), key=lambda t: -left[t])
            while waiting and len(running) < jobs and not ending:
                target = waiting.pop(0)
                running.append(Fuzzer(target, built, work, min(TURN_S, left[target]), built_from))
            time.sleep(0.5)
            for fuzzer in list(running):
                if has_ended(fuzzer):
                    running.remove(fuzzer)
                    row = fuzzer.result()
                    done = max(row["cpu_s"], 1)
                    left[fuzzer.target] = max(0, left[fuzzer.target] - done) if not row["findings"] else 0
                    for name in totals[fuzzer.target]:
                        totals[fuzzer.target][name] += row[name]
                    if record:
                        add(row)
                elif ending or fuzzer.spent() >= fuzzer.cpu_s:
                    fuzzer.end()
    finally:
        for fuzzer in running:
            fuzzer.process.kill()
    for target, total in totals.items():
        print(f"fuzz {target}: {total['executions']} executions in {total['cpu_s']} s, {total['findings']} findings")
    # Nothing executed is no pass.
    idle = [target for target in asked if not totals[target]["executions"] and spent[target] < seconds and not ending]
    for target in idle:
        print(f"fuzz {target}: NOTHING WAS EXECUTED")
    if idle or any(total["findings"] for total in totals.values()):
        return 1
    return 130 if ending else 0


def has_ended(fuzzer):
    """Whether it is a zombie: not yet waited for, so that its times are not lost."""
    return os.waitid(os.P_PID, fuzzer.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def rows():
    if not RUNS.exists():
        return []
    with RUNS.open(newline="") as file:
        return list(csv.DictReader(file))


def add(row):
    """One row a target, commit and day."""
    known = rows()
    same = [old for old in known if all(old[name] == str(row[name]) for name in ("date", "commit", "target"))]
    for old in same:
        for name in ("cpu_s", "wall_s", "executions", "findings"):
            old[name] = int(old[name]) + row[name]
        old["features"] = max(int(old["features"]), row["features"])
    draft = RUNS.with_suffix(".new")
    with draft.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(known if same else [*known, row])
    draft.replace(RUNS)


HEAD = """\
# Fuzzing

Written by `make fuzz-long` from `fuzz/runs.csv`; do not edit. Each target is run by libFuzzer with AddressSanitizer, with
overflow checks and debug assertions on, and holds what it fuzzes to the promises in its first lines. A spread of what
was found on the way is kept in `fuzz/corpus`, one archive for each target, and every run begins with it
(`python3 fuzz/corpora.py list qr` shows what is inside).

`make fuzz` builds all targets and runs each for a few seconds (part of `make test`); `make fuzz-long SECONDS_EACH=3600`
runs them in turns until each has had an hour of processor time, all recorded runs together, and adds to this page.
Processor time is the fuzzer's own: on a machine with other work an hour of it takes longer than an hour.

| target | what it promises | processor time | executions | features | findings |
|---|---|--:|--:|--:|--:|
"""


def write():
    found = rows()
    lines = []
    for target in targets():
        mine = [row for row in found if row["target"] == target]
        total = lambda name: sum(int(row[name]) for row in mine)
        seconds = total("cpu_s")
        time_text = f"{seconds // 3600} h {seconds % 3600 // 60:02} min" if mine else "not yet"
        features = max((int(row["features"]) for row in mine), default=0)
        lines.append(
            f"| `{target}` | {promise(target)} | {time_text} | {total('executions'):,} | {features:,} | {total('findings')} |"
        )
    if found:
        commits = list(dict.fromkeys(row["commit"] for row in found))
        lines += ["", f"Runs from {found[0]['date']} to {found[-1]['date']}, at {', '.join(commits)}."]
    PAGE.write_text(HEAD + "\n".join(lines) + "\n" + FOUND.read_text(encoding="utf-8"), encoding="utf-8")


def keep(target, work, most=40, longest=1024):
    """Adds a spread of what was found, short to long, to the corpus in git: small, and of every kind."""
    found = [file for file in (work / "corpus" / target).glob("*") if file.stat().st_size <= longest]
    found.sort(key=lambda file: (file.stat().st_size, file.name))
    kept = found[:: max(1, len(found) // most)][:most]
    inputs = {**corpora.read(target), **{file.name[:12]: file.read_bytes() for file in kept}}
    corpora.pack(target, inputs)
    print(f"{target}: {len(inputs)} inputs")


def promise(target):
    """The first paragraph of its documentation."""
    text = (HERE / "targets" / f"{target}.rs").read_text(encoding="utf-8")
    said = [line[3:].strip() for line in text.splitlines() if line.startswith("//!")]
    return " ".join(said).replace("|", "\\|")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--built", type=Path, required=True, help="where cargo-fuzz put the programs")
    parser.add_argument("--work", type=Path, required=True, help="where found inputs and logs are kept")
    parser.add_argument("--seconds", type=int, default=10, help="processor time for each target")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at once")
    parser.add_argument("--record", action="store_true", help="add to fuzz/runs.csv and write docs/fuzz.md")
    parser.add_argument(
        "--keep", action="store_true", help="run nothing; add a spread of what was found to fuzz/corpus"
    )
    parser.add_argument("targets", nargs="*", help="all, if none is named")
    args = parser.parse_args()
    unknown = set(args.targets) - set(targets())
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(targets())}")
    if args.keep:
        for target in args.targets or targets():
            keep(target, args.work)
        return 0
    with lock(args.work):
        code = run(args.targets or targets(), args.built, args.work, args.seconds, args.jobs, args.record)
    if args.record:
        write()
    return code


if __name__ == "__main__":
    sys.exit(main())
