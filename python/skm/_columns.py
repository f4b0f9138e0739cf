"""What the helpers for pandas and polars share: a frame's rows in, four columns out."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional

from skm._base import Deadline
from skm._batch import Checked
from skm._client import Client
from skm._consent import Consent

COLUMNS = ("verdict", "level", "error", "error_number")


def keywords(number: Optional[str], name: Optional[str], qr_text: Optional[str]) -> Dict[str, str]:
    """Which column holds which keyword of a call."""
    if qr_text is not None and number is None and name is None:
        return {"qr_text": qr_text}
    if qr_text is None and number is not None and name is not None:
        return {"number": number, "name": name}
    raise TypeError("name the columns: qr_text=…, or number=… and name=…")


def verify(
    client: Client,
    rows: Iterable[Mapping[str, Any]],
    consent: Consent,
    concurrency: Optional[int],
    deadline: Deadline,
    progress: Optional[Callable[[int], object]],
) -> Dict[str, List[Any]]:
    """The new columns, by name. What a call gave beside the level is not kept: the frame stays free of it."""
    columns: Dict[str, List[Any]] = {column: [] for column in COLUMNS}
    checked_rows: Iterator[Checked] = client.verify_many(
        rows, consent=consent, concurrency=concurrency, deadline=deadline, progress=progress
    )
    for checked in checked_rows:
        columns["verdict"].append(checked.verdict.value)
        columns["level"].append(checked.level.value)
        columns["error"].append(None if checked.error is None else checked.error.name)
        columns["error_number"].append(None if checked.error is None else checked.error.number)
    return columns
