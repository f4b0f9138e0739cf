"""The asyncio client: concurrency, cancellation, deadlines, loops."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any, AsyncIterator, Dict, List

import pytest
import skm
import skm.aio
from skm.sandbox import Sandbox
from support import CONSENT, QR_TEXT, Canned, scan_section


def test_the_four_calls(skm_sandbox: Sandbox) -> None:
    person, code = skm_sandbox.person("yellow"), skm_sandbox.qr_text(skm_sandbox.person("yellow"))

    async def gate() -> None:
        async with skm_sandbox.aio_client() as client:
            scanned, asked, user = await asyncio.gather(
                client.verify_scan(qr_text=code, consent=CONSENT),
                client.verify_id(number=person.number, name=person.name, consent=CONSENT),
                client.issue_user_token(name=person.name, number=person.number, mobile=person.mobile, consent=CONSENT),
            )
            assert scanned.verdict is asked.verdict is skm.Verdict.YELLOW
            assert user.token in client.display_url(user.token, user.uuid)
        with pytest.raises(skm.UsageError):
            await client.verify_scan(qr_text=code, consent=CONSENT)

    asyncio.run(gate())


def test_a_thousand_in_flight(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    person = skm_sandbox.person()
    # A thousand connections at the same moment overflow the listener's queue; the system tries again after seconds.
    config = tmp_path / "skm.toml"
    config.write_text(skm_sandbox.config.replace("[http]", "[http]\nconnect_timeout_ms = 20000"), "utf-8")
    skm_sandbox.fault("verify_id", "delay", ms=1500)

    async def crowd() -> float:
        async with skm.aio.Client(config, limit=1000) as client:
            started = time.monotonic()
            ask = [
                client.verify_id(number=person.number, name=person.name, consent=CONSENT, deadline=30)
                for _ in range(1000)
            ]
            results = await asyncio.gather(*ask)
            assert all(result.is_green for result in results)
            return time.monotonic() - started

    assert asyncio.run(crowd()) < 25, "1000 answers of 1.5 s each: 25 minutes in a row, seconds at once"


def test_the_limit_holds_and_waiting_counts(skm_sandbox: Sandbox) -> None:
    with Canned() as server:
        server.hold = threading.Event()

        async def crowd() -> List[Any]:
            async with skm.aio.Client(scan=scan_section(server.url), http={"retries": 0}, limit=3) as client:
                calls = [client.verify_scan(qr_text=QR_TEXT, consent=CONSENT, deadline=2) for _ in range(10)]
                all_of_them = asyncio.gather(*calls, return_exceptions=True)
                await asyncio.sleep(1)
                assert len(server.seen) == 3
                return await all_of_them

        started = time.monotonic()
        errors = asyncio.run(crowd())
        assert {error.name for error in errors} == {"deadline_exceeded"}
        assert time.monotonic() - started < 4.0, "waiting for a thread did not count"
    for limit in (0, 4097):
        with pytest.raises(ValueError, match="limit"):
            skm.aio.Client(limit=limit)


def test_cancelling_a_task_ends_its_call(skm_sandbox: Sandbox) -> None:
    code = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "stall")

    async def impatient() -> None:
        # One thread: a call that went on after its cancellation would keep the next one waiting.
        async with skm_sandbox.aio_client(limit=1) as client:
            for _ in range(3):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.verify_scan(qr_text=code, consent=CONSENT, deadline=30), 0.1)
            skm_sandbox.reset()
            fresh = skm_sandbox.qr_text(skm_sandbox.person())
            result = await client.verify_scan(qr_text=fresh, consent=CONSENT, deadline=5)
            assert result.is_green

    started = time.monotonic()
    asyncio.run(impatient())
    assert time.monotonic() - started < 3.0


def test_the_loop_goes_on_while_calls_wait(skm_sandbox: Sandbox) -> None:
    code = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "delay", ms=400)

    async def both() -> int:
        async with skm_sandbox.aio_client() as client:
            call = asyncio.ensure_future(client.verify_scan(qr_text=code, consent=CONSENT))
            turns = 0
            while not call.done():
                await asyncio.sleep(0.001)
                turns += 1
            assert (await call).is_green
            return turns

    assert asyncio.run(both()) > 50


def test_wrong_arguments_are_errors_not_hangs(skm_sandbox: Sandbox) -> None:
    async def wrong() -> None:
        async with skm_sandbox.aio_client() as client:
            for arguments in ({"qr_text": "x"}, {"qr_text": "\ud800"}, {"qr_text": QR_TEXT, "deadline": -1}):
                with pytest.raises(skm.InputError):
                    await client.verify_scan(consent=CONSENT, **arguments)

    asyncio.run(wrong())


def test_one_client_serves_one_loop_after_another(skm_sandbox: Sandbox) -> None:
    person = skm_sandbox.person()
    client = skm_sandbox.aio_client()

    async def ask() -> bool:
        return (await client.verify_id(number=person.number, name=person.name, consent=CONSENT)).is_green

    assert all(asyncio.run(ask()) for _ in range(5))
    asyncio.run(client.aclose())
    assert client.closed


def test_another_loop_may_begin_while_one_begins(skm_sandbox: Sandbox) -> None:
    client = skm_sandbox.aio_client()
    person = skm_sandbox.person()
    hubs: Dict[Any, Any] = client._hubs

    class OfAnotherThread:
        """A loop that is asked whether it is closed; another one is added just then."""

        def is_closed(self) -> bool:
            hubs[object()] = None
            return False

    hubs[OfAnotherThread()] = None

    async def ask() -> bool:
        return (await client.verify_id(number=person.number, name=person.name, consent=CONSENT)).is_green

    assert asyncio.run(ask())
    asyncio.run(client.aclose())


def test_many_rows_in_order(skm_sandbox: Sandbox) -> None:
    people = [person for person in skm_sandbox.people() if person.papers_type == "1"]
    rows: List[Dict[str, Any]] = [{"number": person.number, "name": person.name} for person in people] * 20
    rows[7] = {"number": "1", "name": "x"}

    async def source() -> AsyncIterator[Dict[str, Any]]:
        for row in rows:
            yield row

    async def batch(given: Any) -> List[skm.Checked]:
        steps: List[int] = []
        async with skm_sandbox.aio_client() as client:
            checked = [one async for one in client.verify_many(given, consent=CONSENT, progress=steps.append)]
        assert len(steps) == len(checked)
        return checked

    for given in (rows, source()):
        checked = asyncio.run(batch(given))
        assert [one.row for one in checked] == rows
        assert [number for number, one in enumerate(checked) if one.error is not None] == [7]


def test_a_result_does_not_wait_for_a_row_that_has_not_come(skm_sandbox: Sandbox) -> None:
    person = skm_sandbox.person()

    async def gate() -> None:
        queue: asyncio.Queue[Dict[str, str]] = asyncio.Queue()

        async def scanned() -> AsyncIterator[Dict[str, str]]:
            while True:
                yield await queue.get()

        async with skm_sandbox.aio_client() as client:
            results = client.verify_many(scanned(), consent=CONSENT).__aiter__()
            for _ in range(3):
                queue.put_nowait({"number": person.number, "name": person.name})
                one = await asyncio.wait_for(results.__anext__(), 5.0)
                assert one.is_green
            await results.aclose()  # type: ignore[attr-defined]

    asyncio.run(gate())


def test_a_failing_source_ends_the_batch_with_its_error(skm_sandbox: Sandbox) -> None:
    person = skm_sandbox.person()

    async def source() -> AsyncIterator[Dict[str, str]]:
        yield {"number": person.number, "name": person.name}
        raise LookupError("the source broke")

    async def batch() -> None:
        async with skm_sandbox.aio_client() as client:
            async for _ in client.verify_many(source(), consent=CONSENT):
                pass

    with pytest.raises(LookupError, match="the source broke"):
        asyncio.run(batch())


def test_leaving_a_batch_cancels_it(skm_sandbox: Sandbox) -> None:
    person = skm_sandbox.person()
    rows = [{"number": "1", "name": "x"}] + [{"number": person.number, "name": person.name}] * 50
    skm_sandbox.fault("verify_id", "stall")

    async def leave() -> None:
        async with skm_sandbox.aio_client() as client:
            results = client.verify_many(rows, consent=CONSENT, concurrency=8)
            async for one in results:
                assert one.error is not None
                break
            await results.aclose()  # type: ignore[attr-defined]

    started = time.monotonic()
    asyncio.run(leave())
    assert time.monotonic() - started < 2.0
