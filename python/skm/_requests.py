"""The arguments of the calls, in one place for the blocking and the asyncio client and for batches."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, NamedTuple, Optional, Tuple, TypeVar

from skm import _native
from skm._consent import parts
from skm._results import Credential, IdResult, ScanResult, UserToken
from skm._verdict import Level, Verdict

T = TypeVar("T")


class Asked(NamedTuple):
    """A native request and how its answer is read."""

    request: _native.Request
    read: Callable[[Tuple[Any, ...]], Any]


def _fields(answer: Tuple[Any, ...]) -> Tuple[Any, ...]:
    level, verdict, *members = answer
    return (Level(level), *members, Verdict(verdict))


def read_scan(answer: Tuple[Any, ...]) -> ScanResult:
    """The answer of interface 3."""
    return ScanResult(*_fields(answer))


def read_id(answer: Tuple[Any, ...]) -> IdResult:
    """The answer of interface 4."""
    return IdResult(*_fields(answer))


def read_user_token(answer: Tuple[Any, ...]) -> UserToken:
    """The answer of interface 1."""
    return UserToken(Credential(answer[0]), answer[1])


def scan(
    qr_text: str,
    consent: object,
    position: Optional[str] = None,
    verifier_dept: Optional[str] = None,
    verifier_name: Optional[str] = None,
    verifier_phone: Optional[str] = None,
) -> _native.Request:
    """Interface 3 (table B.1)."""
    return _native.scan_request(parts(consent), qr_text, position, verifier_dept, verifier_name, verifier_phone)


def id(
    number: str,
    name: str,
    consent: object,
    papers_type: str = "1",
    organize_location: Optional[str] = None,
    apply_type: Optional[str] = None,
    lift_15: bool = False,
) -> _native.Request:
    """Interface 4 (table C.2)."""
    return _native.id_request(parts(consent), number, name, papers_type, organize_location, apply_type, lift_15)


def user_token(consent: object, *values: Any) -> _native.Request:
    """Interface 1 (table A.2), in the order of ``issue_user_token``'s arguments."""
    return _native.user_token_request(parts(consent), *values)


_SCAN_KEYS = frozenset(["qr_text", "consent", "position", "verifier_dept", "verifier_name", "verifier_phone"])
_ID_KEYS = frozenset(
    ["number", "name", "consent", "papers_type", "organize_location", "apply_type", "lift_15"],
)


def row(values: Mapping[str, Any], consent: object) -> Asked:
    """One row of a batch: the keywords of ``verify_scan`` or of ``verify_id``.

    :raises TypeError: for keywords of neither: every row would fail in the same way.
    :raises skm.InputError: for values that are no text.
    """
    given: Dict[str, Any] = {"consent": consent, **values}
    if given.keys() <= _SCAN_KEYS and "qr_text" in given:
        return Asked(scan(**given), read_scan)
    if given.keys() <= _ID_KEYS and "number" in given and "name" in given:
        return Asked(id(**given), read_id)
    raise TypeError("a row needs qr_text, or number and name, and only keywords of verify_scan or verify_id")
