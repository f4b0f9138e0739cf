"""The conformance vectors, checked by the independent client: a third opinion on the files themselves."""

import base64
import json
from datetime import date

import pytest

from independent import answers, cipher, person, requests, sign
from independent.errors import Refused

FAR_AHEAD = date(2026, 1, 1)


def key(case, name="key_base64"):
    return base64.b64decode(case[name])


def named(case):
    return {"iv": bytes.fromhex(case["iv_hex"])} if "iv_hex" in case else {}


def test_sign(vectors):
    cases = vectors("sign.json")["cases"]
    assert cases
    for case in cases:
        assert case["appmark"] + case["appword"] + case["time"] == case["text"]
        assert sign.sign(case["appmark"], case["appword"], case["time"]) == case["sign"], case["name"]


def test_cipher(vectors):
    file = vectors("cipher.json")
    assert {case["cipher"] for case in file["cases"]} == {"aes-128-ecb", "aes-128-cbc", "sm4-ecb", "sm4-cbc"}
    for case in file["cases"]:
        sealed = cipher.seal(case["cipher"], key(case), case["plaintext"], **named(case))
        assert sealed == case["ciphertext_base64"], case["name"]
        assert cipher.open_sealed(case["cipher"], key(case), sealed, **named(case)) == case["plaintext"], case["name"]
    for case in file["tolerated"]:
        assert cipher.open_sealed(case["cipher"], key(case), case["ciphertext_base64"]) == case["plaintext"], case[
            "name"
        ]
    for case in file["rejected"]:
        with pytest.raises(Refused) as refused:
            cipher.open_sealed(case["cipher"], key(case), case["ciphertext_base64"])
        assert refused.value.name == case["error"], case["name"]


def test_display(vectors):
    for case in vectors("display.json")["cases"]:
        assert requests.display_url(case["page"], case["token"], case["uuid"]) == case["url"]


def test_certificate_numbers(vectors):
    for case in vectors("id_number.json")["cases"]:
        fault = person.certificate_fault(case["number"], FAR_AHEAD)
        assert fault == case.get("reason"), case["name"]
        assert (fault is None) == case["valid"], case["name"]
        if "lifted" in case:
            assert person.lift(case["number"]) == case["lifted"]
        if case["valid"]:
            number = person.as_sent(case["number"])
            assert number == case["normalised"]
            assert person.birth_date(number, FAR_AHEAD).isoformat() == case["birth_date"]
            assert person.sex(number) == case["sex"]


def test_masks(vectors):
    masks = {"name": person.mask_name, "certificate": person.mask_certificate, "phone": person.mask_phone}
    for case in vectors("mask.json")["cases"]:
        assert masks[case["kind"]](case["input"]) == case["masked"], case["input"]


def test_qr_texts(vectors):
    for case in vectors("qr.json")["cases"]:
        if "error" in case:
            with pytest.raises(Refused) as refused:
                person.read_qr(case["text"])
            assert refused.value.name == case["error"], case["name"]
            continue
        sent, code = person.read_qr(case["text"])
        assert (sent, code) == (case.get("sent", case["text"]), case["qr_code"]), case["name"]
        assert person.division(code) == case["division"], case["name"]


def wire_of(case):
    config, request = case["config"], case["request"]
    if case["interface"] == "issue_user_token":
        stamp = sign.timestamp(case["clock_unix"])
        pairs = requests.token_pairs(config["appmark"], config["appword"], stamp, config["servicename"], request)
        return requests.token_wire(pairs, config["method"])
    if case["interface"] == "verify_scan":
        return requests.scan_wire(
            requests.scan_pairs(
                request["qr_text"],
                config["source"],
                request["position"],
                request["verifier_dept"],
                request["verifier_name"],
                request["verifier_phone"],
                config["token"],
            )
        )
    body = requests.id_body(
        person.as_sent(request["userid"]),
        person.as_written(request["name"]),
        request.get("organize_location"),
        request.get("apply_type"),
    )
    return requests.id_wire(config["account"], key(config, "auth_key"), key(config, "body_key"), body, config["cipher"])


def test_wire(vectors):
    cases = vectors("wire.json")["cases"]
    assert {case["interface"] for case in cases} == {"issue_user_token", "verify_scan", "verify_id"}
    for case in cases:
        made, wanted = wire_of(case), case["wire"]
        assert made.method == wanted["method"]
        assert made.query == wanted.get("query", "")
        assert made.body.decode("ascii" if case["interface"] != "issue_user_token" else "utf-8") == wanted.get(
            "body", ""
        )
        assert made.content_type == wanted.get("content_type")
        assert made.headers == wanted.get("headers", {})


def read_answer(case):
    status, body = case["http_status"], case["body"].encode("utf-8")
    if case["interface"] == "issue_user_token":
        return answers.user_token(status, body)
    if case["interface"] == "verify_scan":
        return answers.scan(status, body)
    return answers.id_card(status, body, key(case, "body_key"), case["asked"]["userid"])


def test_answers(vectors):
    cases = vectors("answer.json")["cases"]
    greens = 0
    for case in cases:
        if "error" in case:
            with pytest.raises(Refused) as refused:
                read_answer(case)
            assert refused.value.name == case["error"], case["name"]
            assert refused.value.platform_code == case.get("platform_code"), case["name"]
            continue
        result = read_answer(case)
        greens += result.get("green", False)
        for name, value in case["expect"].items():
            assert result[name] == value, (case["name"], name)
    assert 0 < greens < len(cases)


def test_no_vector_file_is_forgotten(vectors):
    for name in ("sign", "cipher", "display", "id_number", "mask", "qr", "wire", "answer"):
        assert json.dumps(vectors(name + ".json"))
