"""A pandas roster in, columns with verdicts out. Needs ``pip install skm[pandas]``."""

from __future__ import annotations

from typing import Callable, Optional

import pandas

from skm import _columns
from skm._client import Client, Deadline
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
    new = {
        prefix + "verdict": pandas.Series(columns["verdict"], index=frame.index, dtype="object"),
        prefix + "level": pandas.Series(columns["level"], index=frame.index, dtype="object"),
        prefix + "error": pandas.Series(columns["error"], index=frame.index, dtype="object"),
        prefix + "error_number": pandas.Series(columns["error_number"], index=frame.index, dtype="Int64"),
    }
    return frame.assign(**new)
