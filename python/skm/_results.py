"""What calls give: frozen, comparable, picklable, and masked wherever they are shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Mapping, NoReturn, Optional

from skm import mask
from skm._verdict import Level, Verdict


class Credential(str):
    """A text whose ``repr()`` is stars: a user token, or a page URL with one in it. Keep it out of logs.

    >>> Credential("5c1eb7")
    Credential('***')
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return "Credential('***')"

    def __reduce__(self) -> Any:
        return Credential, (str.__str__(self),)


def _masked(text: Optional[str], how: Any) -> str:
    return "None" if text is None else repr(how(text))


def _nothing() -> Dict[str, Any]:
    return {}


class _Verified:
    """What the results of interfaces 3 and 4 share."""

    verdict: Verdict

    @property
    def is_green(self) -> bool:
        """The only test to write at a gate."""
        return self.verdict.is_green

    def __bool__(self) -> NoReturn:
        raise TypeError("a result is neither true nor false: write result.is_green")


@dataclass(frozen=True, repr=False)
class ScanResult(_Verified):
    """What interface 3 answers (table B.3). Name, number and phone are as masked by the platform."""

    level: Level
    """``level``; unknown if missing or not in the dialect's alphabet."""
    name: Optional[str] = None
    """``name``."""
    id_number_masked: Optional[str] = None
    """``idcardNo``, masked by the platform: first 4 and last 4 kept."""
    phone: Optional[str] = None
    """``phone``."""
    tip: Optional[str] = None
    """``tip``: advice led by the colour word."""
    qr_code: Optional[str] = None
    """``qrCode``."""
    extra: Mapping[str, Any] = field(default_factory=_nothing, hash=False)
    """Members the standard does not name, as received."""
    verdict: Verdict = Verdict.UNVERIFIED
    """What to do at the gate, as the library decided it. A result made by hand is unverified unless told otherwise."""

    def __repr__(self) -> str:
        name = _masked(self.name, mask.name)
        return f"ScanResult(level={self.level.value}, name={name}, …)"


@dataclass(frozen=True, repr=False)
class IdResult(_Verified):
    """What interface 4 answers (Annex C)."""

    level: Level
    """``levelData``; unknown if not in the dialect's alphabet."""
    number: str
    """``userid``: always the number that was asked for."""
    name: str
    """``name``."""
    travel: Optional[str] = None
    """``xcValue``: travel record text."""
    reason: Optional[str] = None
    """``exceptionCodeReason``: why a code is not green."""
    extra: Mapping[str, Any] = field(default_factory=_nothing, hash=False)
    """Members the standard does not name, as received."""
    verdict: Verdict = Verdict.UNVERIFIED
    """What to do at the gate, as the library decided it. A result made by hand is unverified unless told otherwise."""

    def __repr__(self) -> str:
        number, name = mask.certificate(self.number), mask.name(self.name)
        return f"IdResult(level={self.level.value}, number={number!r}, name={name!r}, …)"


@dataclass(frozen=True, repr=False)
class UserToken:
    """What interface 1 answers (table A.4). Both are opaque; the token is a credential."""

    token: Credential
    """The user's token for :meth:`skm.Client.display_url`."""
    uuid: Optional[str] = None
    """The user's id at the platform."""

    def __repr__(self) -> str:
        return "UserToken(token='***', uuid={})".format("None" if self.uuid is None else "'***'")


@dataclass(frozen=True, repr=False)
class QrText:
    """A scanned text that is a health code by its shape."""

    text: str
    """The whole text, as it is sent."""
    code: str
    """The code's identity: between ``qrCode=`` and the next ``&`` or ``#``."""
    division: Optional[str] = None
    """The six-digit division code, such as ``320000``, if the code has one."""

    def __repr__(self) -> str:
        return f"QrText('***', division={self.division!r})"
