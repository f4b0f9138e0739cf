"""The native half: handles and conversion. Private; its shape may change in any release."""

from os import PathLike
from typing import Any, Final, List, Optional, Tuple, Union, final

_Consent = Optional[Tuple[bool, str, Optional[float]]]
_Fetched = Tuple[int, Any, Any]

__all__ = [
    "Call",
    "Cipher",
    "Client",
    "Completions",
    "Keys",
    "Request",
    "Sandbox",
    "__version__",
    "check_consent",
    "dialect_source",
    "forget_threads",
    "generation",
    "id_request",
    "leave",
    "make_sign",
    "mask_certificate",
    "mask_name",
    "mask_phone",
    "parse_qr",
    "read_scan_call",
    "scan_answer_body",
    "read_user_token_call",
    "resident_id",
    "run_command",
    "scan_request",
    "sign_matches",
    "time_fault",
    "user_token_request",
]

__version__: Final[str]

@final
class Request: ...

@final
class Call:
    def cancel(self) -> None: ...

@final
class Completions:
    def __new__(cls) -> Completions: ...
    def fileno(self) -> int: ...
    def fetch(self) -> List[_Fetched]: ...
    def wait(self, seconds: float) -> List[_Fetched]: ...

@final
class Client:
    def __new__(
        cls,
        path: Optional[Union[str, PathLike[str]]],
        pairs: List[Tuple[str, Any]],
        max_connections: Optional[int] = None,
        frozen_at: Optional[float] = None,
    ) -> Client: ...
    def call(self, request: Request, deadline: Optional[float]) -> Tuple[Any, ...]: ...
    def submit(
        self,
        request: Request,
        deadline: Optional[float],
        completions: Completions,
        ticket: int,
    ) -> Call: ...
    def display_url(self, token: str, uuid: Optional[str]) -> str: ...
    def check_qr(self, scanned: str) -> Tuple[str, str, Optional[str]]: ...
    def close(self) -> None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def audit_failures(self) -> int: ...
    @property
    def max_connections(self) -> int: ...
    @property
    def deadline(self) -> float: ...

@final
class Cipher:
    def __new__(cls, algorithm: str, key: bytes, iv: bytes) -> Cipher: ...
    def seal(self, plain: bytes) -> str: ...
    def open(self, sealed: str) -> str: ...

@final
class Keys:
    def __new__(cls, auth_key: str, body_key: str, dialect_path: Optional[str] = None) -> Keys: ...
    def open_auth(self, header: str) -> str: ...
    def open_body(self, body: bytes) -> Tuple[str, str, Optional[str], Optional[str]]: ...
    def seal_answer(
        self,
        number: str,
        name: str,
        level: str,
        travel: Optional[str],
        reason: Optional[str],
    ) -> str: ...
    def answer(
        self,
        number: str,
        name: str,
        level: str,
        travel: Optional[str],
        reason: Optional[str],
    ) -> str: ...

@final
class Sandbox:
    def __new__(cls, seed: int, lenient: bool = False) -> Sandbox: ...
    def stop(self) -> None: ...
    @property
    def url(self) -> str: ...
    @property
    def config(self) -> str: ...

def check_consent(parts: Optional[Tuple[bool, str, Optional[float]]]) -> None: ...
def scan_request(
    consent_parts: _Consent,
    qr_text: str,
    position: Optional[str],
    verifier_dept: Optional[str],
    verifier_name: Optional[str],
    verifier_phone: Optional[str],
) -> Request: ...
def id_request(
    consent_parts: _Consent,
    number: str,
    name: str,
    papers_type: str,
    organize_location: Optional[str],
    apply_type: Optional[str],
    lift_15: bool,
) -> Request: ...
def user_token_request(
    consent_parts: _Consent,
    name: str,
    number: str,
    mobile: str,
    papers_type: str,
    email: Optional[str],
    phone: Optional[str],
    sex: Optional[str],
    birth_date: Optional[str],
    address: Optional[str],
    post: Optional[str],
    any_mobile: bool,
    lift_15: bool,
) -> Request: ...
def mask_name(text: str) -> str: ...
def mask_certificate(text: str) -> str: ...
def mask_phone(text: str) -> str: ...
def resident_id(
    number: str,
    lift_15: bool,
) -> Tuple[Optional[str], Optional[str], Optional[str], Optional[str]]: ...
def parse_qr(
    scanned: str,
    dialect_path: Optional[Union[str, PathLike[str]]] = None,
) -> Tuple[str, str, Optional[str]]: ...
def dialect_source() -> str: ...
def make_sign(appmark: str, appword: str, time: str) -> str: ...
def sign_matches(appmark: str, appword: str, time: str, given: str) -> bool: ...
def time_fault(
    time: str,
    now: float,
    window: float,
    dialect_path: Optional[Union[str, PathLike[str]]] = None,
) -> Optional[Tuple[str, Optional[int]]]: ...
def read_user_token_call(
    method: str,
    content_type: Optional[str],
    query: Optional[str],
    body: bytes,
) -> Tuple[str, str, str, str, str]: ...
def scan_answer_body(
    level: str,
    name: Optional[str],
    id_number_masked: Optional[str],
    phone: Optional[str],
    tip: Optional[str],
    qr_code: Optional[str],
    extra: str,
    dialect_path: Optional[str] = None,
) -> str: ...
def read_scan_call(body: bytes) -> Tuple[str, str, str, str, str, str, str]: ...
def leave() -> None: ...
def forget_threads() -> None: ...
def generation() -> int: ...
def run_command(arguments: List[str]) -> int: ...
