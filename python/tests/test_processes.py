"""Threads, forks and the end of the interpreter. What could hang runs in a process of its own, with a time limit."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import pickle
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, List, Tuple

import pytest
import skm
import skm.aio
from skm.sandbox import Sandbox
from support import CONSENT, leave_out, program


def test_another_thread_advances_while_a_call_waits(skm_sandbox: Sandbox, client: skm.Client) -> None:
    code = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "delay", ms=500)
    waiting = threading.Thread(target=client.verify_scan, kwargs={"qr_text": code, "consent": CONSENT})
    waiting.start()
    turns = 0
    while waiting.is_alive():
        turns += 1
    waiting.join()
    assert turns > 10_000, "the GIL was held during the call"


def test_64_threads_on_one_client(skm_sandbox: Sandbox, client: skm.Client) -> None:
    people = [person for person in skm_sandbox.people() if person.papers_type == "1"]

    def gate(number: int) -> int:
        for turn in range(15):
            person = people[(number + turn) % len(people)]
            result = client.verify_id(number=person.number, name=person.name, consent=CONSENT, deadline=30)
            assert result.level.value == person.level and result.number == person.number
        return number

    with ThreadPoolExecutor(64) as pool:
        assert list(pool.map(gate, range(64))) == list(range(64))


def test_other_threads_go_on_while_a_client_waits_for_the_log(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "skm.toml"
    path.write_text(skm_sandbox.config + '\n[audit]\nfile = "audit.jsonl"\n', "utf-8")
    skm.Client(path).close()
    opened: List[skm.Client] = []
    opening = threading.Thread(target=lambda: opened.append(skm.Client(path)))
    with open(tmp_path / "audit.jsonl.lock", "rb") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        opening.start()
        time.sleep(0.5)
        assert opening.is_alive(), "the GIL was held until the client had given up"
        fcntl.flock(turn, fcntl.LOCK_UN)
    opening.join(20)
    assert len(opened) == 1
    opened[0].close()


def test_closing_under_64_threads(skm_sandbox: Sandbox) -> None:
    client = skm_sandbox.client()
    person = skm_sandbox.person()
    skm_sandbox.fault("verify_id", "delay", ms=100)

    def gate(_: int) -> str:
        while True:
            try:
                client.verify_id(number=person.number, name=person.name, consent=CONSENT, deadline=30)
            except skm.SkmError as error:
                return error.name

    with ThreadPoolExecutor(64) as pool:
        results = pool.map(gate, range(64))
        time.sleep(0.3)
        started = time.monotonic()
        client.close()
        assert set(results) == {"closed"}
        assert time.monotonic() - started < 2.0


FORK = """
import os, sys, threading, time, skm
path, number, name = sys.argv[1:]
consent = skm.Consent.explicit("A")
client = skm.Client(path)

def ask():
    return client.verify_id(number=number, name=name, consent=consent, deadline=20).is_green

def crowd():
    while not stop.is_set():
        ask()

assert ask()
list(client.verify_many([{"number": number, "name": name}] * 20, consent=consent))
stop = threading.Event()
threads = [threading.Thread(target=crowd) for _ in range(8)]
for thread in threads:
    thread.start()
for turn in range(20):
    child = os.fork()
    if child == 0:
        # Calls, batches and asyncio, in a child whose parent was in the middle of all of them.
        import asyncio, skm.aio
        assert ask()
        assert all(one.is_green for one in client.verify_many([{"number": number, "name": name}] * 8, consent=consent))
        async def one():
            async with skm.aio.Client(path) as other:
                return (await other.verify_id(number=number, name=name, consent=consent)).is_green
        assert asyncio.run(one())
        client.close()
        sys.exit(7)
    limit = time.monotonic() + 20
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        assert time.monotonic() < limit, "the child hangs"
        time.sleep(0.01)
    assert os.WEXITSTATUS(status) == 7, status
assert ask()
stop.set()
for thread in threads:
    thread.join()
client.close()
print("fine")
"""


def test_a_forked_child_has_a_working_client(skm_sandbox: Sandbox) -> None:
    person = skm_sandbox.person()
    ended = program(FORK, skm_sandbox.config_path, person.number, person.name, seconds=120)
    assert (ended.returncode, ended.stdout) == (0, "fine\n"), ended.stderr


def test_a_closed_client_stays_closed_in_a_child(skm_sandbox: Sandbox) -> None:
    client = skm_sandbox.client()
    client.close()
    child = os.fork()
    if child == 0:
        os._exit(7 if client.closed else 8)
    assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 7


def test_a_child_may_ask_about_a_client_and_close_it_without_opening_one(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "skm.toml"
    path.write_text(skm_sandbox.config + '\n[audit]\nfile = "audit.jsonl"\n', "utf-8")
    client = skm.Client(path)
    person = skm_sandbox.person()
    assert client.verify_id(number=person.number, name=person.name, consent=CONSENT).is_green
    # Whoever opened a client now would wait for the log, and then fail.
    with open(tmp_path / "audit.jsonl.lock") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        child = os.fork()
        if child == 0:
            code = 8
            try:
                signal.alarm(20)
                began = time.monotonic()
                before = (client.closed, "open" in repr(client), client.audit_failures)
                client.close()
                assert (before, client.closed, "closed" in repr(client)) == ((False, True, 0), True, True)
                try:
                    client.verify_id(number=person.number, name=person.name, consent=CONSENT)
                except skm.SkmError as error:
                    assert error.name == "closed"
                    code = 7 if time.monotonic() - began < 4 else 9
            finally:
                os._exit(code)
        assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 7
    assert not client.closed
    assert client.verify_id(number=person.number, name=person.name, consent=CONSENT).is_green


NUMBERS_REPEAT = """
import ctypes, faulthandler, os, sys, skm
from skm import sandbox
config, green_code, red_code = sys.argv[1:]
CLONE_NEWPID = 0x20000000
consent = skm.Consent.explicit("A")
client = skm.Client(config)

def ask(code):
    return client.verify_scan(qr_text=code, consent=consent, deadline=20).verdict.value

assert ask(green_code) == "green"
row = {"qr_text": green_code}
rows = client.verify_many([row] * 12, consent=consent, concurrency=4)
next(rows)
own = sandbox.Sandbox()
if os.getpid() != 1 or ctypes.CDLL(None).unshare(CLONE_NEWPID) != 0:
    sys.exit(77)
child = os.fork()
if child == 0:
    code = 8
    try:
        # Process 1 ignores signals that it does not handle: no alarm.
        faulthandler.dump_traceback_later(30, exit=True)
        assert os.getpid() == 1
        assert [ask(red_code) for _ in range(30)] == ["red"] * 30
        assert [one.verdict.value for one in client.verify_many([row] * 8, consent=consent)] == ["green"] * 8
        try:
            next(rows)
        except skm.UsageError as error:
            assert "begun before fork" in str(error)
            own.stop()
            del own
            client.close()
            code = 7
    finally:
        os._exit(code)
# One thread, and no more of them from now on.
assert [ask(green_code) for _ in range(30)] == ["green"] * 30
status = os.waitpid(child, 0)[1]
assert os.WIFEXITED(status) and os.WEXITSTATUS(status) == 7, status
assert ask(green_code) == "green" and os.path.exists(own.config_path)
own.stop()
print("fine", flush=True)
os._exit(0)
"""


def test_a_child_with_its_parents_process_number(skm_sandbox: Sandbox) -> None:
    codes = [skm_sandbox.qr_text(skm_sandbox.person(level)) for level in ("green", "red")]
    skm_sandbox.fault("verify_scan", "delay", ms=3)
    for options in (["--pid"], ["--user", "--map-root-user", "--pid"]):
        before = ["unshare", *options, "--fork", "--kill-child"]
        try:
            possible = subprocess.run([*before, *before, "true"], stderr=subprocess.DEVNULL, timeout=20)
        except FileNotFoundError:
            break
        if possible.returncode == 0:
            ended = program(NUMBERS_REPEAT, skm_sandbox.config_path, *codes, seconds=90, before=before)
            assert (ended.returncode, ended.stdout) == (0, "fine\n"), ended.stderr
            return
    leave_out("a child with its parent's process number: no PID namespaces here")


def verify(arguments: Tuple[skm.Client, str, str]) -> str:
    client, number, name = arguments
    return client.verify_id(number=number, name=name, consent=CONSENT, deadline=20).verdict.value


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_multiprocessing(skm_sandbox: Sandbox, client: skm.Client, method: str) -> None:
    person = skm_sandbox.person()
    verify((client, person.number, person.name))
    with multiprocessing.get_context(method).Pool(3) as pool:
        jobs = [(client, person.number, person.name)] * 12
        verdicts = pool.map_async(verify, jobs).get(60)
    assert verdicts == ["green"] * 12


def test_an_asyncio_client_travels_with_its_limit(skm_sandbox: Sandbox) -> None:
    again = pickle.loads(pickle.dumps(skm_sandbox.aio_client(limit=3)))
    assert type(again) is skm.aio.Client and again._native.max_connections == 3


def test_a_client_made_of_values_says_what_to_do() -> None:
    client = skm.Client(display={"url": "http://127.0.0.1:1/"})
    with pytest.raises(TypeError, match="open it from a file, or open one in each process"):
        pickle.dumps(client)


@pytest.mark.parametrize("daemon", [True, False])
@pytest.mark.parametrize("leave", ["", "sys.exit(0)", "raise KeyError"])
def test_the_interpreter_ends_with_calls_in_flight(skm_sandbox: Sandbox, daemon: bool, leave: str) -> None:
    code = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "stall")
    ended = program(
        """
        import sys, threading, time, skm, skm.aio, asyncio
        consent = skm.Consent.explicit("A")
        client = skm.Client(sys.argv[1])

        def forever():
            while True:
                try:
                    client.verify_scan(qr_text=sys.argv[2], consent=consent, deadline=3)
                except skm.UsageError:
                    return
                except skm.NetworkError:
                    if not int(sys.argv[3]):
                        return

        async def task():
            other = skm.aio.Client(sys.argv[1])
            pending = [asyncio.ensure_future(other.verify_scan(qr_text=sys.argv[2], consent=consent)) for _ in range(9)]
            await asyncio.sleep(0.1)

        for _ in range(20):
            threading.Thread(target=forever, daemon=bool(int(sys.argv[3]))).start()
        rows = client.verify_many([{"qr_text": sys.argv[2]}] * 50, consent=consent)
        threading.Thread(target=list, args=(rows,), daemon=True).start()
        asyncio.run(task())
        time.sleep(0.2)
        exec(sys.argv[4])
        """,
        skm_sandbox.config_path,
        code,
        str(int(daemon)),
        leave,
    )
    assert ended.returncode == (1 if "raise" in leave else 0), ended.stderr
    if "raise" not in leave:
        assert ended.stderr == ""


@pytest.mark.parametrize("modules", ["concurrent.futures.thread, skm", "skm, concurrent.futures.thread"])
def test_the_interpreter_ends_with_a_pool_at_work(skm_sandbox: Sandbox, modules: str) -> None:
    """Up to CPython 3.8 a pool's threads are daemons, which a handler of `atexit` joins: before ours, or for ever."""
    code = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "stall")
    ended = program(
        f"""
        import {modules}, sys, time
        consent = skm.Consent.explicit("A")
        client = skm.Client(sys.argv[1])
        pool = concurrent.futures.ThreadPoolExecutor(2)
        for _ in range(4):
            pool.submit(client.verify_scan, qr_text=sys.argv[2], consent=consent, deadline=0.5)
        time.sleep(0.2)
        """,
        skm_sandbox.config_path,
        code,
        seconds=20,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_interpreter_ends_under_busy_daemon_threads(skm_sandbox: Sandbox) -> None:
    """Threads that come and go between Python and the library at the very moment of the end."""
    person = skm_sandbox.person()
    for _ in range(8):
        ended = program(
            """
            import sys, threading, time, skm
            consent = skm.Consent.explicit("A")
            client = skm.Client(sys.argv[1])
            number, name = sys.argv[2:]

            def failing():
                while True:
                    try:
                        client.verify_id(number="1", name=name, consent=consent)
                    except skm.SkmError:
                        pass

            def working():
                while True:
                    client.verify_id(number=number, name=name, consent=consent, deadline=30)

            def endless():
                while True:
                    yield {"number": number, "name": name}

            def batch():
                for one in client.verify_many(endless(), consent=consent):
                    pass

            for work in [failing] * 4 + [working] * 8 + [batch] * 2:
                threading.Thread(target=work, daemon=True).start()
            time.sleep(0.3)
            """,
            skm_sandbox.config_path,
            person.number,
            person.name,
        )
        assert (ended.returncode, ended.stderr) == (0, "")


def test_ctrl_c_ends_a_batch_at_once(skm_sandbox: Sandbox) -> None:
    code = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "stall")
    ended = program(
        """
        import os, signal, sys, threading, time, skm
        # A suite that runs in the background inherits that Ctrl-C is ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        client = skm.Client(sys.argv[1])
        rows = [{"qr_text": sys.argv[2]}] * 5
        threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
        started = time.monotonic()
        try:
            list(client.verify_many(rows, consent=skm.Consent.explicit("A"), deadline=20))
        except KeyboardInterrupt:
            print("interrupted", time.monotonic() - started < 2)
        """,
        skm_sandbox.config_path,
        code,
    )
    assert ended.stdout == "interrupted True\n", ended.stderr


def test_dropping_things_in_any_order(skm_sandbox: Sandbox) -> None:
    ended = program(
        """
        import gc, skm
        from skm.sandbox import Sandbox
        for turn in range(5):
            sandbox = Sandbox(seed=turn)
            client = sandbox.client()
            person = sandbox.person()
            rows = client.verify_many(({"number": person.number, "name": person.name} for _ in range(99)),
                                      consent=sandbox.consent)
            next(rows)
            if turn % 2:
                del sandbox
            del client, rows
            gc.collect()
        print("fine")
        """
    )
    assert (ended.returncode, ended.stdout) == (0, "fine\n"), ended.stderr


def test_a_client_that_is_dropped_leaves_no_threads(skm_sandbox: Sandbox) -> None:
    def threads() -> int:
        return len(os.listdir("/proc/self/task"))

    person = skm_sandbox.person()
    before = threads()
    for _ in range(10):
        with skm_sandbox.client() as client:
            rows: Any = [{"number": person.number, "name": person.name}] * 40
            assert all(one.is_green for one in client.verify_many(rows, consent=CONSENT))
    limit = time.monotonic() + 15
    while threads() > before + 4 and time.monotonic() < limit:
        time.sleep(0.2)
    assert threads() <= before + 4


BEGUN_BEFORE_FORK = """
import os, sys, skm
from skm.sandbox import Sandbox
sandbox = Sandbox()
client, person = sandbox.client(), sandbox.person()
row = {"number": person.number, "name": person.name}
sandbox.fault("verify_id", "delay", ms=300)
rows = client.verify_many([row] * 12, consent=sandbox.consent, concurrency=4)
next(rows)
child = os.fork()
if child == 0:
    try:
        next(rows)
    except skm.UsageError as error:
        assert "begun before fork: begin it again" in str(error)
        sys.exit(7)
    os._exit(8)
assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 7
assert os.path.exists(sandbox.config_path), "the child took its parent's configuration away"
assert [one.is_green for one in rows] == [True] * 11, "the child ended its parent's calls"
sandbox.stop()
assert not os.path.exists(sandbox.config_path)
print("fine")
"""


def test_what_was_begun_before_a_fork_stays_with_the_parent() -> None:
    ended = program(BEGUN_BEFORE_FORK)
    assert (ended.returncode, ended.stdout) == (0, "fine\n"), ended.stderr


def test_modules_are_there_after_one_import() -> None:
    ended = program("import skm; print(skm.aio.Client.__name__, skm.platform.IdKeys, skm.sandbox.Sandbox)")
    assert ended.returncode == 0, ended.stderr
