"""The figures of a fault run, as a line and as docs/faults.md."""

import datetime
import os

from harness.cells import LONG_MS, NETWORK, SHORT_MS
from harness.drivers import BINDINGS

_TITLES = {"rust": "Rust", "c": "C", "python": "Python", "java": "Java"}


class Figures:
    """What a run came to."""

    def __init__(self, cells, repeated, grace_ms, seconds):
        self.cells = cells
        # Of measurements that were made again because they were late: milliseconds over the deadline.
        self.repeated = repeated
        self.grace_ms = grace_ms
        self.seconds = seconds

    @property
    def wrong(self):
        """Cells whose caller saw something else than was due."""
        return [cell for cell in self.cells if not cell.is_right]

    @property
    def green(self):
        """Cells that opened the gate."""
        return [cell for cell in self.cells if cell.green]

    @property
    def late(self):
        """Cells that outlived deadline and grace."""
        return [cell for cell in self.cells if cell.over_ms > self.grace_ms]

    @property
    def worst_ms(self):
        """The latest end of all measurements, the repeated ones included."""
        return max([*(cell.over_ms for cell in self.cells), *self.repeated], default=0.0)

    def line(self):
        """One line for the terminal."""
        return (
            "fault matrix: {} cells in {:.0f} s, {} wrong, {} green, latest {:.1f} ms over its deadline, "
            "{} measured again"
        ).format(
            len(self.cells), self.seconds, len(self.wrong), len(self.green), self.worst_ms, len(self.repeated)
        )

    def complaints(self):
        """One line for each cell that broke a promise."""
        wrong = ["{}: {} where {} was due".format(cell, cell.observed, cell.expected) for cell in self.wrong]
        late = ["{}: {:.1f} ms over its deadline".format(cell, cell.over_ms) for cell in self.late]
        return wrong + late + ["{}: green".format(cell) for cell in self.green]


def page(figures, missing):
    """docs/faults.md."""
    ways = len({(cell.form, cell.connection) for cell in figures.cells})
    lines = [
        "# Fault matrix",
        "",
        "Written by `make faults`; do not edit. Run on {}, {} processors.".format(
            datetime.date.today().isoformat(), os.cpu_count()
        ),
        "",
        "| | |",
        "|---|---|",
        "| cells | {} |".format(len(figures.cells)),
        "| wrong outcome | {} |".format(len(figures.wrong)),
        "| green | {} |".format(len(figures.green)),
        "| deadline of a call that is to be ended by it; of the others | {} ms; {} ms |".format(SHORT_MS, LONG_MS),
        "| latest end after a deadline (p100 of all measurements) | {:.1f} ms |".format(figures.worst_ms),
        "| allowed | {} ms |".format(figures.grace_ms),
        "| cells measured again because they were later | {} |".format(len(figures.repeated)),
        "| left out | {} |".format(", ".join(missing) or "nothing"),
        "",
        "A cell is one fault × interface × binding × way of calling. There are {} ways: blocking on a fresh connection,".format(ways),
        "blocking on a pooled one, the non-blocking form, and `verify_many` of four rows for the two questions. Every cell",
        "asks about a green person, so that whatever opened by mistake would open green; only where the call rightly",
        "succeeds (`drop_pooled`, `clock` of `verify_id`) a red one is asked about. A token (interface 1) is never asked",
        "for twice: a pooled connection that dies under its request is `connection_lost` there, and asked again elsewhere.",
        "Before the first cell each driver shows that it can see green and red.",
        "",
        "*due* is what every cell of the row must report: an error, `unverified` (a verdict that is not green), `red`, or",
        "`ok` (interface 1, which has no verdict). The columns of the bindings give the longest cell of the row in",
        "milliseconds, as its caller measured it, and in brackets how many cells the row has there.",
        "",
        *_table(figures),
        "",
        "The faults of the sandbox are described in sandbox/README.md. Those of the network:",
        "",
        *("- `{}`: {}".format(*fault) for fault in NETWORK.items()),
        "",
    ]
    return "\n".join(lines)


def _table(figures):
    yield "| fault | interface | due | observed | {} | over the deadline |".format(
        " | ".join(_TITLES[binding] for binding in BINDINGS)
    )
    yield "|---|---|---|---|{}---:|".format("---:|" * len(BINDINGS))
    rows = {}
    for cell in figures.cells:
        rows.setdefault((cell.fault, cell.interface), []).append(cell)
    for (fault, interface), cells in rows.items():
        due = ", ".join(sorted({"`{}`".format(cell.expected) for cell in cells}))
        observed = ", ".join(sorted({"`{}`".format(cell.observed) for cell in cells}))
        columns = (_column([cell for cell in cells if cell.binding == binding]) for binding in BINDINGS)
        over = "{:.1f} ms".format(max(cell.over_ms for cell in cells))
        yield "| `{}` | `{}` | {} | {} | {} | {} |".format(fault, interface, due, observed, " | ".join(columns), over)


def _column(cells):
    return "{:.0f} ({})".format(max(cell.took_us for cell in cells) / 1000, len(cells)) if cells else "–"
