"""苏康码 (SKM): the four Jiangsu health-code service interfaces of DB32/T 3761.46-2021.

A gate in three lines::

    client = skm.Client("skm.toml")
    result = client.verify_scan(qr_text=scanned, consent=skm.Consent.explicit("notice A-12"))
    open_gate() if result.is_green else call_staff(result.verdict)

- :class:`Client`, :class:`skm.aio.Client`: the four calls, blocking and for asyncio;
- :class:`Verdict`, :class:`Level`: nothing but a well-formed green answer is green, and nothing is true by accident;
- :class:`SkmError` and its groups: every way a call can fail, safe to log;
- :mod:`skm.platform`: the other side of the wire, for operators; :mod:`skm.sandbox`: a province platform for tests;
- :mod:`skm.pandas`, :mod:`skm.polars`: a roster in, columns with verdicts out.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from skm import mask
from skm._batch import Checked
from skm._client import Client
from skm._consent import Consent
from skm._errors import (
    AnswerError,
    AuditError,
    ConfigError,
    ErrorKind,
    InputError,
    InternalError,
    NetworkError,
    RefusedError,
    SkmError,
    UsageError,
)
from skm._native import __version__
from skm._results import Credential, IdResult, QrText, ScanResult, UserToken
from skm._rules import ResidentId, built_in_dialect, parse_qr
from skm._verdict import Level, Verdict

__all__ = [
    "AnswerError",
    "AuditError",
    "Checked",
    "Client",
    "ConfigError",
    "Consent",
    "Credential",
    "ErrorKind",
    "IdResult",
    "InputError",
    "InternalError",
    "Level",
    "NetworkError",
    "QrText",
    "RefusedError",
    "ResidentId",
    "ScanResult",
    "SkmError",
    "UsageError",
    "UserToken",
    "Verdict",
    "__version__",
    "built_in_dialect",
    "mask",
    "parse_qr",
]

# Imported when first asked for: a gate needs no asyncio and no sandbox, and pandas may not be there.
_ON_DEMAND = frozenset(["aio", "pandas", "platform", "polars", "sandbox"])

if TYPE_CHECKING:
    from skm import aio as aio
    from skm import pandas as pandas
    from skm import platform as platform
    from skm import polars as polars
    from skm import sandbox as sandbox
else:

    def __getattr__(name: str) -> Any:
        if name in _ON_DEMAND:
            return import_module(f"skm.{name}")
        raise AttributeError(f"module 'skm' has no attribute {name!r}")


def _name_by_place() -> None:
    """Tracebacks and pickles then say ``skm.ConfigError``, not ``skm._errors.ConfigError``."""
    for name in __all__:
        item = globals()[name]
        if isinstance(item, type):
            item.__module__ = "skm"


_name_by_place()
