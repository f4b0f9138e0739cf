"""Names as people write them, and as broken programs deliver them."""

from __future__ import annotations

import json
from typing import Any, Dict
from urllib.parse import parse_qs

import pytest
import skm
from support import CONSENT, Canned, scan_section

NAMES = ["张三丰", "𠮷野家", "阿卜杜拉·买买提", "O'Brien & Söhne +%=", "한국", "e\u0301", "Z\u200bZ", "\ufffd"]


@pytest.mark.parametrize("name", NAMES)
def test_names_cross_whole_in_both_directions(name: str) -> None:
    body = json.dumps(
        {"resCode": 0, "resMessage": "OK", "res": {"level": "green", "name": name, "new": {name: [name]}}}
    )
    with Canned(body=body.encode()) as server, skm.Client(scan=scan_section(server.url)) as client:
        qr_text = "https://skm.example.invalid/i?qrCode=V2" + "0" * 32 + "#/result"
        result = client.verify_scan(qr_text=qr_text, verifier_name=name, consent=CONSENT)
        sent = parse_qs(server.seen[0].body.decode(), strict_parsing=True)
    assert sent["verifierName"] == [name]
    assert result.name == name and result.extra == {"new": {name: [name]}}


def test_json_types_of_further_members() -> None:
    extra: Dict[str, Any] = {"n": None, "t": True, "i": 2**53, "f": 1.5, "l": [1, "二", {}], "o": {"k": []}}
    body = json.dumps({"resCode": 0, "resMessage": "OK", "res": {"level": "red", **extra}})
    with Canned(body=body.encode()) as server, skm.Client(scan=scan_section(server.url)) as client:
        qr_text = "https://skm.example.invalid/i?qrCode=V2" + "0" * 32 + "#/result"
        found = client.verify_scan(qr_text=qr_text, consent=CONSENT).extra
    assert found == extra
    assert type(found["t"]) is bool and type(found["i"]) is int


@pytest.mark.parametrize(
    "name, kind",
    [
        ("\ud842", "input_encoding"),
        ("张\udfb7三", "input_encoding"),
        ("张三".encode("gbk"), "input_encoding"),
        ("张\0三", "input_invalid"),
        ("张\n三", "input_invalid"),
        ("", "input_invalid"),
        ("   ", "input_invalid"),
        ("\u3000\u200b\0", "input_invalid"),
        ("王\ue000", "input_invalid"),
        ("张" * 257, "input_invalid"),
        (None, "input_invalid"),
        (3, "input_invalid"),
        (float("nan"), "input_invalid"),
    ],
)
def test_what_is_no_name(client: skm.Client, name: Any, kind: str) -> None:
    with pytest.raises(skm.InputError) as caught:
        client.verify_id(number="320000198506304142", name=name, consent=CONSENT)
    assert caught.value.name == kind
    assert caught.value.field == "name"
    assert "张" not in str(caught.value) and "张" not in caught.value.technical_zh
    # The interpreter's own error, which carries the text, must not hang on to ours.
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_a_gbk_reader_is_named(client: skm.Client) -> None:
    with pytest.raises(skm.InputError, match="gbk"):
        client.verify_id(number="320000198506304142", name="张三".encode("gbk"), consent=CONSENT)  # type: ignore[arg-type]
