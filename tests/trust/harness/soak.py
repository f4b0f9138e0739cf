"""`make soak MINUTES=…`: each binding calls for that long; memory, threads and descriptors must stay flat.

soak.py --built DIR --command SKM --minutes N [--left-out FILE]
"""

import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import proof  # noqa: E402
from harness.cells import INTERFACES  # noqa: E402
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

THREADS = 4
# Growth from the second quarter to the last that is no leak: allocators and interpreters breathe.
RSS_SHARE, RSS_KIB = 0.03, 1024
FEW = 2
# Far fewer than any binding makes: below it nothing was soaked.
LEAST_CALLS_A_SECOND = 20
# A hundredth of the requests is answered 503 and as many lose their connection; questions are asked again.
LEAST_GOOD = 0.95
DUE = {"ok", "green", "http_status", "connection_lost"}
SAMPLES_A_SECOND = 2
# Of those that should be there: reading /proc takes time too.
LEAST_SAMPLED = 0.8


def arguments():
    parser = proof.parser(__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    return parser.parse_args()


class Watch:
    """Samples a process: memory in KiB, threads, open descriptors."""

    def __init__(self, pid):
        self._place = Path("/proc") / str(pid)
        self._over = threading.Event()
        self._failure = None
        self.samples = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        try:
            while not self._over.wait(1 / SAMPLES_A_SECOND):
                self.samples.append(self._sample())
        except (OSError, ValueError, KeyError) as failure:
            self._failure = failure

    def _sample(self):
        status = dict(line.split(":", 1) for line in (self._place / "status").read_text().splitlines())
        descriptors = sum(1 for _ in (self._place / "fd").iterdir())
        return int(status["VmRSS"].split()[0]), int(status["Threads"]), descriptors

    def stop(self):
        """Ends sampling; raises what ended it before."""
        self._over.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure


def soak(built, binding, folder, seconds):
    """One binding; gives the checks."""
    with Sandbox(built.command, Path(folder) / binding, "--qr-life", "864000") as sandbox:
        fields = sandbox.fields(sandbox.person("green"))
        # A little goes wrong all the time: failures must not leave anything behind either.
        sandbox.fault("any", "status", status=503, probability=0.01, seed=5)
        sandbox.fault("any", "drop_before", probability=0.01, seed=6)
        with built.start(binding, sandbox.folder) as driver:
            driver.open("soak", sandbox.config("soak", deadline_ms=10_000))
            driver.loop("soak", THREADS, 500, 60, INTERFACES, fields)
            watch = Watch(driver.pid)
            looped = driver.loop("soak", THREADS, 0, seconds, INTERFACES, fields)
            watch.stop()
    return judge(binding, looped, watch.samples, seconds)


def judge(binding, looped, samples, seconds):
    """Prints the figures; gives what is so and what is not."""
    good = looped.count("ok", "green")
    checks = {
        "at least {} calls a second".format(LEAST_CALLS_A_SECOND): looped.calls >= LEAST_CALLS_A_SECOND * seconds,
        "every outcome is due": set(looped.outcomes) <= DUE,
        "at least {:.0%} succeeded".format(LEAST_GOOD): good >= LEAST_GOOD * looped.calls,
        "sampled to the end": len(samples) >= max(4, LEAST_SAMPLED * SAMPLES_A_SECOND * seconds),
    }
    size, words = len(samples) // 4, ["not sampled"]
    if size:
        figures = [
            [statistics.median(column) for column in zip(*samples[number * size : (number + 1) * size])]
            for number in (1, 3)
        ]
        limits = (("RSS KiB", RSS_SHARE, RSS_KIB), ("threads", 0, FEW), ("descriptors", 0, FEW))
        words = []
        for (name, share, few), early, late in zip(limits, *figures):
            word = "{} {:.0f} → {:.0f}".format(name, early, late)
            checks["flat: " + word] = late <= early * (1 + share) + few
            words.append(word)
    print(
        "soak: {}: {} calls in {} s: {}; p50 {} p99 {} p99.9 {} max {} µs; {} samples: {}".format(
            binding,
            looped.calls,
            seconds,
            looped.words,
            looped.p50,
            looped.p99,
            looped.p999,
            looped.worst,
            len(samples),
            ", ".join(words),
        )
    )
    return checks


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    seconds = round(options.minutes * 60)
    with tempfile.TemporaryDirectory(prefix="skm-soak-") as folder:
        checks = {binding: soak(built, binding, folder, seconds) for binding in BINDINGS}
    return proof.end_with_checks("soak", checks)


if __name__ == "__main__":
    sys.exit(main())
