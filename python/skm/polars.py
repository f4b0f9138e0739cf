"""A polars roster in, columns with verdicts out. Needs ``pip install skm-client[polars]``."""

from __future__ import annotations

from typing import Callable, Optional

import polars

from skm import _columns
from skm._base import Deadline
from skm._client import Client
from skm._consent import Consent

__all__ = ["add_verdicts"]


def add_verdicts(
    client: Client,
    frame: polars.DataFrame,
    *,
    consent: Consent,
    number: Optional[str] = None,
    name: Optional[str] = None,
    qr_text: Optional[str] = None,
    prefix: str = "skm_",
    concurrency: Optional[int] = None,
    deadline: Deadline = None,
    progress: Optional[Callable[[int], object]] = None,
) -> polars.DataFrame:
    """``frame`` with the columns ``skm_verdict``, ``skm_level``, ``skm_error`` and ``skm_error_number``.

    As :func:`skm.pandas.add_verdicts`. Nobody is green but where ``skm_verdict`` is ``"green"``.
    """
    asked = _columns.keywords(number, name, qr_text)
    selected = frame.select([polars.col(column).alias(keyword) for keyword, column in asked.items()])
    columns = _columns.verify(client, selected.iter_rows(named=True), consent, concurrency, deadline, progress)
    return frame.with_columns(
        polars.Series(prefix + "verdict", columns["verdict"], dtype=polars.String),
        polars.Series(prefix + "level", columns["level"], dtype=polars.String),
        polars.Series(prefix + "error", columns["error"], dtype=polars.String),
        polars.Series(prefix + "error_number", columns["error_number"], dtype=polars.Int64),
    )
