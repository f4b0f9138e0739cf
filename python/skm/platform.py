"""The other side of the wire: for operators who re-issue interfaces 3 and 4 under the right of second packaging
(二封授权, clause 7), and for tests. The same rules as the client's, in the other direction.

``examples/python/relay`` is a whole relay on FastAPI.
"""

from __future__ import annotations

import json as _json
import time as _time
from dataclasses import dataclass
from typing import Any, Dict, Optional

from skm import _native, mask
from skm._results import Credential, IdResult, ScanResult

__all__ = [
    "Cipher",
    "IdBody",
    "IdKeys",
    "ScanCall",
    "UserTokenCall",
    "check_sign",
    "check_time",
    "id_answer",
    "id_refusal",
    "read_scan",
    "read_user_token",
    "scan_answer",
    "scan_refusal",
    "sign",
]


def sign(appmark: str, appword: str, time: str) -> str:
    """The sign of interface 1 (table A.1): ``MD5(appmark + appword + time)`` in lower-case hex.

    >>> sign("demo", "secret", "20260101080000")
    '13630648fd7c49b0acd125e2dc351eec'
    """
    return _native.make_sign(appmark, appword, time)


@dataclass(frozen=True, repr=False)
class UserTokenCall:
    """The five parameters of table A.1 as they arrived, unchecked."""

    appmark: str
    """Application id."""
    time: str
    """Time stamp, as signed."""
    sign: str
    """Sign."""
    servicename: str
    """Service name."""
    params: str
    """JSON text of table A.2: personal data."""

    def __repr__(self) -> str:
        return f"UserTokenCall(time={self.time!r}, servicename={self.servicename!r}, …)"


@dataclass(frozen=True, repr=False)
class ScanCall:
    """The seven parameters of table B.1 as they arrived, unchecked."""

    qr_text: str
    """The code's text (``url``)."""
    source: str
    """The applying unit."""
    position: str
    """Where."""
    verifier_dept: str
    """The verifying unit."""
    verifier_name: str
    """The verifying person."""
    verifier_phone: str
    """That person's phone."""
    token: Credential
    """The unit's token. Compare with :func:`hmac.compare_digest`."""

    def __repr__(self) -> str:
        return f"ScanCall(source={self.source!r}, position={self.position!r}, …)"


@dataclass(frozen=True, repr=False)
class IdBody:
    """What interface 4 was asked, decrypted (table C.2)."""

    number: str
    """Certificate number."""
    name: str
    """Full name."""
    organize_location: Optional[str] = None
    """Place or unit."""
    apply_type: Optional[str] = None
    """Kind of application."""

    def __repr__(self) -> str:
        return f"IdBody(number={mask.certificate(self.number)!r}, name={mask.name(self.name)!r}, …)"


def read_user_token(
    *,
    method: str,
    content_type: Optional[str] = None,
    query: Optional[str] = None,
    body: bytes = b"",
) -> UserTokenCall:
    """Reads the five parameters from a query (GET), a form or a JSON object (POST).

    :raises skm.InputError: naming what is missing, doubled or not UTF-8.
    """
    return UserTokenCall(*_native.read_user_token_call(method, content_type, query, body))


def check_sign(call: UserTokenCall, appword: str) -> bool:
    """Whether the sign is right, in any case; in constant time."""
    return _native.sign_matches(call.appmark, appword, call.time, call.sign)


def check_time(
    time: str,
    *,
    window: float = 300.0,
    now: Optional[float] = None,
    dialect: Optional[str] = None,
) -> Optional[str]:
    """``None`` if a time stamp is of the dialect's format and within ``window`` seconds of ``now``; else why not.

    >>> check_time("20260101080000", now=1767225600.0)
    >>> check_time("2026-01-01", now=1767225600.0)
    "time is not of the dialect's format"
    """
    fault = _native.time_fault(time, _time.time() if now is None else now, window, dialect)
    if fault is None:
        return None
    if fault[1] is None:
        return "time is not of the dialect's format"
    return f"time is {fault[1]} s ahead of this machine's clock"


def read_scan(body: bytes) -> ScanCall:
    """Reads the form of interface 3.

    :raises skm.InputError: naming what is missing, doubled or not UTF-8.
    """
    values = _native.read_scan_call(body)
    return ScanCall(*values[:6], Credential(values[6]))


class IdKeys:
    """The two keys of one unit, as a configuration writes them (Base64 of 16 bytes, unless the dialect says otherwise).

    :raises skm.ConfigError: ``key_invalid`` for a key that is not one.
    """

    def __init__(self, *, auth_key: str, body_key: str, dialect: Optional[str] = None) -> None:
        self._native = _native.Keys(auth_key, body_key, dialect)

    def open_auth(self, header: str) -> str:
        """The account in the ``auth`` header. Compare with :func:`hmac.compare_digest`.

        :raises skm.AnswerError: ``answer_unreadable``, whatever is wrong with it.
        """
        return self._native.open_auth(header)

    def open_body(self, body: bytes) -> IdBody:
        """What the unit asks.

        :raises skm.AnswerError: ``answer_unreadable``, whatever is wrong with it: no padding oracle.
        :raises skm.InputError: naming what is missing in it.
        """
        return IdBody(*self._native.open_body(body))

    def seal_answer(
        self,
        *,
        number: str,
        name: str,
        level: str,
        travel: Optional[str] = None,
        reason: Optional[str] = None,
    ) -> str:
        """What ``data`` of the answer carries; ``level`` is a word of the dialect's alphabet, such as ``green``."""
        return self._native.seal_answer(number, name, level, travel, reason)

    def answer(self, result: IdResult) -> Dict[str, Any]:
        """The whole answer that passes a result on to this unit."""
        return _read(self._native.answer(result.number, result.name, result.level.value, result.travel, result.reason))

    def __repr__(self) -> str:
        return "IdKeys(***)"


class Cipher:
    """The envelope of Annex D by itself: ``aes-128-ecb``, ``aes-128-cbc``, ``sm4-ecb`` or ``sm4-cbc``, PKCS#7, Base64.

    >>> cipher = Cipher("sm4-cbc", bytes(16))
    >>> cipher.open(cipher.seal("𠮷".encode()))
    '𠮷'
    """

    def __init__(self, algorithm: str, key: bytes, iv: bytes = bytes(16)) -> None:
        self._native = _native.Cipher(algorithm, key, iv)

    def seal(self, plain: bytes) -> str:
        """Standard Base64 of the encrypted bytes, no line breaks."""
        return self._native.seal(plain)

    def open(self, sealed: str) -> str:
        """The text inside. White space, missing padding and the URL-safe alphabet in the Base64 are tolerated.

        :raises skm.AnswerError: ``answer_unreadable``, whatever is wrong with it.
        """
        return self._native.open(sealed)

    def __repr__(self) -> str:
        return "Cipher(***)"


def scan_answer(result: ScanResult, *, dialect: Optional[str] = None) -> Dict[str, Any]:
    """A result of interface 3 as the JSON object that passes it on (table B.3), in the words of the unit's dialect.

    Of ``extra`` everything is passed on but what has a name of the standard's: a level that was not understood must not
    come back as one.
    """
    body = _native.scan_answer_body(
        result.level.value,
        result.name,
        result.id_number_masked,
        result.phone,
        result.tip,
        result.qr_code,
        _json.dumps(dict(result.extra)),
        dialect,
    )
    return _read(body)


def _read(body: str) -> Dict[str, Any]:
    answer: Dict[str, Any] = _json.loads(body)
    return answer


def scan_refusal(code: str, message: str) -> Dict[str, Any]:
    """A refusal of interface 3, such as code ``111``."""
    return {"resCode": code, "resMessage": message}


def id_answer(result: IdResult, keys: IdKeys) -> Dict[str, Any]:
    """A result of interface 4 as the JSON object that passes it on, sealed for another unit in its dialect's words."""
    return keys.answer(result)


def id_refusal(code: str, message: str) -> Dict[str, Any]:
    """A refusal of interface 4, such as code ``404``."""
    return {"code": code, "message": message}
