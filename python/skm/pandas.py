"""A pandas roster in, columns with verdicts out. Needs ``pip install skm-client[pandas]``."""

# Pyright cannot read every release of pandas for Python 3.8; mypy checks the types here.
# pyright: reportUnknownVariableType=false

from __future__ import annotations

from typing import Callable, Optional

import pandas

from skm import _columns
from skm._base import Deadline
from skm._client import Client
from skm._consent import Consent

__all__ = ["add_verdicts"]


def add_verdicts(
    client: Client,
    frame: pandas.DataFrame,
    *,
    consent: Consent,
    number: Optional[str] = None,
    name: Optional[str] = None,
    qr_text: Optional[str] = None,
    prefix: str = "skm_",
    concurrency: Optional[int] = None,
    deadline: Deadline = None,
    progress: Optional[Callable[[int], object]] = None,
) -> pandas.DataFrame:
    """A copy of ``frame`` with the columns ``skm_verdict``, ``skm_level``, ``skm_error`` and ``skm_error_number``.

    ``number`` and ``name``, or ``qr_text``, name the columns that are asked about. Numbers must be text: a number that
    was read as an integer or a float has lost its ``X``, or its digits; such rows, and missing values, fail with
    ``input_invalid``.

    Nobody is green but where ``skm_verdict`` is ``"green"``.
    """
    asked = _columns.keywords(number, name, qr_text)
    series = [frame[column] for column in asked.values()]
    rows = (dict(zip(asked, values)) for values in zip(*series))
    columns = _columns.verify(client, rows, consent, concurrency, deadline, progress)
    checked = frame.copy()
    for column, values in columns.items():
        dtype = "Int64" if column == "error_number" else "object"
        checked[prefix + column] = pandas.Series(values, index=frame.index, dtype=dtype)
    return checked
