"""The blocking client."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Callable, Iterable, Iterator, Mapping, Optional, Type

from skm import _batch, _requests
from skm._base import ClientBase, Deadline, seconds
from skm._batch import Checked
from skm._consent import Consent
from skm._results import IdResult, ScanResult, UserToken


class Client(ClientBase):
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
    >>> skm.Client(scan={"url": "scan.invalid"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    skm.ConfigError: the configuration is not valid: scan.url must be an absolute URL such as https://host/path, ...
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
        number: str,
        mobile: str,
        consent: Consent,
        papers_type: str = "1",
        email: Optional[str] = None,
        phone: Optional[str] = None,
        sex: Optional[str] = None,
        birth_date: Optional[str] = None,
        address: Optional[str] = None,
        post: Optional[str] = None,
        any_mobile: bool = False,
        lift_15: bool = False,
        deadline: Deadline = None,
    ) -> UserToken:
        """Interface 1, 江苏政务服务生成用户令牌接口 (Annex A): real-name data in, user token out.

        :param papers_type: certificate type of table A.2; ``1`` (居民身份证) is checked by GB 11643 before the call.
        :param sex: ``1`` male, ``0`` female.
        :param birth_date: ``yyyy-MM-dd``.
        :param any_mobile: lets mobile numbers pass that are not of the mainland.
        :param lift_15: lifts a 15-digit resident identity number to 18.
        :param deadline: seconds for the whole call, retries included.
        :raises skm.SkmError: any row of the error table. Never retried once the platform may have seen the request.
        """
        request = _requests.user_token(
            consent,
            name,
            number,
            mobile,
            papers_type,
            email,
            phone,
            sex,
            birth_date,
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
        ``name``…). Rows are taken only as there is room, so memory stays constant. Leaving the loop ends what runs. For
        rows that are there: while ``rows`` makes it wait for one, finished results wait too. A gate calls
        :meth:`verify_scan`, or :meth:`skm.aio.Client.verify_many`.

        :param consent: for rows that bring none of their own.
        :param concurrency: calls at once, at most ``http.max_connections``, which is the default.
        :param deadline: seconds for each row.
        :param progress: called with 1 after each row, such as ``tqdm.tqdm().update``.
        :raises TypeError: for a row that is neither; what ``rows`` raises passes through.
        """
        work = _batch.Work(self._native, consent, concurrency, seconds(deadline))
        return _batch.run(work, rows, progress)
