"""Level and verdict. Neither has a truth value: a gate must ask for green."""

from __future__ import annotations

import enum
from typing import NoReturn


class Level(enum.Enum):
    """What the platform said about a person (tables B.3 and C)."""

    UNKNOWN = "unknown"
    """The platform said nothing, or nothing the dialect knows."""
    GREEN = "green"
    """绿码."""
    YELLOW = "yellow"
    """黄码."""
    RED = "red"
    """红码."""

    def __bool__(self) -> NoReturn:
        raise TypeError("a level is neither true nor false: write result.is_green")


class Verdict(enum.Enum):
    """What to do at the gate."""

    UNVERIFIED = "unverified"
    """Nothing is known: not green. Also the verdict of every failed call."""
    GREEN = "green"
    """A well-formed success whose level is exactly green."""
    YELLOW = "yellow"
    """黄码."""
    RED = "red"
    """红码."""

    def __bool__(self) -> NoReturn:
        raise TypeError("a verdict is neither true nor false: write verdict.is_green")

    @property
    def is_green(self) -> bool:
        """The only test to write at a gate."""
        return self is Verdict.GREEN
