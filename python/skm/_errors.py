"""Every way a call can fail: one class per group of numbers, under :class:`SkmError`."""

from __future__ import annotations

import enum
from typing import Dict, Literal, Optional, Tuple, Type

from skm._verdict import Verdict


WhenUnreachable = Literal["stay_shut", "call_person"]
"""What a venue has decided for the time when the platform cannot be reached. Neither lets anyone in."""


class ErrorKind(enum.IntEnum):
    """What failed. Numbers are stable for ever; names are what logs and scripts match on."""

    # generated: errors
    CONFIG_INVALID = 100
    CONFIG_MISSING = 101
    KEY_INVALID = 102
    DIALECT_INVALID = 110
    INPUT_INVALID = 200
    INPUT_ENCODING = 201
    CONSENT_MISSING = 202
    QR_NOT_SKM = 210
    QR_INCOMPLETE = 211
    CONNECT_FAILED = 300
    DEADLINE_EXCEEDED = 301
    TLS_FAILED = 302
    HTTP_STATUS = 303
    PROXY_FAILED = 304
    ANSWER_TOO_LARGE = 305
    REDIRECT_REFUSED = 306
    CONNECTION_LOST = 307
    ANSWER_MALFORMED = 400
    ANSWER_UNREADABLE = 401
    CLOCK_SKEW = 410
    REFUSED = 500
    QR_EXPIRED = 510
    NO_ACCESS = 512
    UPDATE_REQUIRED = 513
    PERSON_NOT_FOUND = 514
    BUSY = 515
    AUDIT_FAILED = 600
    AUDIT_UNREADABLE = 601
    CLOSED = 700
    NULL_ARGUMENT = 701
    VERSION_MISMATCH = 702
    LIBRARY_NOT_LOADED = 703
    INTERNAL = 900
    # end of generated: errors


class SkmError(Exception):
    """A failed call. ``str()`` and ``repr()`` hold no personal data and no secret: they are safe to log.

    Whatever the error, the person is not green: :attr:`verdict` says so.
    """

    number: int
    """The stable number, as in the error table (``skm errors``)."""
    kind: ErrorKind
    """The same as an enum."""
    message: str
    """One technical line in English, for logs: what failed, where, what to do."""
    message_zh: str
    """A Chinese sentence that may be shown to the person at the desk: what to do now, without the name of a call, a
    member or a host."""
    technical_zh: str
    """The technical line in Chinese."""
    reason: Optional[str]
    """Why, as a stable word: where a call stood when it ended (``resolving``, ``connecting``, ``waiting``,
    ``no_threads``, …) or why TLS failed (``expired``, ``unknown_issuer``, …). A later version may add words."""
    retryable: bool
    """Whether the same call may succeed later. What was safe to retry has already been retried."""
    interface: Optional[str]
    """The call that failed, such as ``verify_scan``."""
    field: Optional[str]
    """The member at fault, such as ``number``, ``name``, ``qr_text`` or ``verifier_dept``."""
    platform_code: Optional[str]
    """The platform's own code (``retcode``, ``resCode`` or ``code``): verbatim if it looks like one, up to ten letters
    and digits. Anything else is ``***`` here and stands before the platform's text."""
    platform_text: Optional[str]
    """What the platform wrote beside its code, numbers hidden. It may still hold a name: keep it out of logs. ``None``
    in a copy of the error and in one that was pickled."""
    platform_text_verbatim: Optional[str]
    """The same as received, numbers included. Show it to the operator if you must; never log it. Left out as
    :attr:`platform_text` is."""
    http_status: Optional[int]
    """The HTTP status, for ``http_status``."""
    clock_offset_s: Optional[int]
    """By how many seconds this machine is ahead of the platform, for ``clock_skew``."""
    attempts: int
    """How many times the request was tried; 0 if it never came to that."""
    when_unreachable: Optional[WhenUnreachable]
    """``gate.when_unreachable`` of the configuration, if a call failed with ``connect_failed``, ``deadline_exceeded``,
    ``tls_failed``, ``proxy_failed``, ``connection_lost``, ``busy``, or ``http_status`` with 429 or 5xx; otherwise
    ``None``."""
    audit_failed: bool
    """Whether the evidence log lacks the record of this call, for it could not be written. Everything else says what the
    call itself came to; ``audit_failed`` is the kind of a call that had no other fault. A record that was still to be
    written when the call ended is not lacking: should that fail, ``Client.audit_failures`` counts it."""

    def __init__(
        self,
        number: int,
        message: str,
        message_zh: str,
        retryable: bool = False,
        interface: Optional[str] = None,
        field: Optional[str] = None,
        platform_code: Optional[str] = None,
        platform_text_verbatim: Optional[str] = None,
        platform_text: Optional[str] = None,
        http_status: Optional[int] = None,
        clock_offset_s: Optional[int] = None,
        attempts: int = 0,
        when_unreachable: Optional[WhenUnreachable] = None,
        reason: Optional[str] = None,
        technical_zh: Optional[str] = None,
        audit_failed: bool = False,
    ) -> None:
        # Only the message goes to `args`: that is what str(), repr() and a traceback show.
        super().__init__(message)
        self.number = number
        self.kind = ErrorKind(number)
        self.message = message
        self.message_zh = message_zh
        self.retryable = retryable
        self.interface = interface
        self.field = field
        self.platform_code = platform_code
        self.platform_text_verbatim = platform_text_verbatim
        self.platform_text = platform_text
        self.http_status = http_status
        self.clock_offset_s = clock_offset_s
        self.attempts = attempts
        self.when_unreachable = when_unreachable
        self.reason = reason
        self.technical_zh = message_zh if technical_zh is None else technical_zh
        self.audit_failed = audit_failed

    @property
    def name(self) -> str:
        """The name of the kind, such as ``qr_expired``."""
        return self.kind.name.lower()

    @property
    def verdict(self) -> Verdict:
        """Always :attr:`Verdict.UNVERIFIED`."""
        return Verdict.UNVERIFIED

    @property
    def is_green(self) -> bool:
        """Always false."""
        return False

    def __reduce__(self) -> Tuple[object, ...]:
        return type(self), (
            self.number,
            self.message,
            self.message_zh,
            self.retryable,
            self.interface,
            self.field,
            self.platform_code,
            # What the platform wrote may hold a name: it does not travel into queues and files with an error.
            None,
            None,
            self.http_status,
            self.clock_offset_s,
            self.attempts,
            self.when_unreachable,
            self.reason,
            self.technical_zh,
            self.audit_failed,
        )


class ConfigError(SkmError):
    """1xx: the configuration or the dialect."""


class InputError(SkmError):
    """2xx: an argument, or the code that was shown."""


class NetworkError(SkmError):
    """3xx: no whole answer came back."""


class AnswerError(SkmError):
    """4xx: the answer is not what the standard describes, or the clocks differ."""


class RefusedError(SkmError):
    """5xx: the platform said no; ``platform_code`` has its code."""


class AuditError(SkmError):
    """6xx: the evidence log could not be written."""


class UsageError(SkmError):
    """7xx: the client is closed, or the installation is broken."""


class InternalError(SkmError):
    """9xx: a mistake of this library. Please report it."""


_GROUPS: Dict[int, Type[SkmError]] = {
    1: ConfigError,
    2: InputError,
    3: NetworkError,
    4: AnswerError,
    5: RefusedError,
    6: AuditError,
    7: UsageError,
    9: InternalError,
}


def from_native(
    number: int,
    message: str,
    message_zh: str,
    retryable: bool,
    interface: Optional[str],
    field: Optional[str],
    platform_code: Optional[str],
    platform_text_verbatim: Optional[str],
    platform_text: Optional[str],
    http_status: Optional[int],
    clock_offset_s: Optional[int],
    attempts: int,
    when_unreachable: Optional[WhenUnreachable] = None,
    reason: Optional[str] = None,
    technical_zh: Optional[str] = None,
    audit_failed: bool = False,
) -> SkmError:
    """Called by the native half: the error of the group that the number belongs to."""
    return _GROUPS[number // 100](
        number,
        message,
        message_zh,
        retryable,
        interface,
        field,
        platform_code,
        platform_text_verbatim,
        platform_text,
        http_status,
        clock_offset_s,
        attempts,
        when_unreachable,
        reason,
        technical_zh,
        audit_failed,
    )
