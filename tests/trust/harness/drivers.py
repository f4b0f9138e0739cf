"""The four drivers: one process each, one line in, one line out."""

import os
import subprocess
import threading
from pathlib import Path

from harness import processes

BINDINGS = ("rust", "c", "python", "java")
# No call of a driver lasts this long; one that does is a hang, and its driver is ended.
HANG_S = 120


class Hung(Exception):
    """A driver did not answer."""


class Outcomes:
    """How often each outcome."""

    def __init__(self, words):
        self.words = words
        pairs = (pair.split("=") for pair in words.split(",") if pair)
        self.outcomes = {word: int(count) for word, count in pairs}

    @property
    def calls(self):
        """How many ended."""
        return sum(self.outcomes.values())

    def count(self, *words):
        """How many ended in one of these."""
        return sum(self.outcomes.get(word, 0) for word in words)


class Looped(Outcomes):
    """What came of a loop: how often each outcome, and percentiles of microseconds."""

    def __init__(self, answer):
        words, self.p50, self.p99, self.p999, self.worst = answer
        super().__init__(words)


class Submitted(Outcomes):
    """What many submitted calls came to, and by how many milliseconds the latest was told after its deadline."""

    def __init__(self, answer):
        words, micros = answer
        super().__init__(words)
        self.late_ms = int(micros) / 1000


class Built:
    """What the make target built, in one folder."""

    def __init__(self, folder, python, command):
        self.folder = Path(folder)
        self.python = python
        self.command = command

    def arguments(self, binding):
        """The command line of a driver."""
        here = Path(__file__).resolve().parent.parent / "drivers"
        if binding == "python":
            return [self.python, str(here / "python" / "driver.py")]
        if binding == "java":
            memory = ["-Xms96m", "-Xmx96m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC"]
            native = "-Dskm.library.path=" + str(self.folder / "native")
            return ["java", *memory, native, "-cp", str(self.folder / "java"), "trust.Driver"]
        return [str(self.folder / ("driver-" + binding))]

    def start(self, binding, folder, before=(), **environment):
        """Starts a driver whose standard error goes to `folder`."""
        environment = {**os.environ, "PYTHONPATH": str(self.folder / "python"), "RUST_BACKTRACE": "0", **environment}
        return Driver(binding, [*before, *self.arguments(binding)], Path(folder), environment)


class Driver:
    """A running driver; a context manager."""

    def __init__(self, binding, arguments, folder, environment):
        self.binding = binding
        self.errors = folder / (binding + ".err")
        with open(self.errors, "ab") as errors:
            self.process = processes.start(
                arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, env=environment
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def pid(self):
        """Of the process that was started."""
        return self.process.pid

    def stop(self):
        """Closes its input, upon which it ends; if not, it is ended."""
        try:
            self.process.stdin.close()
            self.process.wait(20)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def ask(self, *fields, seconds=HANG_S):
        """One line in, one line out; the fields of the answer. Bytes that are not UTF-8 pass as surrogates."""
        line = "\t".join(str(field) for field in fields) + "\n"
        clock = threading.Timer(seconds, self.process.kill)
        clock.start()
        try:
            self.process.stdin.write(line.encode("utf-8", "surrogateescape"))
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:
            answer = b""
        finally:
            clock.cancel()
        if not answer:
            errors = self.errors.read_text(encoding="utf-8", errors="replace")
            raise Hung("{} {}: no answer\n{}".format(self.binding, fields[:3], errors[-2000:]))
        return answer.decode("utf-8").rstrip("\n").split("\t")

    def open(self, slot, config):
        """Opens a client; its failure raises."""
        answer = self.ask("open", slot, config)
        if answer != ["opened"]:
            raise RuntimeError("{}: {}".format(self.binding, answer))

    def call(self, slot, interface, form, fields):
        """Outcome, whether it was green, and the microseconds the driver measured."""
        outcome, green, took = self.ask("call", slot, interface, form, *fields)
        return outcome, green == "1", int(took)

    def loop(self, slot, threads, calls, seconds, interfaces, fields):
        """Calls from several threads, so many (0: any number) or so many seconds; a `Looped`."""
        names = ",".join(interfaces)
        return Looped(self.ask("loop", slot, threads, calls, seconds, names, *fields, seconds=seconds + HANG_S))

    def submit(self, slot, calls, deadline_ms, interface, fields):
        """So many calls submitted at once; a `Submitted`."""
        return Submitted(self.ask("submit", slot, calls, deadline_ms, interface, *fields))
