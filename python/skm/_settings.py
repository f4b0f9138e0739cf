"""What a client can be opened with: a path, a mapping, or keyword arguments."""

from __future__ import annotations

import os
from typing import Any, Iterator, List, Mapping, Optional, Tuple, Union, cast

ConfigSource = Union[str, "os.PathLike[str]", Mapping[str, Any], None]
"""A path of a ``skm.toml``, or its content as a mapping of sections."""

Pairs = List[Tuple[str, Any]]


def read(config: ConfigSource, sections: Mapping[str, Any]) -> Tuple[Optional[str], Pairs]:
    """The absolute path, or the dotted keys and values."""
    given = {key: value for key, value in sections.items() if value is not None}
    if config is None:
        return None, list(_flatten(given))
    if isinstance(config, Mapping):
        return None, [*_flatten(config), *_flatten(given)]
    if given:
        raise TypeError("give a file or keyword sections, not both: a file is complete in itself")
    return os.path.abspath(os.fspath(config)), []


def _flatten(mapping: Mapping[str, Any], prefix: str = "") -> Iterator[Tuple[str, Any]]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _flatten(cast(Mapping[str, Any], value), f"{prefix}{key}.")
        elif isinstance(value, os.PathLike):
            yield f"{prefix}{key}", os.fspath(cast("os.PathLike[str]", value))
        elif value is not None:
            yield f"{prefix}{key}", value
