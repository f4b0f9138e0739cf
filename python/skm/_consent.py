"""The person's consent (clause 6): an argument of interfaces 1, 3 and 4.

It goes to the evidence log, where ``[audit]`` is configured, and is never sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Optional, Tuple

from skm import _native


@dataclass(frozen=True)
class Consent:
    """Consent of the person who is being verified: which kind, under which notice, when.

    The notice names the text the person agreed to; it must not hold personal data. A consent that no call would take is
    refused here: :class:`skm.InputError` for an empty notice, or for a time in the future.

    >>> Consent.explicit("notice A-12").kind
    'explicit'
    """

    kind: str
    """``explicit`` (明示同意) or ``authorised`` (授权同意)."""
    notice: str
    """The notice agreed to, such as ``notice A-12``: one line, at most 256 characters."""
    given_at: Optional[datetime] = None
    """When it was given; ``None`` means at the time of the call. Must know its time zone, and not be in the future."""

    def __post_init__(self) -> None:
        if self.kind not in ("explicit", "authorised"):
            raise ValueError("kind must be explicit or authorised: use Consent.explicit or Consent.authorised")
        if self.given_at is not None and self.given_at.tzinfo is None:
            raise ValueError("given_at must know its time zone, such as datetime.now(timezone.utc)")
        _native.check_consent(parts(self))

    @classmethod
    def explicit(cls, notice: str, *, given_at: Optional[datetime] = None) -> Consent:
        """明示同意: the person agreed in this place."""
        return cls("explicit", notice, given_at)

    @classmethod
    def authorised(cls, notice: str, *, given_at: Optional[datetime] = None) -> Consent:
        """授权同意: the person authorised it beforehand."""
        return cls("authorised", notice, given_at)


def parts(consent: object) -> Optional[Tuple[bool, str, Optional[float]]]:
    """What the native half takes; ``None`` for anything that is no consent, which it refuses."""
    if not isinstance(consent, Consent):
        return None
    when = None if consent.given_at is None else consent.given_at.timestamp()
    return consent.kind == "explicit", consent.notice, when
