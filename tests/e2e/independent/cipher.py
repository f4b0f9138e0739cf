"""Annex D: the envelope. AES by pycryptodome, SM4 by `cryptography`; padding and Base64 by hand."""

import base64
import binascii
import re

from Crypto.Cipher import AES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .errors import Refused

BLOCK = 16
ZERO_IV = bytes(BLOCK)


def raw_encrypt(name, key, data, iv=ZERO_IV):
    """Whole blocks, no padding. `name` is such as `aes-128-ecb`."""
    if name.startswith("aes"):
        return _aes(name, key, iv).encrypt(data)
    encryptor = _sm4(name, key, iv).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def raw_decrypt(name, key, data, iv=ZERO_IV):
    if name.startswith("aes"):
        return _aes(name, key, iv).decrypt(data)
    decryptor = _sm4(name, key, iv).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _aes(name, key, iv):
    return AES.new(key, AES.MODE_CBC, iv) if name.endswith("cbc") else AES.new(key, AES.MODE_ECB)


def _sm4(name, key, iv):
    return Cipher(algorithms.SM4(key), modes.CBC(iv) if name.endswith("cbc") else modes.ECB())


def pad(data):
    count = BLOCK - len(data) % BLOCK
    return data + bytes([count]) * count


def unpad(data):
    count = data[-1] if data else 0
    if not 1 <= count <= BLOCK or data[-count:] != bytes([count]) * count:
        raise Refused("answer_unreadable")
    return data[:-count]


def read_base64(text):
    """Tolerates white space, the URL-safe alphabet and missing padding characters."""
    plain = re.sub(r"\s", "", text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        raise Refused("answer_unreadable") from None


def seal(name, key, text, iv=ZERO_IV):
    return base64.b64encode(raw_encrypt(name, key, pad(text.encode("utf-8")), iv)).decode("ascii")


def open_sealed(name, key, text, iv=ZERO_IV):
    """Every failure is the same `answer_unreadable`."""
    data = read_base64(text)
    if not data or len(data) % BLOCK:
        raise Refused("answer_unreadable")
    try:
        return unpad(raw_decrypt(name, key, data, iv)).decode("utf-8")
    except UnicodeDecodeError:
        raise Refused("answer_unreadable") from None
