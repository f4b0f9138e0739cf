"""Rules that need no client."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Optional

from skm import _native, mask
from skm._results import QrText


@dataclass(frozen=True, repr=False)
class ResidentId:
    """A checked resident identity number (GB 11643-1999).

    >>> ResidentId.parse("32000019851227770x").birth_date
    datetime.date(1985, 12, 27)
    """

    number: str
    """18 characters, ``X`` in upper case."""
    birth_date: date
    """Date of birth."""
    sex: str
    """``female`` or ``male``."""

    @classmethod
    def parse(cls, number: str, *, lift_15: bool = False) -> ResidentId:
        """Checks a number; ``lift_15`` also takes the 15-digit form and lifts it.

        :raises ValueError: with the fault as its text: ``character``, ``length``, ``birth_date`` or ``check_digit``.
        """
        normal, born, sex, fault = _native.resident_id(number, lift_15)
        if normal is None or born is None or sex is None:
            raise ValueError(fault)
        return cls(normal, date.fromisoformat(born), sex)

    def __repr__(self) -> str:
        return f"ResidentId({mask.certificate(self.number)!r})"


def parse_qr(qr_text: str, *, dialect: Optional[str] = None) -> QrText:
    """Checks a scanned text by the rules of a dialect file, or of the built-in one.

    :raises skm.InputError: ``input_invalid``, ``qr_not_skm`` or ``qr_incomplete``.
    """
    return QrText(*_native.parse_qr(qr_text, dialect))


def built_in_dialect() -> str:
    """The built-in dialect as TOML text: the start of a city's own variant."""
    return _native.dialect_source()
