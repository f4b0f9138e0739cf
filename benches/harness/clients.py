"""Who is measured: ours and the peers, how each is started, how many calls it makes, and in which cells."""

from dataclasses import dataclass, field
from typing import Dict, List, Tuple


@dataclass(frozen=True)
class Client:
    """One program that takes the arguments of ``src/driver.rs`` and prints its report."""

    name: str
    title: str
    command: List[str]
    calls: int
    warmup: int
    environment: Dict[str, str] = field(default_factory=dict)
    asynchronous: bool = False


@dataclass(frozen=True)
class Cell:
    """One situation in which all clients are measured in turns."""

    interface: str
    scheme: str
    threads: int
    asynchronous: bool = False
    apart: bool = False

    @property
    def key(self) -> str:
        more = " in flight" if self.asynchronous else " apart" if self.apart else ""
        return f"{self.interface} {self.scheme} {self.threads}{more}"

    @property
    def pinned(self) -> bool:
        """Whether client and server share one processor, so that what is measured is the call.

        One thread and its server take turns; on two processors each turn also wakes one that has gone idle, which on a
        virtual machine costs more than a call, and less for clients whose compiler threads keep the processor awake.
        """
        return self.threads == 1 and not self.apart


CELLS: Tuple[Cell, ...] = (
    Cell("scan", "https", 1),
    Cell("scan", "https", 1, apart=True),
    Cell("scan", "https", 8),
    Cell("scan", "https", 64),
    Cell("id", "https", 1),
    Cell("scan", "https", 1000, asynchronous=True),
    Cell("scan", "http", 1),
    Cell("scan", "http", 8),
    Cell("scan", "http", 64),
    Cell("id", "http", 1),
)

QUICK_CELLS: Tuple[Cell, ...] = (Cell("scan", "https", 1), Cell("scan", "https", 8), Cell("id", "https", 1))

RUST = ("core", "raw")
JAVA_PEERS = ("java-urlconnection", "java-httpclient", "java-apache")
PYTHON_PEERS = ("requests", "httpx", "urllib3")
PEERS = ("raw", "libcurl", *PYTHON_PEERS, "httpx-async", *JAVA_PEERS)
