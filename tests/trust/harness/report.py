"""The figures of a fault run, as a line and as docs/faults.md."""

import datetime
import os

from harness.cells import CONTROL_PART, GRACE_MS, LONG_MS, NETWORK, SHORT_MS
from harness.drivers import BINDINGS

_TITLES = {"rust": "Rust", "c": "C", "python": "Python", "java": "Java"}
_RULES = """\
A cell is one fault × interface × binding × way of calling. There are {ways} ways: blocking on a fresh connection,
blocking on a pooled one, the non-blocking form, and `verify_many` of four rows for the two questions (all four must
come back). Every cell asks about a green person, so that whatever opened by mistake would open green; only where the
call rightly succeeds (`drop_pooled`, `clock` of `verify_id`) a red one is asked about. A token (interface 1) is never
asked for twice: a pooled connection that dies under its request is `connection_lost` there, and asked again elsewhere.
Before the first cell each driver shows that it can see green and red.

A cell with a wrong or a green measurement fails, whatever was measured after it. So does one that ends more than
{grace} ms after its deadline, unless a thread of the harness that only sleeps was late by at least {part} % as much
during the same measurement: then the machine is to blame, the measurement is excused and counted above, and the cell is
measured again, at most twice. The last measurement of a cell is never excused.

*due* is what every cell of the row must report: an error, `unverified` (a verdict that is not green), `red`, or
`ok` (interface 1, which has no verdict). The columns of the bindings give the longest measurement of the row in
milliseconds, as its caller measured it, and in brackets how many cells the row has there.
"""


class Figures:
    """What a run came to."""

    def __init__(self, cells, seconds):
        self.cells = cells
        self.seconds = seconds
        self.measured = [one for cell in cells for one in cell.measured]
        self.excused = [(cell, one) for cell in cells for one in cell.excused]

    @property
    def wrong(self):
        """How many measurements showed their caller something else than was due."""
        return sum(len(cell.wrong) for cell in self.cells)

    @property
    def green(self):
        """How many opened the gate."""
        return sum(len(cell.green) for cell in self.cells)

    @property
    def worst_ms(self):
        """The latest end of all measurements."""
        return max((one.over_ms for one in self.measured), default=0.0)

    @property
    def counted_ms(self):
        """The latest end of those that were not excused."""
        excused = [one for _, one in self.excused]
        return max((one.over_ms for one in self.measured if one not in excused), default=0.0)

    @property
    def control_ms(self):
        """The latest waking of the thread that only sleeps."""
        return max((one.control_ms for one in self.measured), default=0.0)

    def lines(self):
        """For the terminal."""
        yield "fault matrix: {} cells, {} measurements in {:.0f} s: {} wrong, {} green".format(
            len(self.cells), len(self.measured), self.seconds, self.wrong, self.green
        )
        yield "latest {:.1f} ms over its deadline, {:.1f} ms without the {} excused, {} ms allowed".format(
            self.worst_ms, self.counted_ms, len(self.excused), GRACE_MS
        )
        yield "a thread that only sleeps was up to {:.1f} ms late meanwhile".format(self.control_ms)
        for cell, one in self.excused:
            yield "excused and measured again: " + _excuse(cell, one)

    def complaints(self):
        """One line for each cell that broke a promise in any of its measurements."""
        return [cell.complaint() for cell in self.cells if cell.complaint()]


def _excuse(cell, one):
    return "{}: {:.1f} ms over its deadline, while a thread that only sleeps was {:.1f} ms late".format(
        cell, one.over_ms, one.control_ms
    )


def page(figures, missing):
    """docs/faults.md."""
    summary = {
        "cells": len(figures.cells),
        "measurements": len(figures.measured),
        "of them with a wrong outcome": figures.wrong,
        "of them green": figures.green,
        "deadline of a call that is to be ended by it; of the others": "{} ms; {} ms".format(SHORT_MS, LONG_MS),
        "latest end after a deadline (p100 of all measurements)": "{:.1f} ms".format(figures.worst_ms),
        "the same without those excused": "{:.1f} ms".format(figures.counted_ms),
        "allowed": "{} ms".format(GRACE_MS),
        "excused because the machine was late, and measured again": len(figures.excused),
        "latest waking of a thread that only sleeps": "{:.1f} ms".format(figures.control_ms),
        "left out": ", ".join(missing) or "nothing",
    }
    lines = [
        "# Fault matrix",
        "",
        "Written by `make faults`; do not edit. Run on {}, {} processors.".format(
            datetime.date.today().isoformat(), os.cpu_count()
        ),
        "",
        "| | |",
        "|---|---|",
        *("| {} | {} |".format(*row) for row in summary.items()),
        "",
        *("- excused: " + _excuse(*pair) for pair in figures.excused),
        *([""] if figures.excused else []),
        _RULES.format(
            ways=len({(cell.form, cell.connection) for cell in figures.cells}),
            grace=GRACE_MS,
            part=round(CONTROL_PART * 100),
        ),
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
        measured = [one for cell in cells for one in cell.measured]
        observed = ", ".join(sorted({"`{}`".format(one.observed) for one in measured}))
        columns = (_column([cell for cell in cells if cell.binding == binding]) for binding in BINDINGS)
        over = "{:.1f} ms".format(max(one.over_ms for one in measured))
        yield "| `{}` | `{}` | {} | {} | {} | {} |".format(fault, interface, due, observed, " | ".join(columns), over)


def _column(cells):
    longest = max((one.took_ms for cell in cells for one in cell.measured), default=0.0)
    return "{:.0f} ({})".format(longest, len(cells)) if cells else "–"
