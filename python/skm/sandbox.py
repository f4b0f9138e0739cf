"""A province platform on this machine, for tests: strict, with invented people, and faults on demand.

>>> from skm.sandbox import Sandbox
>>> with Sandbox() as sandbox, sandbox.client() as client:
...     person = sandbox.person("green")
...     client.verify_scan(qr_text=sandbox.qr_text(person), consent=sandbox.consent).is_green
True
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
import weakref
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Dict, List, Mapping, Optional, Type, Union

from skm import _native, aio
from skm._client import Client
from skm._consent import Consent

__all__ = ["Person", "Sandbox"]

# The sandbox is on loopback: a proxy of the environment has no business here.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Person:
    """An invented person."""

    name: str
    """Full name."""
    number: str
    """Certificate number."""
    papers_type: str
    """Certificate type of table A.2."""
    mobile: str
    """Mobile number."""
    level: str
    """``green``, ``yellow``, ``red`` or ``unknown``."""
    update_required: bool
    """Whether interface 3 asks this person to update their information first (119)."""


class Sandbox:
    """A running sandbox on a free loopback port. Use it as a context manager, or call :meth:`stop`.

    :param seed: decides the credentials, the invented people and the course of random things.
    :param lenient: takes what a real platform would beyond the specification, for tests of a client of your own.
    """

    consent: ClassVar[Consent] = Consent.explicit("sandbox notice")
    """Consent of people who were never born."""

    def __init__(self, *, seed: int = 1, lenient: bool = False) -> None:
        self._native = _native.Sandbox(seed, lenient)
        folder = tempfile.mkdtemp(prefix="skm-sandbox-")
        self._remove_folder = weakref.finalize(self, _remove, folder, _native.generation())
        self.config_path: str = os.path.join(folder, "skm.toml")
        """A complete ``skm.toml`` for clients of this sandbox; gone when it stops."""
        with open(self.config_path, "w", encoding="utf-8") as file:
            file.write(self._native.config)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:…``, without a final slash. ``/_sandbox/`` below it lists everything it can do."""
        return self._native.url

    @property
    def config(self) -> str:
        """The content of :attr:`config_path`."""
        return self._native.config

    def client(self) -> Client:
        """A new client of this sandbox."""
        return Client(self.config_path)

    def aio_client(self, *, limit: Optional[int] = None) -> aio.Client:
        """A new asyncio client of this sandbox."""
        return aio.Client(self.config_path, limit=limit)

    def people(self) -> List[Person]:
        """Everyone the sandbox knows."""
        fields = Person.__dataclass_fields__
        people = self.get("/_sandbox/people")["people"]
        return [Person(**{key: value for key, value in person.items() if key in fields}) for person in people]

    def person(self, level: str = "green") -> Person:
        """The first person of this level with a resident identity card."""
        fitting = (
            person
            for person in self.people()
            if person.level == level and person.papers_type == "1" and not person.update_required
        )
        found = next(fitting, None)
        if found is None:
            raise LookupError(f"the sandbox has nobody whose level is {level}: take green, yellow, red or unknown")
        return found

    def qr_text(self, person: Union[Person, str]) -> str:
        """The text of a fresh QR code of a person, or of the person with this certificate number."""
        number = person.number if isinstance(person, Person) else person
        text: str = self.post("/_sandbox/qr", {"userid": number})["qr_text"]
        return text

    def fault(self, interface: str, kind: str, **options: Any) -> None:
        """From now on calls of ``interface`` go wrong, such as ``fault("verify_scan", "delay", ms=500)``.

        ``/_sandbox/faults/kinds`` lists the kinds. :meth:`reset` ends it.
        """
        self.post("/_sandbox/faults", {"interface": interface, "kind": kind, **options})

    def reset(self) -> None:
        """Back to the state after the start: faults, clock, settings, journal, tokens, codes."""
        self.post("/_sandbox/reset", {})

    def journal(self) -> List[Dict[str, Any]]:
        """The last requests, oldest first, masked."""
        entries: List[Dict[str, Any]] = self.get("/_sandbox/journal")["entries"]
        return entries

    def get(self, path: str) -> Any:
        """Any admin path, its JSON answer read."""
        return self._ask(urllib.request.Request(self.url + path))

    def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Any admin path, sent JSON, its JSON answer read."""
        data = json.dumps(body).encode()
        return self._ask(urllib.request.Request(self.url + path, data, {"content-type": "application/json"}))

    def _ask(self, request: urllib.request.Request) -> Any:
        with _opener.open(request, timeout=10) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def stop(self) -> None:
        """Stops it and cuts every connection. Stopping again, or in a forked child, does nothing."""
        self._native.stop()
        self._remove_folder()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<skm.sandbox.Sandbox {self.url}>"


def _remove(folder: str, generation: int) -> None:
    # A forked child ends with the same finalizers; the folder is its parent's.
    if _native.generation() == generation:
        shutil.rmtree(folder, ignore_errors=True)
