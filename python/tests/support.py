"""What several test files need: an independent little server, and a way to run a program of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import pytest

import skm

CONSENT = skm.Consent.explicit("notice A-12")


class Seen(NamedTuple):
    """One request as it came over the wire."""

    method: str
    path: str
    headers: Dict[str, str]
    body: bytes


class Canned:
    """Answers every request with the same bytes and remembers what it was asked. Knows nothing of the standard."""

    def __init__(self, status: int = 200, body: bytes = b"{}") -> None:
        self.answer: Tuple[int, bytes] = (status, body)
        self.seen: List[Seen] = []
        self.hold: Optional[threading.Event] = None
        canned = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                length = int(self.headers.get("content-length") or 0)
                headers = {name.lower(): value for name, value in self.headers.items()}
                canned.seen.append(Seen(self.command, self.path, headers, self.rfile.read(length)))
                if canned.hold is not None:
                    canned.hold.wait(20)
                status, content = canned.answer
                try:
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(content)))
                    self.end_headers()
                    self.wfile.write(content)
                except OSError:
                    self.close_connection = True

            do_GET = do_POST = _serve

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = "http://127.0.0.1:{}".format(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if self.hold is not None:
            self.hold.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Canned:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def scan_section(url: str) -> Dict[str, str]:
    """A complete [scan] section."""
    return {
        "url": url + "/jkm/scanJsJkm",
        "source": "wuxi",
        "token": "t" * 64,
        "position": "江苏省,无锡市,梁溪区,示范路1号",
        "verifier_dept": "示范医院",
        "verifier_name": "示范员",
        "verifier_phone": "17700000000",
    }


QR_TEXT = "https://skm.example.invalid/healthAct/index.html?qrCode=V5" + "0a" * 16 + "320000&b=x#/result"


def program(
    source: str, *arguments: str, seconds: float = 40.0, cwd: str = "/", before: Sequence[str] = ()
) -> "subprocess.CompletedProcess[str]":
    """Runs Python source in a process of its own, which must end by itself in time; by the command ``before``."""
    environment = {**os.environ, "PYTHONFAULTHANDLER": "1", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [*before, sys.executable, "-c", textwrap.dedent(source), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=seconds,
        encoding="utf-8",
        cwd=cwd,
        env=environment,
    )


def leave_out(reason: str) -> None:
    """Skips a test; ``make test`` ends with what stands in the file of ``SKM_LEFT_OUT``."""
    file = os.environ.get("SKM_LEFT_OUT")
    if file:
        with open(file, "a", encoding="utf-8") as lines:
            print(f"LEFT OUT: Python: {reason}", file=lines)
    pytest.skip(reason)
