"""Masking for your own logs, by the same rules as the library's.

>>> from skm import mask
>>> mask.name("张三丰"), mask.certificate("320000198506304142"), mask.phone("13800001234")
('张**', '320*************42', '138****1234')
"""

from __future__ import annotations

from skm import _native

__all__ = ["certificate", "name", "phone"]


def name(text: str) -> str:
    """The first character, then one ``*`` for each further one."""
    return _native.mask_name(text)


def certificate(text: str) -> str:
    """The first 3 and last 2 characters kept, one ``*`` each between; 5 or fewer are all stars."""
    return _native.mask_certificate(text)


def phone(text: str) -> str:
    """``138****1234`` for 11 characters, else only the last 2 kept."""
    return _native.mask_phone(text)
