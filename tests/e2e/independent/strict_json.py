"""JSON as an answer must be: UTF-8, no key twice, at most 32 levels; compact when written."""

import json

from .errors import Refused

MAX_DEPTH = 32
MAX_VALUES = 4096


class Fraction(float):
    """A number with a fraction or an exponent: never a code."""


def _object(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise ValueError("a key stands there twice")
    return dict(pairs)


def _no_constant(name):
    raise ValueError(name)


def _depth(value):
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


def _values(value):
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(map(_values, inner))


def parse(data):
    """Bytes or text to a value; anything odd is `answer_malformed`. One byte order mark before it is ignored."""
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
        text = text[1:] if text.startswith("\ufeff") else text
        value = json.loads(text, object_pairs_hook=_object, parse_float=Fraction, parse_constant=_no_constant)
        if _depth(value) > MAX_DEPTH or _values(value) > MAX_VALUES:
            raise ValueError("nested too deep, or too much")
    except (ValueError, RecursionError):
        raise Refused("answer_malformed") from None
    return value


def write(pairs):
    """Compact JSON of ordered pairs; absent values are left out."""
    return json.dumps(
        {key: value for key, value in pairs if value is not None}, ensure_ascii=False, separators=(",", ":")
    )


def code(value):
    """A code as text: an integer or a string; a fraction, a boolean or nothing is malformed."""
    if isinstance(value, str) and value:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise Refused("answer_malformed")


def unfold(value):
    """An object that may come as a JSON string, once or twice."""
    for _ in range(2):
        if isinstance(value, str):
            value = parse(value)
    if not isinstance(value, dict):
        raise Refused("answer_malformed")
    return value
