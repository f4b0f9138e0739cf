"""The operator's side, against an independent client where one is to be had."""

from __future__ import annotations

import base64
import json
import urllib.request
from pathlib import Path
from typing import Any, Dict, List
from urllib.parse import urlencode

import pytest
import skm
from skm import platform
from skm.sandbox import Sandbox
from support import CONSENT, Canned

AUTH_KEY, BODY_KEY = (base64.b64encode(bytes([number] * 16)).decode() for number in (1, 2))


def test_a_unit_is_understood_and_answered() -> None:
    """What our own client sends is opened, and what is sealed for it is read: once around."""
    keys = platform.IdKeys(auth_key=AUTH_KEY, body_key=BODY_KEY)
    section = {"account": "skm_auth_demo", "auth_key": AUTH_KEY, "body_key": BODY_KEY, "apply_type": "人行闸机通道"}
    number, name = "320000198506304142", "𠮷野家"
    sealed = keys.seal_answer(number=number, name=name, level="green", travel="当日未核验", reason="")
    with Canned(body=json.dumps({"code": 200, "message": "ok", "data": sealed}).encode()) as server:
        client = skm.Client(id={"url": server.url, **section})
        result = client.verify_id(number=number, name=name, organize_location="示范医院", consent=CONSENT)
        (seen,) = server.seen
    assert result.is_green and result.name == name and result.travel == "当日未核验"
    assert keys.open_auth(seen.headers["auth"]) == "skm_auth_demo"
    body = keys.open_body(seen.body)
    assert body == platform.IdBody(number, name, "示范医院", "人行闸机通道")
    assert number not in repr(body) and name not in repr(body) and "***" in repr(keys)


def test_what_cannot_be_opened_is_one_error() -> None:
    keys = platform.IdKeys(auth_key=AUTH_KEY, body_key=BODY_KEY)
    sealed = platform.Cipher("aes-128-ecb", bytes([2] * 16))
    texts = set()
    for body in (b"", b"%%%", b"AAAA", b"\xff", sealed.seal(b"\xff").encode(), sealed.seal(b"[1]").encode()):
        with pytest.raises(skm.AnswerError) as caught:
            keys.open_body(body)
        texts.add((caught.value.name, str(caught.value)))
    assert len(texts) == 1 and next(iter(texts))[0] == "answer_unreadable"
    with pytest.raises(skm.InputError, match="name is missing"):
        keys.open_body(sealed.seal(b'{"userid":"1"}').encode())


def test_keys_are_checked() -> None:
    for key in ("", "AAAA", "geheim geheim geheim"):
        with pytest.raises(skm.ConfigError) as caught:
            platform.IdKeys(auth_key=AUTH_KEY, body_key=key)
        assert caught.value.name == ("key_invalid" if key else "config_invalid")
        assert "geheim" not in str(caught.value)
    with pytest.raises(skm.ConfigError, match="16 bytes"):
        platform.Cipher("aes-128-ecb", b"short")
    with pytest.raises(skm.InputError, match="aes-128-ecb"):
        platform.Cipher("rot13", bytes(16))


FORM = {
    "url": "https://skm.example.invalid/i?qrCode=V2" + "0" * 32 + "#/result",
    "source": "wuxi",
    "position": "江苏省,无锡市,梁溪区,示范路1号",
    "verifierDept": "示范医院",
    "verifierName": "𠮷野",
    "verifierPhone": "17700000000",
    "token": "t" * 64,
}


def test_the_form_of_interface_3() -> None:
    call = platform.read_scan(urlencode(FORM).encode())
    assert (call.qr_text, call.verifier_name, call.token) == (FORM["url"], "𠮷野", "t" * 64)
    for secret in (FORM["url"], "𠮷野", "t" * 64, "17700000000"):
        assert secret not in repr(call)
    assert "t" * 64 not in repr(call.token)
    for field in FORM:
        rest = {key: value for key, value in FORM.items() if key != field}
        with pytest.raises(skm.InputError, match=field + " is missing"):
            platform.read_scan(urlencode(rest).encode())
    with pytest.raises(skm.InputError, match="twice"):
        platform.read_scan(urlencode([*FORM.items(), ("url", "x")]).encode())
    with pytest.raises(skm.InputError, match="UTF-8"):
        platform.read_scan(b"url=%ff")


def test_the_gateway_of_interface_1(skm_sandbox: Sandbox) -> None:
    values = {"appmark": "a", "time": "20260101080000", "servicename": "s", "params": '{"name":"张三"}'}
    values["sign"] = platform.sign("a", "word", values["time"])
    form = urlencode(values)
    ways: List[Dict[str, Any]] = [
        {"method": "GET", "query": form},
        {"method": "POST", "content_type": "application/x-www-form-urlencoded", "body": form.encode()},
        {"method": "POST", "content_type": "application/json; charset=UTF-8", "body": json.dumps(values).encode()},
    ]
    for way in ways:
        call = platform.read_user_token(**way)
        assert call.params == values["params"]
        assert platform.check_sign(call, "word") and not platform.check_sign(call, "ward")
        assert "张三" not in repr(call) and values["sign"] not in repr(call)
    with pytest.raises(skm.InputError, match="content type"):
        platform.read_user_token(method="POST", content_type="text/plain", body=form.encode())
    with pytest.raises(skm.InputError, match="GET or POST"):
        platform.read_user_token(method="PUT")


def test_the_window_of_a_time_stamp() -> None:
    now = 1767225600.0  # 2026-01-01 08:00:00 in China
    assert platform.check_time("20260101080000", now=now) is None
    assert platform.check_time("20260101080459", now=now) is None
    assert platform.check_time("20260101080501", now=now) == "time is 301 s ahead of this machine's clock"
    assert platform.check_time("20260101000000", now=now) == "time is -28800 s ahead of this machine's clock"
    assert platform.check_time("", now=now) == "time is not of the dialect's format"


def test_results_are_passed_on_whole() -> None:
    result = skm.ScanResult(skm.Level.RED, name="张*", tip="红色", extra={"new": [1], "level": "green"})
    passed = platform.scan_answer(result)
    assert passed["res"] == {"name": "张*", "level": "red", "tip": "红色", "new": [1]}
    unknown = platform.scan_answer(skm.ScanResult(skm.Level.UNKNOWN))
    assert "level" not in unknown["res"]
    smuggled = platform.scan_answer(skm.ScanResult(skm.Level.UNKNOWN, extra={"level": "green"}))
    assert "level" not in smuggled["res"], "a level that was not understood must not come back as green"


def test_results_are_passed_on_in_the_words_of_the_units_edition(tmp_path: Path) -> None:
    city = tmp_path / "city.toml"
    text = (
        skm.built_in_dialect()
        .replace('green = ["green", "1"]', 'green = ["绿"]')
        .replace('success = "0"', 'success = "A"')
    )
    city.write_text(text.replace('yellow = ["yellow", "2"]', 'yellow = ["4"]'), encoding="utf-8")
    words = {skm.Level.GREEN: "绿", skm.Level.YELLOW: "4", skm.Level.RED: "red", skm.Level.UNKNOWN: None}
    keys = platform.IdKeys(auth_key=AUTH_KEY, body_key=BODY_KEY, dialect=str(city))
    cipher = platform.Cipher("aes-128-ecb", bytes([2] * 16))
    for level, word in words.items():
        passed = platform.scan_answer(skm.ScanResult(level), dialect=str(city))
        assert passed == {"resCode": "A", "resMessage": "OK", "res": {"level": word} if word else {}}
        answer = platform.id_answer(skm.IdResult(level, "320000198506304142", "张三"), keys)
        inner = json.loads(cipher.open(answer["data"]))
        assert answer["code"] == 200 and inner["levelData"] == (word or "unknown")


def test_a_lenient_sandbox_takes_another_order(skm_sandbox: Sandbox) -> None:
    form = urlencode([("params", "{}"), ("servicename", "s"), ("sign", "s"), ("time", "t"), ("appmark", "a")]).encode()
    with Sandbox(lenient=True) as lenient:
        codes = [
            json.loads(sandbox_answer(sandbox.url + "/jsjis/gateway/interface.do", form))["retcode"]
            for sandbox in (skm_sandbox, lenient)
        ]
    assert codes == ["203", "201"]


def sandbox_answer(url: str, form: bytes) -> bytes:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(url, form, timeout=10) as answer:
        body: bytes = answer.read()
    return body


@pytest.mark.parametrize("now", [1e19, -1.0, float("nan"), float("inf")])
def test_a_moment_that_no_clock_shows(now: float) -> None:
    with pytest.raises(skm.InputError) as caught:
        platform.check_time("20260101080000", now=now)
    assert caught.value.field == "now"


def test_a_lone_surrogate_is_not_shown() -> None:
    text = "params=张三\ud842"
    calls: List[Dict[str, Any]] = [
        {"method": "GET", "query": text},
        {"method": text},
        {"method": "POST", "content_type": text},
    ]
    for arguments in calls:
        with pytest.raises(skm.InputError) as caught:
            platform.read_user_token(**arguments)
        assert caught.value.name == "input_encoding" and "张三" not in repr(caught.value)
    with pytest.raises(skm.InputError):
        platform.Cipher("\ud842", bytes(16))
