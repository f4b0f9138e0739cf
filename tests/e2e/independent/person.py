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
    number = number.strip(PADDING)
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
    """`x` is accepted and sent as `X`; padding is not sent."""
    number = number.strip(PADDING)
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


ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"
PADDING = (
    "".join(map(chr, range(0x21)))
    + "".join(map(chr, range(0x7F, 0xA1)))
    + ZERO_WIDTH
    + ("\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000")
)
"""White space, zero-width and control characters: what card readers and scanners put at both ends."""
NAME_PADDING = "".join(character for character in PADDING if character.isspace() and not "\x1c" <= character <= "\x1f")
NAME_PADDING += ZERO_WIDTH + "\0"
DOTS = "\u2022\u2027\u2219\u22c5\u30fb\uff65\uff0e"
HAN = "[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005\u3007\U00020000-\U0003fffd]"


def as_written(name):
    """A name as it is sent: without padding, its dots between Chinese characters as U+00B7."""
    return re.sub(f"(?<={HAN})[{DOTS}](?={HAN})", "\u00b7", name.strip(NAME_PADDING))


def read_qr(text):
    """The text to send and the code in it."""
    sent = re.sub(r"\A(\]Q[0-9])?(\\[0-9]{6})?", "", text.strip(PADDING))
    if not sent or len(sent) > 4096 or not all("!" <= character <= "~" for character in sent):
        raise Refused("input_invalid")
    if sent.count("qrCode=") > 1 or sent.count("://") > 1 or sent.count("#") > 1:
        raise Refused("input_invalid")
    lower = sent.lower()
    encoded = "%3a%2f%2f" in lower and "qrcode%3d" in lower
    if "QRCODE=" in sent or ("://" not in sent and ("qrcode=" in lower or encoded)):
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
