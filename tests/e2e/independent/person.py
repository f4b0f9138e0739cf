"""Sections 3, 6 and 8: QR texts, certificate numbers, masks."""

import re
from datetime import date

from .errors import Refused

CHECK = "10X98765432"
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_character(seventeen):
    return CHECK[sum(int(digit) * weight for digit, weight in zip(seventeen, WEIGHTS)) % 11]


def certificate_fault(number, today):
    """`length`, `character`, `birth_date`, `check_digit`, or None for a valid number."""
    if not re.match(r"^[0-9Xx]*\Z", number):
        return "character"
    if len(number) != 18:
        return "length"
    if not number[:17].isdigit():
        return "character"
    if birth_date(number, today) is None:
        return "birth_date"
    return None if number[17].upper() == check_character(number[:17]) else "check_digit"


def birth_date(number, today):
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return born if born <= today else None


def as_sent(number):
    """`x` is accepted and sent as `X`."""
    return number[:-1] + "X" if len(number) == 18 and number.endswith("x") else number


def sex(number):
    return "male" if int(number[16]) % 2 else "female"


def lift(fifteen):
    longer = fifteen[:6] + "19" + fifteen[6:]
    return longer + check_character(longer)


def mask_name(name):
    return name[:1] + "*" * (len(name) - 1)


def mask_certificate(number):
    return number[:3] + "*" * (len(number) - 5) + number[-2:] if len(number) > 5 else "*" * len(number)


def mask_phone(phone):
    if len(phone) == 11:
        return phone[:3] + "****" + phone[-4:]
    return "*" * (len(phone) - 2) + phone[-2:] if len(phone) > 2 else "*" * len(phone)


def read_qr(text):
    """The text to send and the code in it."""
    sent = text.strip(" \t\r\n\f\v\ufeff")
    if not sent or len(text) > 4096 or not all("!" <= character <= "~" for character in sent):
        raise Refused("input_invalid")
    found = re.search(r"qrCode=([^&#]+)", sent)
    if not found:
        raise Refused("qr_not_skm")
    if not sent.endswith("result"):
        raise Refused("qr_incomplete")
    return sent, found.group(1)


def division(code):
    found = re.match(r"^V[0-9][0-9a-f]{32}([0-9]{6})$", code)
    return found.group(1) if found else None
