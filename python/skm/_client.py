"""The blocking client."""

from __future__ import annotations

import atexit
import weakref
from datetime import timedelta
from types import TracebackType
from typing import Any, Callable, Iterable, Iterator, List, Mapping, Optional, Tuple, Type, Union

from skm import _batch, _native, _requests, _settings
from skm._batch import Checked
from skm._consent import Consent
from skm._results import Credential, IdResult, QrText, ScanResult, UserToken

Deadline = Union[float, timedelta, None]
"""Seconds, or a ``timedelta``; ``None`` means ``http.deadline_ms`` of the configuration."""

Section = Optional[Mapping[str, Any]]

_open: weakref.WeakSet[_ClientBase]


def seconds(deadline: Deadline) -> Optional[float]:
    """What the native half takes."""
    return deadline.total_seconds() if isinstance(deadline, timedelta) else deadline


class _ClientBase:
    """What the blocking and the asyncio client share: opening, and what needs no network."""

    def __init__(
        self,
        config: _settings.ConfigSource = None,
        *,
        dialect: Optional[str] = None,
        user_token: Section = None,
        display: Section = None,
        scan: Section = None,
        id: Section = None,
        http: Section = None,
        audit: Section = None,
        _limit: Optional[int] = None,
        _frozen_at: Optional[float] = None,
    ) -> None:
        sections = {
            "dialect": dialect,
            "user_token": user_token,
            "display": display,
            "scan": scan,
            "id": id,
            "http": http,
            "audit": audit,
        }
        self._path, pairs = _settings.read(config, sections)
        self._native = _native.Client(self._path, pairs, _limit, _frozen_at)
        _open.add(self)

    @property
    def closed(self) -> bool:
        """Whether the client was closed."""
        return self._native.closed

    def display_url(self, token: str, uuid: Optional[str] = None) -> Credential:
        """Interface 2, 苏康码亮码接口 (clause 6.2): the URL of the page for a user token. No network call is made.

        The URL is a credential: its ``repr()`` is stars; keep it out of logs.

        :raises skm.ConfigError: without a ``[display]`` section.
        :raises skm.InputError: for an empty token.

        >>> import skm
        >>> client = skm.Client(display={"url": "https://page.invalid/jkmIndex.html"})
        >>> print(client.display_url("5c1e", "P2021"))
        https://page.invalid/jkmIndex.html?token=5c1e&uuid=P2021
        """
        return Credential(self._native.display_url(token, uuid))

    def check_qr(self, qr_text: str) -> QrText:
        """Checks a scanned text without a network call, by the dialect's rules.

        :raises skm.InputError: ``input_invalid``, ``qr_not_skm`` or ``qr_incomplete``.
        """
        return QrText(*self._native.check_qr(qr_text))

    def __reduce__(self) -> Tuple[Any, ...]:
        if self._path is None:
            raise TypeError(
                "a client made of values is not sent to another process, its keys would go along: "
                "open it from a file, or open one in each process"
            )
        return type(self), (self._path,)

    def __repr__(self) -> str:
        return f"<skm {type(self).__module__}.{type(self).__qualname__} {'closed' if self.closed else 'open'}>"


class Client(_ClientBase):
    """Calls the platform. Thread-safe: share one. Opening connects nowhere yet.

    ``config`` is the path of a ``skm.toml``, or the same content as a mapping; sections may also be given as keyword
    arguments. Relative paths inside a file are relative to it, others to the working directory.

    Every call releases the GIL, ends within its deadline, and is refused with ``closed`` once the client is closed. A
    forked child finds a working client with connections of its own. A client opened from a file can be pickled: the
    other process opens the same file.

    :raises skm.ConfigError: naming file, line, key and what would be right.
    :raises skm.NetworkError: ``tls_failed`` without root certificates.
    :raises skm.AuditError: if the evidence log cannot be opened.

    >>> import skm
    >>> skm.Client(scan={"url": "scan.invalid"})
    Traceback (most recent call last):
    skm._errors.ConfigError: the configuration is not valid: scan.url must be an absolute http or https URL
    """

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        trace: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends running calls with ``closed``, at once, and refuses later ones. Closing again does nothing."""
        self._native.close()

    def issue_user_token(
        self,
        *,
        name: str,
        papersnumber: str,
        mobile: str,
        consent: Consent,
        paperstype: str = "1",
        email: Optional[str] = None,
        phone: Optional[str] = None,
        sex: Optional[str] = None,
        birthdate: Optional[str] = None,
        address: Optional[str] = None,
        post: Optional[str] = None,
        any_mobile: bool = False,
        lift_15: bool = False,
        deadline: Deadline = None,
    ) -> UserToken:
        """Interface 1, 江苏政务服务生成用户令牌接口 (Annex A): real-name data in, user token out.

        :param paperstype: certificate type of table A.2; ``1`` (居民身份证) is checked by GB 11643 before the call.
        :param sex: ``1`` male, ``0`` female.
        :param birthdate: ``yyyy-MM-dd``.
        :param any_mobile: lets mobile numbers pass that are not of the mainland.
        :param lift_15: lifts a 15-digit resident identity number to 18.
        :param deadline: seconds for the whole call, retries included.
        :raises skm.SkmError: any row of the error table. Never retried once the platform may have seen the request.
        """
        request = _requests.user_token(
            consent,
            name,
            papersnumber,
            mobile,
            paperstype,
            email,
            phone,
            sex,
            birthdate,
            address,
            post,
            any_mobile,
            lift_15,
        )
        return _requests.read_user_token(self._native.call(request, seconds(deadline)))

    def verify_scan(
        self,
        *,
        qr_text: str,
        consent: Consent,
        position: Optional[str] = None,
        verifier_dept: Optional[str] = None,
        verifier_name: Optional[str] = None,
        verifier_phone: Optional[str] = None,
        deadline: Deadline = None,
    ) -> ScanResult:
        """Interface 3, 苏康码扫码核验接口 (Annex B): asks for the level behind a scanned code.

        The verifier's fields default to the configuration's ``[scan]``.

        :param qr_text: the full text of the scanned code; what scanners add around it is stripped.
        :param position: ``province,city,district,street``.
        :param deadline: seconds for the whole call, retries included.
        :raises skm.SkmError: any row of the error table; none of them is green.
        """
        request = _requests.scan(qr_text, consent, position, verifier_dept, verifier_name, verifier_phone)
        return _requests.read_scan(self._native.call(request, seconds(deadline)))

    def verify_id(
        self,
        *,
        number: str,
        name: str,
        consent: Consent,
        papers_type: str = "1",
        organize_location: Optional[str] = None,
        apply_type: Optional[str] = None,
        lift_15: bool = False,
        deadline: Deadline = None,
    ) -> IdResult:
        """Interface 4, 苏康码证件号码核验接口 (Annexes C and D): asks for the level of a person.

        :param papers_type: how the number is checked before the call (table A.2); never sent.
        :param lift_15: lifts a 15-digit resident identity number to 18.
        :param deadline: seconds for the whole call, retries included.
        :raises skm.SkmError: any row of the error table; none of them is green.
        """
        request = _requests.id(number, name, consent, papers_type, organize_location, apply_type, lift_15)
        return _requests.read_id(self._native.call(request, seconds(deadline)))

    def verify_many(
        self,
        rows: Iterable[Mapping[str, Any]],
        *,
        consent: Optional[Consent] = None,
        concurrency: Optional[int] = None,
        deadline: Deadline = None,
        progress: Optional[Callable[[int], object]] = None,
    ) -> Iterator[Checked]:
        """Verifies many rows at once; results in the order of the rows. One failed row never stops the rest.

        A row is a mapping with the keywords of :meth:`verify_scan` (``qr_text``…) or of :meth:`verify_id` (``number``,
        ``name``…). Rows are taken only as there is room, so memory stays constant. Leaving the loop ends what runs.

        :param consent: for rows that bring none of their own.
        :param concurrency: calls at once, at most ``http.max_connections``, which is the default.
        :param deadline: seconds for each row.
        :param progress: called with 1 after each row, such as ``tqdm.tqdm().update``.
        :raises TypeError: for a row that is neither; what ``rows`` raises passes through.
        """
        work = _batch.Work(self._native, consent, concurrency, seconds(deadline))
        return _batch.run(work, rows, progress)


_open = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    # Calls in flight end while the interpreter is still whole: none comes back into one that is being taken down.
    clients: List[_ClientBase] = list(_open)
    for client in clients:
        client._native.close()
