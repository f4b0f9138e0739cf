"""What runs on the executors: one client and one rate limit for each Python worker process."""

from __future__ import annotations

import time
from functools import lru_cache
from typing import Any, Dict, Iterator

import pandas
import skm


class Throttle:
    """At most `per_second` calls a second, evenly."""

    def __init__(self, per_second: float) -> None:
        self._gap = 1.0 / per_second
        self._next = time.monotonic()

    def wait(self) -> None:
        """Returns when the next call may start."""
        now = time.monotonic()
        if now < self._next:
            time.sleep(self._next - now)
        self._next = max(now, self._next) + self._gap


@lru_cache(maxsize=None)
def client(config: str) -> skm.Client:
    """The client of this process: opened once, its connections kept from one partition to the next."""
    return skm.Client(config)


@lru_cache(maxsize=None)
def throttle(per_second: float) -> Throttle:
    """The rate limit of this process."""
    return Throttle(per_second)


def verify(
    batches: Iterator[pandas.DataFrame],
    config: str,
    notice: str,
    per_second: float,
) -> Iterator[pandas.DataFrame]:
    """Number and name in; number, verdict and error out. Names go no further."""
    limit = throttle(per_second)

    def rows(batch: pandas.DataFrame) -> Iterator[Dict[str, Any]]:
        for number, name in zip(batch["number"], batch["name"]):
            limit.wait()
            yield {"number": number, "name": name}

    for batch in batches:
        checked = list(client(config).verify_many(rows(batch), consent=skm.Consent.authorised(notice)))
        yield pandas.DataFrame(
            {
                "number": batch["number"].to_list(),
                "verdict": [one.verdict.value for one in checked],
                "error": [None if one.error is None else one.error.name for one in checked],
            }
        )
