"""Batches: order, bounds, failed rows, progress, early ends."""

from __future__ import annotations

import threading
import time
from typing import Any, Dict, Iterator, List

import pytest
import skm
from skm.sandbox import Sandbox
from support import CONSENT, QR_TEXT, Canned, scan_section


@pytest.fixture
def roster(skm_sandbox: Sandbox) -> List[Dict[str, Any]]:
    people = [person for person in skm_sandbox.people() if person.papers_type == "1"]
    return [{"number": person.number, "name": person.name} for person in people]


def test_order_levels_and_failed_rows(client: skm.Client, skm_sandbox: Sandbox, roster: List[Dict[str, Any]]) -> None:
    levels = {person.number: person.level for person in skm_sandbox.people()}
    bad: List[Dict[str, Any]] = [
        {"number": None, "name": "张三"},
        {"number": "320000198506304143", "name": "张三"},
        {"number": "320000198506304142", "name": "\ud800"},
        {"qr_text": "no code"},
        {"number": "320000198506304142", "name": "张三", "consent": None},
    ]
    rows = (roster + bad) * 15
    checked = list(client.verify_many(iter(rows), consent=CONSENT))
    assert [one.row for one in checked] == rows
    for one in checked:
        assert (one.result is None) is not (one.error is None)
        if one.error is None:
            assert one.level.value == levels[one.row["number"]]
            assert one.is_green is (one.level is skm.Level.GREEN)
        else:
            assert one.row in bad and isinstance(one.error, skm.InputError)
            assert one.verdict is skm.Verdict.UNVERIFIED and not one.is_green
    with pytest.raises(TypeError, match="is_green"):
        bool(checked[0])
    assert roster[0]["name"] not in repr(checked[0])


def test_scans_and_ids_in_one_batch(client: skm.Client, skm_sandbox: Sandbox, roster: List[Dict[str, Any]]) -> None:
    code = skm_sandbox.qr_text(skm_sandbox.person("yellow"))
    first, second = client.verify_many([{"qr_text": code, "verifier_dept": "示范医院"}, roster[0]], consent=CONSENT)
    assert isinstance(first.result, skm.ScanResult) and first.verdict is skm.Verdict.YELLOW
    assert isinstance(second.result, skm.IdResult)


def test_rows_are_taken_as_there_is_room(client: skm.Client, roster: List[Dict[str, Any]]) -> None:
    taken = 0

    def endless() -> Iterator[Dict[str, Any]]:
        nonlocal taken
        while True:
            taken += 1
            yield roster[taken % len(roster)]

    results = client.verify_many(endless(), consent=CONSENT, concurrency=4)
    for _ in range(50):
        next(results)
    assert 50 <= taken <= 50 + 4 * 4 + 1


def test_concurrency_is_a_bound() -> None:
    with Canned(body=b"{}") as server:
        server.hold = threading.Event()
        with skm.Client(scan=scan_section(server.url), http={"retries": 0}) as client:
            results = client.verify_many([{"qr_text": QR_TEXT}] * 30, consent=CONSENT, concurrency=5)
            reader = threading.Thread(target=list, args=(results,))
            reader.start()
            time.sleep(0.5)
            assert len(server.seen) == 5
            server.hold.set()
            reader.join(10)
            assert not reader.is_alive() and len(server.seen) == 30
    with pytest.raises(ValueError, match="concurrency"):
        client.verify_many([], concurrency=0)


def test_calls_run_at_once(client: skm.Client, skm_sandbox: Sandbox, roster: List[Dict[str, Any]]) -> None:
    skm_sandbox.fault("verify_id", "delay", ms=200)
    started = time.monotonic()
    checked = list(client.verify_many((roster * 10)[:32], consent=CONSENT, concurrency=16))
    assert len(checked) == 32 and all(one.error is None for one in checked)
    assert time.monotonic() - started < 2.0, "32 answers of 200 ms, 16 at once, took more than two seconds"


def test_a_slow_row_does_not_stop_the_others() -> None:
    with Canned(body=b"{}") as server, skm.Client(scan=scan_section(server.url), http={"retries": 0}) as client:
        blocker = {"qr_text": QR_TEXT}
        server.hold = threading.Event()
        results = client.verify_many([blocker] + [{"qr_text": "x"}] * 7, consent=CONSENT, concurrency=2)
        timer = threading.Timer(0.3, server.hold.set)
        timer.start()
        first = next(results)
        assert first.error is not None and first.error.name == "answer_malformed"
        assert len(list(results)) == 7
        timer.join()


def test_progress(client: skm.Client, roster: List[Dict[str, Any]]) -> None:
    steps: List[int] = []
    rows = roster[:3] + [{"number": "1", "name": "x"}]
    assert len(list(client.verify_many(rows, consent=CONSENT, progress=steps.append))) == 4
    assert steps == [1, 1, 1, 1]


def test_wrong_rows_and_broken_sources(client: skm.Client, roster: List[Dict[str, Any]]) -> None:
    for row in ({}, {"number": "1"}, {"qr_text": "x", "name": "y"}, {**roster[0], "adress": "z"}):
        with pytest.raises(TypeError, match="keywords"):
            list(client.verify_many([row], consent=CONSENT))

    def broken() -> Iterator[Dict[str, Any]]:
        yield roster[0]
        raise OSError("the file ended")

    with pytest.raises(OSError, match="the file ended"):
        list(client.verify_many(broken(), consent=CONSENT))


def test_leaving_the_loop_ends_what_runs(
    skm_sandbox: Sandbox, client: skm.Client, roster: List[Dict[str, Any]]
) -> None:
    skm_sandbox.fault("verify_id", "stall")
    results = client.verify_many([{"qr_text": "x"}] + roster, consent=CONSENT)
    next(results)
    started = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    client.close()
    assert time.monotonic() - started < 1.0


def test_closing_the_client_ends_the_batch(skm_sandbox: Sandbox, roster: List[Dict[str, Any]]) -> None:
    client = skm_sandbox.client()
    skm_sandbox.fault("verify_id", "stall")
    timer = threading.Timer(0.2, client.close)
    timer.start()
    started = time.monotonic()
    checked = list(client.verify_many(roster, consent=CONSENT))
    assert {one.error.name for one in checked if one.error is not None} == {"closed"}
    assert len(checked) == len(roster) and time.monotonic() - started < 2.0
    timer.join()
