"""The goals as ratios within one run, and whether each was reached."""

from dataclasses import dataclass
from typing import Callable, Dict, List, Optional, Sequence

from clients import JAVA_PEERS

HTTPS = "scan https {}"


@dataclass(frozen=True)
class Goal:
    """A figure with the bound it must not pass; ``value`` is ``None`` where something needed was not measured."""

    text: str
    value: Optional[float]
    bound: float
    at_least: bool = False
    unit: str = ""

    @property
    def reached(self) -> Optional[bool]:
        if self.value is None:
            return None
        return self.value >= self.bound if self.at_least else self.value <= self.bound


class Results:
    """What was measured, looked up without fear of what is missing."""

    def __init__(self, found: dict) -> None:
        self.found = found

    def figure(self, cell: str, client: str, name: str = "cpu_us") -> Optional[float]:
        return self.found["cells"].get(cell, {}).get(client, {}).get(name)

    def ratio(self, cell: str, ours: str, peers: Sequence[str], name: str = "cpu_us") -> Optional[float]:
        """Ours over the best of the peers."""
        mine = self.figure(cell, ours, name)
        theirs = [value for value in (self.figure(cell, peer, name) for peer in peers) if value is not None]
        return mine / min(theirs) if mine is not None and theirs else None

    def other(self, *path: str) -> Optional[float]:
        value: object = self.found
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value


def goals(found: dict) -> List[Goal]:
    """All goals of the benchmark."""
    results = Results(found)
    ratio = results.ratio
    listed = [
        Goal(
            f"core / libcurl, https, {threads} thread{'s' * (threads > 1)}",
            ratio(HTTPS.format(threads), "core", ["libcurl"]),
            bound,
        )
        for threads, bound in ((1, 0.80), (8, 0.90), (64, 0.90))
    ]
    listed += [
        Goal("core / raw bound, https, 1 thread", ratio(HTTPS.format(1), "core", ["raw"]), 2.3),
        Goal("core, verify_scan, https: instructions a call", results.other("instructions", "core_scan_https"), 95_000),
        Goal("core, verify_id, https: instructions a call", results.other("instructions", "core_id_https"), 110_000),
        Goal("C / core, https, 1 thread", ratio(HTTPS.format(1), "c", ["core"]), 1.03),
    ]
    for threads in (1, 64):
        cell = HTTPS.format(threads)
        listed.append(Goal(f"Python / requests, https, {threads}", ratio(cell, "python", ["requests"]), 1 / 15))
        listed.append(Goal(f"Python / httpx, https, {threads}", ratio(cell, "python", ["httpx"]), 1 / 10))
    inflight = "scan https 1000 in flight"
    listed.append(
        Goal(
            "asyncio / httpx.AsyncClient, calls a second",
            ratio(inflight, "python-async", ["httpx-async"], "per_s"),
            5,
            True,
        )
    )
    for threads, bound in ((1, 0.80), (8, 0.40), (64, 0.40)):
        listed.append(
            Goal(f"Java / best Java peer, https, {threads}", ratio(HTTPS.format(threads), "java", JAVA_PEERS), bound)
        )
    listed += [
        Goal("JNI sign, µs", results.other("sign_us", "JNI"), 0.5),
        Goal(
            "import skm / import requests",
            _quotient(results.other("import_ms", "skm"), results.other("import_ms", "requests")),
            0.25,
        ),
    ]
    for ours, peers in (("core", ["libcurl"]), ("python", ["requests", "httpx", "urllib3"]), ("java", JAVA_PEERS)):
        listed.append(
            Goal(
                f"resident memory, {ours} / leanest of its peers, https, 64",
                ratio(HTTPS.format(64), ours, peers, "rss_mb"),
                1.0,
            )
        )
    few, many = results.other("batch", "few"), results.other("batch", "many")
    listed += [
        Goal("verify_many, memory of 1 000 000 rows / of 10 000", _of(many, few, "rss_mb"), 1.10),
        Goal("verify_many, rows a second of 1 000 000 / of 10 000", _of(many, few, "rows_per_s"), 0.90, True),
    ]
    fair = results.other("fairness") or {}
    listed += [
        Goal(
            "200 threads, 16 connections, a platform of 50 ms: p99 / that of a fair queue",
            _quotient(fair.get("p99_ms"), fair.get("ideal_ms")),
            1.3,
        ),
        Goal("the same: calls that failed", fair.get("failed"), 0),
    ]
    return listed


def _of(left: Optional[Dict[str, float]], right: Optional[Dict[str, float]], name: str) -> Optional[float]:
    return left[name] / right[name] if left and right else None


def _quotient(left: Optional[float], right: Optional[float]) -> Optional[float]:
    return left / right if left is not None and right else None
