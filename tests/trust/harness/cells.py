"""The fault matrix: what is tried, and what is due."""

from dataclasses import dataclass

INTERFACES = ("issue_user_token", "verify_scan", "verify_id")
QUESTIONS = ("verify_scan", "verify_id")
# The deadline of a call that is to be ended by it, and of one that is not.
SHORT_MS = 300
LONG_MS = 3000
# Faults of the network itself, beside those of the sandbox: all of them end with the deadline.
NETWORK = {
    "name_silent": "name resolution never answers",
    "connect_silent": "the connection is never accepted",
    "tls_silent": "the TLS handshake never gets an answer",
    "silent": "the connection is accepted, then silence",
    "byte_a_second": "the answer comes one byte a second",
    "proxy_silent": "the proxy accepts, then silence",
}


@dataclass
class Cell:
    """One fault, one interface, one way of calling, in one binding."""

    binding: str
    fault: str
    interface: str
    form: str
    connection: str
    expected: str
    deadline_ms: int
    observed: str = ""
    green: bool = False
    took_us: int = 0

    @property
    def is_right(self):
        """Whether the caller saw what was due."""
        return self.observed == self.expected and not self.green

    @property
    def over_ms(self):
        """By how many milliseconds it outlived its deadline."""
        return max(0.0, self.took_us / 1000 - self.deadline_ms)

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
