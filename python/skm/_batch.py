"""Many verifications with a bounded number of calls at once: results in order, one failed row never stops the rest."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any, Callable, Deque, Dict, Iterable, Iterator, Mapping, NoReturn, Optional, Union

from skm import _native, _requests
from skm._errors import ErrorKind, SkmError, UsageError
from skm._results import IdResult, ScanResult
from skm._verdict import Level, Verdict

ROWS_AHEAD = 4
"""How many rows may be ahead of the one that is read, for each call at once: a slow row does not stop the others."""

_WAIT = 1.0


@dataclass(frozen=True)
class Checked:
    """The outcome of one row. Exactly one of ``result`` and ``error`` is there."""

    row: Mapping[str, Any]
    """The row as it was given."""
    result: Union[ScanResult, IdResult, None]
    """What the platform answered."""
    error: Optional[SkmError]
    """Why it did not."""

    @property
    def verdict(self) -> Verdict:
        """What to do at the gate; unverified for a failed row."""
        return Verdict.UNVERIFIED if self.result is None else self.result.verdict

    @property
    def level(self) -> Level:
        """What the platform said; unknown for a failed row."""
        return Level.UNKNOWN if self.result is None else self.result.level

    @property
    def is_green(self) -> bool:
        """The only test to write at a gate."""
        return self.result is not None and self.result.is_green

    def __bool__(self) -> NoReturn:
        raise TypeError("a checked row is neither true nor false: write checked.is_green")

    def __repr__(self) -> str:
        return f"Checked(result={self.result!r}, error={self.error!r})"


class Slot:
    """A row under way."""

    __slots__ = ("row", "read", "call", "checked")

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.read: Optional[Callable[[Any], Any]] = None
        self.call: Optional[_native.Call] = None
        self.checked: Optional[Checked] = None

    def finish(self, answer: Any, error: Optional[SkmError]) -> None:
        """Keeps what came of it."""
        result = self.read(answer) if error is None and self.read is not None else None
        self.checked = Checked(self.row, result, error)


class Work:
    """The calls of one batch: how many run, and where their results arrive."""

    def __init__(
        self,
        client: _native.Client,
        consent: object,
        concurrency: Optional[int],
        deadline: Optional[float],
    ) -> None:
        most = client.max_connections
        if concurrency is not None and concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        self.concurrency = most if concurrency is None else min(concurrency, most)
        self.completions = _native.Completions()
        self._generation = _native.generation()
        self._client = client
        self._consent = consent
        self._deadline = deadline
        self._tickets = count()
        self._running: Dict[int, Slot] = {}

    @property
    def has_room(self) -> bool:
        """Whether another call may start."""
        return len(self._running) < self.concurrency

    @property
    def is_here(self) -> bool:
        """Whether this process began it: a forked child has neither the calls nor the threads that bring results."""
        return self._generation == _native.generation()

    def start(self, row: Mapping[str, Any]) -> Slot:
        """Starts a row; one that cannot even be asked is finished at once."""
        slot = Slot(row)
        try:
            asked = _requests.row(row, self._consent)
            ticket = next(self._tickets)
            slot.read = asked.read
            slot.call = self._client.submit(asked.request, self._deadline, self.completions, ticket)
        except SkmError as error:
            slot.finish(None, error)
        else:
            self._running[ticket] = slot
        return slot

    def collect(self, arrived: Iterable[Any]) -> None:
        """Takes in what has arrived."""
        for ticket, answer, error in arrived:
            slot = self._running.pop(ticket, None)
            if slot is not None:
                slot.finish(answer, error)

    def cancel(self) -> None:
        """Ends what still runs; in a forked child nothing does."""
        if not self.is_here:
            return
        for slot in self._running.values():
            if slot.call is not None:
                slot.call.cancel()
        self._running.clear()


def run(
    work: Work,
    rows: Iterable[Mapping[str, Any]],
    progress: Optional[Callable[[int], object]],
) -> Iterator[Checked]:
    """Yields results in the order of the rows."""
    source = iter(rows)
    ahead: Deque[Slot] = deque()
    more = True
    try:
        while True:
            if not work.is_here:
                raise _begun_before_fork()
            while more and work.has_room and len(ahead) < ROWS_AHEAD * work.concurrency:
                try:
                    row = next(source)
                except StopIteration:
                    more = False
                else:
                    ahead.append(work.start(row))
            if not ahead:
                return
            checked = ahead[0].checked
            if checked is None:
                work.collect(work.completions.wait(_WAIT))
                continue
            ahead.popleft()
            if progress is not None:
                progress(1)
            yield checked
    finally:
        work.cancel()


def _begun_before_fork() -> UsageError:
    return UsageError(
        ErrorKind.CLOSED.value,
        "closed: this verify_many was begun before fork: begin it again",
        "已关闭:此 verify_many 在 fork 之前开始:请重新开始",
    )
