"""The client for asyncio.

::

    async with skm.aio.Client("skm.toml", limit=1000) as client:
        result = await client.verify_scan(qr_text=scanned, consent=consent, deadline=2.0)
"""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import count
from types import TracebackType
from typing import (
    Any,
    AsyncIterable,
    AsyncIterator,
    Callable,
    Deque,
    Dict,
    Iterable,
    Iterator,
    List,
    Mapping,
    Optional,
    Tuple,
    Type,
    Union,
)

from skm import _native, _requests, _settings
from skm._base import ClientBase, Deadline, Section, seconds
from skm._batch import ROWS_AHEAD, Checked
from skm._consent import Consent
from skm._errors import SkmError
from skm._results import IdResult, ScanResult, UserToken

__all__ = ["Client"]

_NOT_YET: Mapping[str, Any] = {}

Rows = Union[Iterable[Mapping[str, Any]], AsyncIterable[Mapping[str, Any]]]


class _Hub:
    """Where one event loop receives its results: the library's threads wake the loop through a socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.completions = _native.Completions()
        self.futures: Dict[int, asyncio.Future[Tuple[Any, ...]]] = {}
        self._loop = loop
        self._tickets = count()
        loop.add_reader(self.completions.fileno(), self.collect)

    def ticket(self) -> Tuple[int, asyncio.Future[Tuple[Any, ...]]]:
        """A future and the number under which its result will arrive."""
        ticket, future = next(self._tickets), self._loop.create_future()
        self.futures[ticket] = future
        return ticket, future

    def collect(self) -> None:
        """Hands out what has arrived."""
        for ticket, answer, error in self.completions.fetch():
            future = self.futures.pop(ticket, None)
            if future is None or future.done():
                continue
            if error is None:
                future.set_result(answer)
            else:
                future.set_exception(error)

    def leave(self) -> None:
        """Takes the socket out of the loop."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self.completions.fileno())


class Client(ClientBase):
    """The client for asyncio: opened like :class:`skm.Client`, with the same calls, results and errors.

    Calls run on threads of the library; at most ``limit`` at once (default ``http.max_connections``), the others wait
    within their deadline. Cancelling a task ends its call, connection included. One client may serve several event
    loops, each in its own thread.
    """

    def __init__(
        self,
        config: _settings.ConfigSource = None,
        *,
        limit: Optional[int] = None,
        dialect: Optional[str] = None,
        user_token: Section = None,
        display: Section = None,
        scan: Section = None,
        id: Section = None,
        http: Section = None,
        gate: Section = None,
        audit: Section = None,
    ) -> None:
        if limit is not None and not 1 <= limit <= 4096:
            raise ValueError("limit must be 1 to 4096")
        self._limit = limit
        self._hubs: Dict[asyncio.AbstractEventLoop, _Hub] = {}
        super().__init__(
            config,
            dialect=dialect,
            user_token=user_token,
            display=display,
            scan=scan,
            id=id,
            http=http,
            gate=gate,
            audit=audit,
            _limit=limit,
        )

    def __reduce__(self) -> Tuple[Any, ...]:
        (path,) = super().__reduce__()[1]
        return _reopen, (path, self._limit)

    async def __aenter__(self) -> Client:
        return self

    async def __aexit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Ends running calls with ``closed`` and refuses later ones."""
        self._native.close()
        hub = self._hubs.pop(asyncio.get_running_loop(), None)
        if hub is None:
            return
        running = list(hub.futures.values())
        if running:
            await asyncio.wait(running)
        hub.leave()

    def _hub(self) -> _Hub:
        loop = asyncio.get_running_loop()
        hub = self._hubs.get(loop)
        if hub is None:
            # A copy: other loops, in other threads, add themselves meanwhile.
            for over in [known for known in list(self._hubs) if known.is_closed()]:
                self._hubs.pop(over, None)
            hub = self._hubs[loop] = _Hub(loop)
        return hub

    async def _call(self, request: _native.Request, deadline: Optional[float]) -> Tuple[Any, ...]:
        hub = self._hub()
        ticket, future = hub.ticket()
        try:
            call = self._native.submit(request, deadline, hub.completions, ticket)
        except BaseException:
            del hub.futures[ticket]
            raise
        try:
            return await future
        except asyncio.CancelledError:
            call.cancel()
            raise

    async def issue_user_token(
        self,
        *,
        name: str,
        number: str,
        mobile: str,
        consent: Consent,
        papers_type: str = "1",
        email: Optional[str] = None,
        phone: Optional[str] = None,
        sex: Optional[str] = None,
        birth_date: Optional[str] = None,
        address: Optional[str] = None,
        post: Optional[str] = None,
        any_mobile: bool = False,
        lift_15: bool = False,
        deadline: Deadline = None,
    ) -> UserToken:
        """Interface 1 (Annex A); see :meth:`skm.Client.issue_user_token`."""
        request = _requests.user_token(
            consent,
            name,
            number,
            mobile,
            papers_type,
            email,
            phone,
            sex,
            birth_date,
            address,
            post,
            any_mobile,
            lift_15,
        )
        return _requests.read_user_token(await self._call(request, seconds(deadline)))

    async def verify_scan(
        self,
        *,
        qr_text: str,
        consent: Consent,
        position: Optional[str] = None,
        verifier_dept: Optional[str] = None,
        verifier_name: Optional[str] = None,
        verifier_phone: Optional[str] = None,
        deadline: Deadline = None,
    ) -> ScanResult:
        """Interface 3 (Annex B); see :meth:`skm.Client.verify_scan`."""
        request = _requests.scan(qr_text, consent, position, verifier_dept, verifier_name, verifier_phone)
        return _requests.read_scan(await self._call(request, seconds(deadline)))

    async def verify_id(
        self,
        *,
        number: str,
        name: str,
        consent: Consent,
        papers_type: str = "1",
        organize_location: Optional[str] = None,
        apply_type: Optional[str] = None,
        lift_15: bool = False,
        deadline: Deadline = None,
    ) -> IdResult:
        """Interface 4 (Annexes C and D); see :meth:`skm.Client.verify_id`."""
        request = _requests.id(number, name, consent, papers_type, organize_location, apply_type, lift_15)
        return _requests.read_id(await self._call(request, seconds(deadline)))

    async def verify_many(
        self,
        rows: Rows,
        *,
        consent: Optional[Consent] = None,
        concurrency: Optional[int] = None,
        deadline: Deadline = None,
        progress: Optional[Callable[[int], object]] = None,
    ) -> AsyncIterator[Checked]:
        """Verifies many rows at once, as :meth:`skm.Client.verify_many`. ``rows`` may also be an async iterable: it is
        awaited beside the calls, so that finished results never wait for a row that has not come yet.
        """
        if concurrency is not None and concurrency < 1:
            raise ValueError("concurrency must be at least 1")
        most = self._native.max_connections
        most = most if concurrency is None else min(concurrency, most)
        ahead: Deque[asyncio.Task[Checked]] = deque()
        changed = asyncio.Event()
        source = _Source(rows, changed.set)
        running = 0

        def finished(_: object) -> None:
            nonlocal running
            running -= 1
            changed.set()

        try:
            while True:
                while running < most and len(ahead) < ROWS_AHEAD * most:
                    row = source.take()
                    if row is _NOT_YET:
                        break
                    task = asyncio.ensure_future(self._check(row, consent, seconds(deadline)))
                    task.add_done_callback(finished)
                    running += 1
                    ahead.append(task)
                if ahead and ahead[0].done():
                    checked = ahead.popleft().result()
                    if progress is not None:
                        progress(1)
                    yield checked
                elif ahead or not source.ended:
                    changed.clear()
                    await changed.wait()
                else:
                    return
        finally:
            under_way: List[asyncio.Future[Any]] = [*ahead, *source.coming]
            for future in under_way:
                future.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    async def _check(self, row: Mapping[str, Any], consent: Optional[Consent], deadline: Optional[float]) -> Checked:
        try:
            asked = _requests.row(row, consent)
            answer = await self._call(asked.request, deadline)
        except SkmError as error:
            return Checked(row, None, error)
        return Checked(row, asked.read(answer), None)


def _reopen(path: str, limit: Optional[int]) -> Client:
    return Client(path, limit=limit)


class _Source:
    """The rows of a batch, one at a time, without ever making the batch wait for one."""

    def __init__(self, rows: Rows, arrived: Callable[[], object]) -> None:
        self.ended = False
        self.coming: List[asyncio.Future[Mapping[str, Any]]] = []
        """The row that is awaited, if one is."""
        self._rows: Union[Iterator[Mapping[str, Any]], AsyncIterator[Mapping[str, Any]]]
        self._rows = rows.__aiter__() if isinstance(rows, AsyncIterable) else iter(rows)
        self._arrived = arrived

    def take(self) -> Mapping[str, Any]:
        """The next row, or ``_NOT_YET``: then ``arrived`` will be called, unless the rows have ended."""
        if self.ended:
            return _NOT_YET
        try:
            return self._take_arrived(self._rows) if isinstance(self._rows, AsyncIterator) else next(self._rows)
        except (StopIteration, StopAsyncIteration):
            self.ended = True
            return _NOT_YET

    def _take_arrived(self, rows: AsyncIterator[Mapping[str, Any]]) -> Mapping[str, Any]:
        if not self.coming:
            self.coming.append(asyncio.ensure_future(rows.__anext__()))
            self.coming[0].add_done_callback(lambda _: self._arrived())
        return self.coming.pop().result() if self.coming[0].done() else _NOT_YET
