"""The fault matrix: what is tried, and what is due."""

from dataclasses import dataclass, field
from typing import List

INTERFACES = ("issue_user_token", "verify_scan", "verify_id")
QUESTIONS = ("verify_scan", "verify_id")
# The deadline of a call that is to be ended by it, and of one that is not.
SHORT_MS = 300
LONG_MS = 3000
# By how much a call may outlive its deadline.
GRACE_MS = 50
# A late measurement is the machine's doing if a thread that only sleeps was late by at least this part of it meanwhile.
CONTROL_PART = 0.5
# Faults of the network itself, beside those of the sandbox: all of them end with the deadline.
NETWORK = {
    "name_silent": "name resolution never answers",
    "connect_silent": "the connection is never accepted",
    "tls_silent": "the TLS handshake never gets an answer",
    "silent": "the connection is accepted, then silence",
    "byte_a_second": "the answer comes one byte a second",
    "proxy_silent": "the proxy accepts, then silence",
}


@dataclass(frozen=True, eq=False)
class Measured:
    """What a caller saw once, and by how much a thread that only sleeps was late at worst meanwhile."""

    observed: str
    green: bool
    took_ms: float
    deadline_ms: int
    control_ms: float

    @property
    def over_ms(self):
        """By how many milliseconds it outlived its deadline."""
        return max(0.0, self.took_ms - self.deadline_ms)

    @property
    def is_late(self):
        """Whether it outlived deadline and grace."""
        return self.over_ms > GRACE_MS

    @property
    def may_be_excused(self):
        """Whether it was late, and the machine was late by a comparable amount: then it must be measured again."""
        return self.is_late and self.control_ms >= CONTROL_PART * self.over_ms


@dataclass
class Cell:
    """One fault, one interface, one way of calling, in one binding; with every measurement of it."""

    binding: str
    fault: str
    interface: str
    form: str
    connection: str
    expected: str
    deadline_ms: int
    measured: List[Measured] = field(default_factory=list)

    @property
    def wrong(self):
        """The measurements in which the caller saw something else than was due."""
        return [one for one in self.measured if one.observed != self.expected]

    @property
    def green(self):
        """Those that opened the gate."""
        return [one for one in self.measured if one.green]

    @property
    def excused(self):
        """Those that were late with the machine, and were followed by another; the last one counts in any case."""
        return [one for one in self.measured[:-1] if one.may_be_excused]

    @property
    def late(self):
        """Those that outlived deadline and grace without excuse."""
        return [one for one in self.measured if one.is_late and one not in self.excused]

    def complaint(self):
        """What it broke, in any of its measurements; empty if nothing."""
        broken = [] if self.measured else ["never measured"]
        broken += ["{} where {} was due".format(one.observed, self.expected) for one in self.wrong]
        broken += ["green" for _ in self.green]
        broken += ["{:.1f} ms over its deadline".format(one.over_ms) for one in self.late]
        return "{}: {}".format(self, "; ".join(broken)) if broken else ""

    def __str__(self):
        return " × ".join((self.binding, self.fault, self.interface, self.form, self.connection))


def _due(kind, interface, connection):
    """What the driver says of a fault of which the sandbox's own list says what a sound client reports."""
    expects = kind["expects"][interface]
    if expects == "not_green":
        return "unverified"
    if interface != "issue_user_token":
        # The call succeeds; it is asked about a red person, so that no cell of the matrix may be green.
        return "red" if expects == "ok" else expects
    if kind["kind"] == "drop_pooled" and connection == "pooled":
        # The connection died with the request on its way: a token is never asked for twice.
        return "connection_lost"
    return expects


def _ways(interface):
    """Form and connection."""
    yield "block", "fresh"
    yield "block", "pooled"
    yield "async", "fresh"
    if interface in QUESTIONS:
        yield "many", "fresh"


def plan(binding, kinds, network):
    """All cells of a binding. `kinds` is the sandbox's own list; `network` names the network faults to try."""
    cells = []

    def add(fault, interface, way, due):
        # What does not end with the deadline must show its own name: it gets the time for that.
        deadline_ms = SHORT_MS if due == "deadline_exceeded" else LONG_MS
        cells.append(Cell(binding, fault, interface, *way, due, deadline_ms))

    for kind in kinds:
        for interface in INTERFACES:
            if interface in kind["expects"]:
                for way in _ways(interface):
                    add(kind["kind"], interface, way, _due(kind, interface, way[1]))
    for fault in network:
        for interface in INTERFACES:
            for way in _ways(interface):
                if way[1] == "fresh":
                    add(fault, interface, way, "deadline_exceeded")
    return cells
