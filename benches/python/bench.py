"""The package beside clients written by hand, against the same sandbox: `make bench-python`.

Import time and memory beside `import requests`; signing and sealing beside hashlib and pycryptodome; round trips beside
requests and httpx with one kept connection. Figures are medians; the sandbox runs in a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import hashlib
import json
import os
import platform as machine
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from typing import Any, Callable, Dict, List, Tuple

import httpx
import requests
import skm
import skm.aio
from Crypto.Cipher import AES
from Crypto.Util.Padding import pad, unpad
from skm import platform

CONSENT = skm.Consent.explicit("benchmark")


def line(what: str, *columns: Tuple[str, str]) -> None:
    print("  {:34}{}".format(what, "".join("{:>12} {:14}".format(value, name) for name, value in columns)))


PROBE = """
import resource, sys, time
started = time.perf_counter()
import {module}
took = time.perf_counter() - started
with open("/proc/self/status") as status:
    rss = next(line.split()[1] for line in status if line.startswith("VmRSS"))
print(took * 1000, rss)
"""


def imports(rounds: int) -> None:
    print("import, in a fresh interpreter (this interpreter alone: row `sys`)")
    for module in ("sys", "skm", "requests", "httpx"):
        runs = []
        for _ in range(rounds):
            text = subprocess.check_output([sys.executable, "-c", PROBE.format(module=module)])
            runs.append(tuple(map(float, text.split())))
        took = statistics.median(run[0] for run in runs)
        rss = statistics.median(run[1] for run in runs)
        line(module, ("import", "{:.1f} ms".format(took)), ("memory", "{:.1f} MiB".format(rss / 1024)))


def per_call(call: Callable[[], object], seconds: float) -> float:
    """Microseconds for one call: the median of ten runs."""
    call()
    count, started = 0, time.perf_counter()
    while time.perf_counter() - started < seconds / 10:
        call()
        count += 1
    runs = []
    for _ in range(10):
        started = time.perf_counter()
        for _ in range(count):
            call()
        runs.append((time.perf_counter() - started) / count)
    return statistics.median(runs) * 1e6


def crypto(seconds: float) -> None:
    print("sign and seal, one call")
    appmark, appword, stamp = "demoapp", "w" * 32, "20260101080000"
    ours = per_call(lambda: platform.sign(appmark, appword, stamp), seconds)
    theirs = per_call(lambda: hashlib.md5((appmark + appword + stamp).encode()).hexdigest(), seconds)
    line("MD5 sign of interface 1", ("skm", "{:.2f} µs".format(ours)), ("hashlib", "{:.2f} µs".format(theirs)))

    key, body = os.urandom(16), json.dumps({"userid": "3" * 18, "name": "张三丰" * 20}, ensure_ascii=False).encode()
    cipher = platform.Cipher("aes-128-ecb", key)

    def seal() -> str:
        return base64.b64encode(AES.new(key, AES.MODE_ECB).encrypt(pad(body, 16))).decode()

    assert cipher.seal(body) == seal()
    line(
        "AES-128-ECB seal of {} bytes".format(len(body)),
        ("skm", "{:.2f} µs".format(per_call(lambda: cipher.seal(body), seconds))),
        ("pycryptodome", "{:.2f} µs".format(per_call(seal, seconds))),
    )
    gm = platform.Cipher("sm4-ecb", key)
    line("SM4-ECB seal", ("skm", "{:.2f} µs".format(per_call(lambda: gm.seal(body), seconds))))


class ByHand:
    """Interface 4 as people write it today, on any HTTP client with `post`; its checks are fewer than the package's."""

    def __init__(self, config: Dict[str, str]) -> None:
        self.url = config["url"]
        self._account = config["account"]
        self._auth_key = base64.b64decode(config["auth_key"])
        self._body_key = base64.b64decode(config["body_key"])

    def seal(self, key: bytes, text: str) -> str:
        return base64.b64encode(AES.new(key, AES.MODE_ECB).encrypt(pad(text.encode(), 16))).decode()

    def request(self, number: str, name: str) -> Tuple[str, Dict[str, str]]:
        plain = json.dumps({"userid": number, "name": name}, ensure_ascii=False, separators=(",", ":"))
        headers = {"auth": self.seal(self._auth_key, self._account), "content-type": "text/plain"}
        return self.seal(self._body_key, plain), headers

    def is_green(self, answer: Any) -> bool:
        assert answer["code"] == 200
        sealed = base64.b64decode(answer["data"])
        inner = json.loads(unpad(AES.new(self._body_key, AES.MODE_ECB).decrypt(sealed), 16))
        green: bool = inner["levelData"] == "green"
        return green


def section(text: str, name: str) -> Dict[str, str]:
    part = text.split("[{}]".format(name))[1].split("\n[")[0]
    pairs = (row.split(" = ", 1) for row in part.strip().splitlines() if " = " in row)
    return {key: value.strip('"') for key, value in pairs}


def one_after_another(path: str, hand: ByHand, person: Dict[str, str], seconds: float) -> None:
    print("round trips of interface 4, one after another")
    number, name = person["number"], person["name"]
    client, session, pooled = skm.Client(path), requests.Session(), httpx.Client()

    def ours() -> None:
        assert client.verify_id(number=number, name=name, consent=CONSENT).is_green

    def on(post: Callable[..., Any], body_name: str) -> Callable[[], None]:
        def call() -> None:
            body, headers = hand.request(number, name)
            answer = post(hand.url, headers=headers, timeout=5, **{body_name: body})
            assert hand.is_green(answer.json())

        return call

    for what, call in (
        ("skm", ours),
        ("requests + pycryptodome", on(session.post, "data")),
        ("httpx + pycryptodome", on(pooled.post, "content")),
    ):
        cpu = time.process_time()
        took = per_call(call, seconds)
        calls = 11 * seconds / 10 / took * 1e6
        line(
            what,
            ("a call", "{:.0f} µs".format(took)),
            ("CPU here", "{:.0f} µs".format((time.process_time() - cpu) / calls * 1e6)),
        )


def at_once(path: str, hand: ByHand, person: Dict[str, str], calls: int) -> None:
    print("round trips of interface 4, {} of them, 16 at once".format(calls))
    number, name = person["number"], person["name"]
    row = {"number": number, "name": name}

    def rate(run: Callable[[], object]) -> str:
        started = time.perf_counter()
        run()
        return "{:.0f} /s".format(calls / (time.perf_counter() - started))

    with skm.Client(path) as client:
        many = client.verify_many

        def batch() -> None:
            assert all(one.is_green for one in many((row for _ in range(calls)), consent=CONSENT, concurrency=16))

        line("skm.verify_many", ("", rate(batch)))

    async def ours() -> None:
        async with skm.aio.Client(path, limit=16) as client:
            async for one in client.verify_many((row for _ in range(calls)), consent=CONSENT):
                assert one.is_green

    line("skm.aio.verify_many", ("", rate(lambda: asyncio.run(ours()))))

    async def theirs() -> None:
        room = asyncio.Semaphore(16)
        async with httpx.AsyncClient() as http:

            async def one() -> None:
                async with room:
                    body, headers = hand.request(number, name)
                    answer = await http.post(hand.url, content=body, headers=headers)
                    assert hand.is_green(answer.json())

            await asyncio.gather(*(one() for _ in range(calls)))

    line("httpx + pycryptodome, asyncio", ("", rate(lambda: asyncio.run(theirs()))))


def main() -> None:
    parser = argparse.ArgumentParser(description="skm beside clients written by hand")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each figure")
    parser.add_argument("--rounds", type=int, default=15, help="fresh interpreters for each module")
    parser.add_argument("--calls", type=int, default=4000, help="of each run with 16 at once")
    options = parser.parse_args()
    print("skm {}, CPython {}, {} cores".format(skm.__version__, machine.python_version(), os.cpu_count()))
    imports(options.rounds)
    crypto(options.seconds / 3)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "skm.toml")
        command = [sys.executable, "-m", "skm", "sandbox", "--listen", "127.0.0.1:0", "--write-config", path]
        sandbox = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
        try:
            assert sandbox.stdout is not None
            url: str = json.loads(sandbox.stdout.readline())["ready"]
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            people: List[Dict[str, str]] = json.load(opener.open(url + "/_sandbox/people"))["people"]
            green = next(person for person in people if person["level"] == "green" and person["papers_type"] == "1")
            with open(path, encoding="utf-8") as file:
                hand = ByHand(section(file.read(), "id"))
            one_after_another(path, hand, green, options.seconds)
            at_once(path, hand, green, options.calls)
        finally:
            sandbox.terminate()
            sandbox.wait(10)


if __name__ == "__main__":
    main()
