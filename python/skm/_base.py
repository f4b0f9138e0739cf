"""What the blocking and the asyncio client share: opening, and what needs no network."""

from __future__ import annotations

import atexit
import os
import sys
from datetime import timedelta
from typing import Any, Mapping, Optional, Tuple, Union

from skm import _native, _settings
from skm._results import Credential, QrText

Deadline = Union[float, timedelta, None]
"""Seconds, or a ``timedelta``; ``None`` means ``http.deadline_ms`` of the configuration."""

Section = Optional[Mapping[str, Any]]
"""One section of the configuration, as a mapping."""


def seconds(deadline: Deadline) -> Optional[float]:
    """What the native half takes."""
    return deadline.total_seconds() if isinstance(deadline, timedelta) else deadline


class ClientBase:
    """The part of both clients that needs no network."""

    def __init__(
        self,
        config: _settings.ConfigSource = None,
        *,
        dialect: Optional[str] = None,
        user_token: Section = None,
        display: Section = None,
        scan: Section = None,
        id: Section = None,
        http: Section = None,
        gate: Section = None,
        audit: Section = None,
        _limit: Optional[int] = None,
        _frozen_at: Optional[float] = None,
    ) -> None:
        sections = {
            "dialect": dialect,
            "user_token": user_token,
            "display": display,
            "scan": scan,
            "id": id,
            "http": http,
            "gate": gate,
            "audit": audit,
        }
        self._path, pairs = _settings.read(config, sections)
        self._native = _native.Client(self._path, pairs, _limit, _frozen_at)

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._native.closed

    @property
    def audit_failures(self) -> int:
        """How many records could not be written to the evidence log since the client was opened; 0 without a log.

        With ``audit.on_failure = "continue"`` the only sign of them: watch it, each is a call without evidence of
        consent. A forked child counts its own. Can be read after :meth:`close` too, from any thread.
        """
        return self._native.audit_failures

    def display_url(self, token: str, uuid: Optional[str] = None) -> Credential:
        """Interface 2, 苏康码亮码接口 (clause 6.2): the URL of the page for a user token. No network call is made.

        The URL is a credential: its ``repr()`` is stars; keep it out of logs.

        :raises skm.ConfigError: without a ``[display]`` section.
        :raises skm.InputError: for an empty token.

        >>> import skm
        >>> client = skm.Client(display={"url": "https://page.invalid/jkmIndex.html"})
        >>> print(client.display_url("5c1e", "P2021"))
        https://page.invalid/jkmIndex.html?token=5c1e&uuid=P2021
        """
        return Credential(self._native.display_url(token, uuid))

    def check_qr(self, qr_text: str) -> QrText:
        """Checks a scanned text without a network call, by the dialect's rules.

        :raises skm.InputError: ``input_invalid``, ``qr_not_skm`` or ``qr_incomplete``.
        """
        return QrText(*self._native.check_qr(qr_text))

    def __reduce__(self) -> Tuple[Any, ...]:
        if self._path is None:
            raise TypeError(
                "a client made of values is not sent to another process, its keys would go along: "
                "open it from a file, or open one in each process"
            )
        return type(self), (self._path,)

    def __repr__(self) -> str:
        state = "closed" if self.closed else "open"
        return f"<{type(self).__module__}.{type(self).__qualname__} {state}>"


def _leave_at_exit() -> None:
    """Daemon threads in a call when the interpreter ends stay in it; the native half says why."""
    atexit.register(_native.leave)
    pools = sys.modules.get("concurrent.futures.thread")
    if sys.version_info < (3, 9) and pools is not None:
        # There a pool's threads are daemons that a handler of its module joins. Handlers run last in, first out: this
        # one has to come before ours, or it waits for ever for threads that stay. Imported later, it does so by itself.
        join = getattr(pools, "_python_exit")
        atexit.unregister(join)
        atexit.register(join)


_leave_at_exit()
os.register_at_fork(after_in_child=_native.forget_threads)
