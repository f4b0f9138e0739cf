"""The conformance vectors, made by another implementation, through the public Python API and over a real socket."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any, Dict, List

import pytest
import skm
from skm import platform
from support import CONSENT, Canned, scan_section

Case = Dict[str, Any]

KEY = base64.b64encode(bytes(16)).decode()


def load(vectors: Path, name: str, part: str = "cases") -> List[Case]:
    cases: List[Case] = json.loads((vectors / name).read_text("utf-8"))[part]
    assert cases
    return cases


def test_sign(vectors: Path) -> None:
    for case in load(vectors, "sign.json"):
        made = platform.sign(case["appmark"], case["appword"], case["time"])
        assert made == case["sign"], case
        call = platform.UserTokenCall(case["appmark"], case["time"], made.upper(), "", "")
        assert platform.check_sign(call, case["appword"])
        other = platform.UserTokenCall(case["appmark"], case["time"] + "0", made, "", "")
        assert not platform.check_sign(other, case["appword"])


def cipher(case: Case) -> platform.Cipher:
    iv = bytes.fromhex(case["iv_hex"]) if case.get("iv_hex") else bytes(16)
    return platform.Cipher(case["cipher"], base64.b64decode(case["key_base64"]), iv)


def test_cipher(vectors: Path) -> None:
    for case in load(vectors, "cipher.json"):
        assert cipher(case).seal(case["plaintext"].encode()) == case["ciphertext_base64"], case
        assert cipher(case).open(case["ciphertext_base64"]) == case["plaintext"], case
    for case in load(vectors, "cipher.json", "tolerated"):
        assert cipher(case).open(case["ciphertext_base64"]) == case["plaintext"], case
    texts = set()
    for case in load(vectors, "cipher.json", "rejected"):
        with pytest.raises(skm.AnswerError) as caught:
            cipher(case).open(case["ciphertext_base64"])
        assert caught.value.name == case["error"], case
        texts.add(str(caught.value))
    assert len(texts) == 1, "the error tells what is wrong inside: a padding oracle"


def test_masks(vectors: Path) -> None:
    masks = {"name": skm.mask.name, "certificate": skm.mask.certificate, "phone": skm.mask.phone}
    for case in load(vectors, "mask.json"):
        assert masks[case["kind"]](case["input"]) == case["masked"], case


def test_certificate_numbers(vectors: Path) -> None:
    for case in load(vectors, "id_number.json"):
        if case["valid"]:
            parsed = skm.ResidentId.parse(case["number"])
            assert parsed.number == case["normalised"]
            assert parsed.birth_date.isoformat() == case["birth_date"]
            assert parsed.sex == case["sex"]
        else:
            with pytest.raises(ValueError) as caught:
                skm.ResidentId.parse(case["number"])
            assert str(caught.value) == case["reason"], case
        if case.get("lifted"):
            assert skm.ResidentId.parse(case["number"], lift_15=True).number == case["lifted"]


def test_qr_texts(vectors: Path) -> None:
    client = skm.Client()
    for case in load(vectors, "qr.json"):
        if case.get("error"):
            for parse in (skm.parse_qr, client.check_qr):
                with pytest.raises(skm.InputError) as caught:
                    parse(case["text"])
                assert caught.value.name == case["error"], case
            continue
        parsed = skm.parse_qr(case["text"])
        assert parsed == client.check_qr(case["text"])
        assert parsed.text == case.get("sent", case["text"]), case
        assert parsed.code == case["qr_code"], case
        assert parsed.division == case.get("division"), case


def test_display_urls(vectors: Path) -> None:
    for case in load(vectors, "display.json"):
        client = skm.Client(display={"url": case["page"]})
        assert client.display_url(case["token"], case.get("uuid")) == case["url"], case


def dialect(folder: Path, **changes: str) -> str:
    """A dialect file like the built-in one, with other values."""
    source = skm.built_in_dialect()
    for key, value in changes.items():
        old = [line for line in source.splitlines() if line.startswith(key + " = ")]
        assert len(old) == 1, (key, old)
        source = source.replace(old[0], '{} = "{}"'.format(key, value))
    path = folder / "dialect.toml"
    path.write_text(source, "utf-8")
    return str(path)


OURS = {"papersnumber": "number", "paperstype": "papers_type", "birthdate": "birth_date", "userid": "number"}


def ask(case: Case, url: str, folder: Path) -> None:
    config = dict(case["config"])
    request = {OURS.get(name, name): value for name, value in case["request"].items()}
    if case["interface"] == "issue_user_token":
        edition = dialect(folder, method=config.pop("method"))
        client = skm.Client(
            dialect=edition, user_token={"url": url + "/g", **config}, _frozen_at=float(case["clock_unix"])
        )
        client.issue_user_token(consent=CONSENT, **request)
    elif case["interface"] == "verify_scan":
        skm.Client(scan={"url": url + "/g", **config}).verify_scan(consent=CONSENT, **request)
    else:
        edition = dialect(folder, cipher=config.pop("cipher"), iv=config.pop("iv_hex", None) or "0" * 32)
        client = skm.Client(dialect=edition, id={"url": url + "/g", **config})
        client.verify_id(
            number=request.pop("number"),
            consent=CONSENT,
            organize_location=request.pop("organizeLocation", None) or request.pop("organize_location", None),
            apply_type=request.pop("applyType", None) or request.pop("apply_type", None),
            **request,
        )


def test_wire(vectors: Path, tmp_path: Path) -> None:
    with Canned() as server:
        for case in load(vectors, "wire.json"):
            server.seen.clear()
            with pytest.raises(skm.AnswerError):
                ask(case, server.url, tmp_path)
            (seen,) = server.seen
            wire = case["wire"]
            assert seen.method == wire["method"], case
            if seen.method == "GET":
                assert seen.path == "/g?" + wire["query"], case
                continue
            assert seen.path == "/g"
            assert seen.body.decode() == wire["body"], case
            assert seen.headers["content-type"].split(";")[0] == wire["content_type"], case
            for name, value in wire.get("headers", {}).items():
                assert seen.headers[name] == value, case


def answer(case: Case, url: str) -> Any:
    http = {"retries": 0}
    if case["interface"] == "issue_user_token":
        client = skm.Client(user_token={"url": url, "appmark": "a", "appword": "w"}, http=http)
        return client.issue_user_token(name="张三", number="320000198506304142", mobile="13800001234", consent=CONSENT)
    if case["interface"] == "verify_scan":
        client = skm.Client(scan=scan_section(url), http=http)
        return client.verify_scan(
            qr_text="https://skm.example.invalid/index.html?qrCode=V2" + "0" * 32 + "#/result", consent=CONSENT
        )
    section = {"url": url, "account": "a", "auth_key": KEY, "body_key": case["body_key"]}
    client = skm.Client(id=section, http=http)
    return client.verify_id(number=case["asked"]["userid"], name="张三", consent=CONSENT)


def test_answers(vectors: Path) -> None:
    with Canned() as server:
        for case in load(vectors, "answer.json"):
            server.answer = (case["http_status"], case["body"].encode())
            if case.get("error"):
                with pytest.raises(skm.SkmError) as caught:
                    answer(case, server.url)
                assert caught.value.name == case["error"], case
                assert caught.value.platform_code == case.get("platform_code"), case
                assert caught.value.verdict is skm.Verdict.UNVERIFIED
                continue
            result = answer(case, server.url)
            for name, expected in case["expect"].items():
                if name == "level":
                    assert result.level is skm.Level(expected), case
                elif name == "green":
                    assert result.is_green is expected, case
                    assert (result.verdict is skm.Verdict.GREEN) is expected, case
                else:
                    assert getattr(result, OURS.get(name, name)) == expected, (name, case)
