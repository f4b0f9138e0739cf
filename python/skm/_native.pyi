from typing import Any, Dict, Final, List, Optional, Tuple, final
from os import PathLike

from typing_extensions import disjoint_base

__version__: Final[str]

_Consent = Optional[Tuple[bool, str, Optional[float]]]
_Fetched = Tuple[int, Optional[Tuple[Any, ...]], Optional[Any]]

@final
class Request: ...
