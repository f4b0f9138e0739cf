"""What the benchmark's Python clients share: arguments, the loop that times calls, the report, the fixed questions.

The arguments and the report are those of the Rust clients: see ``benches/harness/src/driver.rs``.
"""

import argparse
import asyncio
import json
import threading
import time
from typing import Any, Awaitable, Callable, List

SCAN_PATH = "/jkm/scanJsJkm"
ID_PATH = "/skm_public/member/get"
NUMBER = "320000198506304142"
NAME = "测试"
QR_TEXT = f"https://skm.example.invalid/jkm/2/index.html?qrCode=V5{'a' * 32}320000&b={'A' * 61}%2B%3D%3D#/result"
SOURCE = "wuxi"
TOKEN = "0123456789abcdef" * 4
POSITION = "江苏省,无锡市,梁溪区,示范路1号"
DEPT = "示范医院"
VERIFIER = "示范"
PHONE = "13800001234"
ACCOUNT = "skm_auth_demo"
APPLY_TYPE = "人行闸机通道"
AUTH_KEY = b"0123456789abcdef"
BODY_KEY = b"fedcba9876543210"
NOTICE = "notice A-12"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--interface", choices=["scan", "id"], default="scan")
    parser.add_argument("--url", required=True)
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--warmup", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--ca")
    return parser.parse_args()


def config(args: argparse.Namespace) -> dict:
    """The sections of the invented unit, for ``skm.Client``."""
    http = {"max_connections": max(args.threads, 16), "deadline_ms": 30_000, "connect_timeout_ms": 30_000}
    if args.ca:
        http["ca_file"] = args.ca
    return {
        "scan": {
            "url": args.url + SCAN_PATH,
            "source": SOURCE,
            "token": TOKEN,
            "position": POSITION,
            "verifier_dept": DEPT,
            "verifier_name": VERIFIER,
            "verifier_phone": PHONE,
        },
        "id": {
            "url": args.url + ID_PATH,
            "account": ACCOUNT,
            "auth_key": "MDEyMzQ1Njc4OWFiY2RlZg==",
            "body_key": "ZmVkY2JhOTg3NjU0MzIxMA==",
            "organize_location": DEPT,
            "apply_type": APPLY_TYPE,
        },
        "http": http,
    }


def run(args: argparse.Namespace, caller: Callable[[], Callable[[], Any]]) -> None:
    """Calls as the arguments say, each thread with a caller of its own, and prints the report."""
    cpu: List[float] = []
    barrier = threading.Barrier(args.threads, action=lambda: cpu.append(time.process_time()))
    firsts: List[float] = []
    walls: List[float] = []
    times: List[float] = []
    faults: List[BaseException] = []

    def work() -> None:
        try:
            call = caller()
            firsts.append(_timed(call))
            for _ in range(args.warmup // args.threads - 1):
                call()
            barrier.wait()
            started = time.perf_counter()
            mine = [_timed(call) for _ in range(args.calls // args.threads)]
            walls.append(time.perf_counter() - started)
            times.extend(mine)
        except BaseException as fault:
            faults.append(fault)
            barrier.abort()

    threads = [threading.Thread(target=work) for _ in range(args.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    _report(max(firsts), time.process_time() - cpu[0], max(walls), times)


def run_async(args: argparse.Namespace, opened: Callable[[], Any], call: Callable[[Any], Awaitable[Any]]) -> None:
    """The same with tasks of one event loop in place of threads."""
    times: List[float] = []

    async def task(client: Any, calls: int, kept: List[float]) -> None:
        for _ in range(calls):
            started = time.perf_counter()
            await call(client)
            kept.append(time.perf_counter() - started)

    async def main() -> None:
        async with opened() as client:
            first: List[float] = []
            await task(client, 1, first)
            await asyncio.gather(*(task(client, max(args.warmup // args.threads, 1), []) for _ in range(args.threads)))
            started, cpu = time.perf_counter(), time.process_time()
            await asyncio.gather(*(task(client, args.calls // args.threads, times) for _ in range(args.threads)))
            _report(first[0], time.process_time() - cpu, time.perf_counter() - started, times)

    asyncio.run(main())


def _timed(call: Callable[[], Any]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def _report(first: float, cpu: float, wall: float, times: List[float]) -> None:
    times.sort()

    def at(share: float) -> float:
        return times[int(len(times) * share)] * 1e6 if times else 0.0

    report = {
        "calls": len(times),
        "cpu_s": cpu,
        "wall_s": wall,
        "first_us": first * 1e6,
        "p50_us": at(0.5),
        "p99_us": at(0.99),
    }
    print(json.dumps(report))
