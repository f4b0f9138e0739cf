"""`make soak MINUTES=…`: each binding calls for that long; memory, threads and descriptors must stay flat.

    soak.py --built DIR --command SKM --minutes N [--left-out FILE]
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

THREADS = 4
INTERFACES = "issue_user_token,verify_scan,verify_id"
# Growth from the second quarter to the last that is no leak: allocators and interpreters breathe.
RSS_SHARE, RSS_KIB = 0.03, 1024
FEW = 2


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--left-out", help="nothing is")
    return parser.parse_args()


class Watch:
    """Samples a process: memory in KiB, threads, open descriptors."""

    def __init__(self, pid):
        self._place = Path("/proc") / str(pid)
        self._over = threading.Event()
        self.samples = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        while not self._over.wait(0.5):
            status = dict(line.split(":", 1) for line in (self._place / "status").read_text().splitlines())
            descriptors = sum(1 for _ in (self._place / "fd").iterdir())
            self.samples.append((int(status["VmRSS"].split()[0]), int(status["Threads"]), descriptors))

    def stop(self):
        """Ends sampling."""
        self._over.set()
        self._thread.join()

    def quarter(self, number, column):
        """The samples of the second (1) or last (3) quarter."""
        size = len(self.samples) // 4
        return [sample[column] for sample in self.samples[number * size : (number + 1) * size]]


def soak(built, binding, folder, seconds):
    """One binding; gives the complaints."""
    with Sandbox(built.command, Path(folder) / binding, "--qr-life", "864000") as sandbox:
        fields = sandbox.fields(sandbox.person("green"))
        # A little goes wrong all the time: failures must not leave anything behind either.
        sandbox.fault("any", "status", status=503, probability=0.01, seed=5)
        sandbox.fault("any", "drop_before", probability=0.01, seed=6)
        with built.start(binding, sandbox.folder) as driver:
            driver.open("soak", sandbox.config("soak", deadline_ms=10_000))
            driver.ask("loop", "soak", THREADS, 500, 60, INTERFACES, *fields)
            watch = Watch(driver.pid)
            started = time.monotonic()
            answer = driver.ask("loop", "soak", THREADS, 0, seconds, INTERFACES, *fields, seconds=seconds + 120)
            took = time.monotonic() - started
            watch.stop()
    return judge(binding, answer, watch, took)


def judge(binding, answer, watch, took):
    """Prints the figures; gives what grew."""
    complaints, words = [], []
    for column, (name, share, few) in enumerate([("RSS KiB", RSS_SHARE, RSS_KIB), ("threads", 0, FEW), ("descriptors", 0, FEW)]):
        early, late = (statistics.median(watch.quarter(number, column)) for number in (1, 3))
        words.append("{} {:.0f} → {:.0f}".format(name, early, late))
        if late > early * (1 + share) + few:
            complaints.append("{}: {} grew from {:.0f} to {:.0f}".format(binding, name, early, late))
    outcomes, p50, p99, p999, worst = answer
    calls = sum(int(pair.split("=")[1]) for pair in outcomes.split(","))
    print("soak: {}: {} calls in {:.0f} s: {}; p50 {} p99 {} p99.9 {} max {} µs; {}".format(
        binding, calls, took, outcomes, p50, p99, p999, worst, ", ".join(words)))
    return complaints


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    seconds = round(options.minutes * 60)
    with tempfile.TemporaryDirectory(prefix="skm-soak-") as folder, ThreadPoolExecutor(1) as lanes:
        runs = lanes.map(lambda binding: soak(built, binding, folder, seconds), BINDINGS)
        complaints = [complaint for part in runs for complaint in part]
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
