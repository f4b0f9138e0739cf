"""The command and every answer a platform can give: only a well-formed green is green, and nothing personal is told."""

import base64
import json

import pytest

from support.platform import GIVEN, GREEN, SCAN, config_text, green_for, id_answer, scan_answer, write
from support.unit import MOBILE, NAME, NUMBER

EXITS = {"green": 0, "yellow": 10, "red": 11, "unknown": 12}


def test_every_answer_vector_through_the_command(unit, vectors):
    """Status and body of each vector, served by the second platform."""
    checked = 0
    for case in vectors("answer.json")["cases"]:
        if "body_key" in case:
            unit.platform.body_key = base64.b64decode(case["body_key"])
            unit.config.write_text(config_text(unit.base, unit.platform.body_key), encoding="utf-8")
        ran = run_vector(unit, case)
        said = ran.json()
        checked += 1
        if "error" in case:
            assert ran.exit in (4, 5, 6), case["name"]
            assert (said["ok"], said["verdict"], said["error"]["name"]) == (False, "unverified", case["error"]), case[
                "name"
            ]
            if "platform_code" in case:
                assert said["error"]["platform_code"] == case["platform_code"], case["name"]
            continue
        for name, value in case["expect"].items():
            seen = said["verdict"] == "green" if name == "green" else said["number" if name == "userid" else name]
            assert seen == value, (case["name"], name)
        assert ran.exit == (EXITS[said["level"]] if "level" in said else 0), case["name"]
    assert checked == len(vectors("answer.json")["cases"]) > 60


def run_vector(unit, case):
    unit.platform.answer_with(case["http_status"], case["body"].encode())
    if case["interface"] == "issue_user_token":
        return unit.token()
    if case["interface"] == "verify_scan":
        return unit.scan()
    return unit.id(number=case["asked"]["userid"], name=case["asked"]["name"])


def scan_of(level, **more):
    return scan_answer({**GREEN, "level": level, **more})


NOT_GREEN = {
    "unknown word": scan_of("greenish"),
    "trailing blank": scan_of("green "),
    "full-width": scan_of("ｇreen"),
    "zero-width blank": scan_of("GREEN\u200b"),
    "chinese word": scan_of("绿"),
    "true": scan_of(True),
    "list": scan_of(["green"]),
    "object": scan_of({"level": "green"}),
    "1.0": scan_of(1.0),
    "digit with zero": scan_of("01"),
    "no level": scan_answer({"name": "张三"}),
    "res null": scan_answer(None),
    "res text": scan_answer("green"),
    "res list": scan_answer([{"level": "green"}]),
    "code null": scan_answer(GREEN, None),
    "code 00": scan_answer(GREEN, "00"),
    "code blank": scan_answer(GREEN, " 0"),
    "code +0": scan_answer(GREEN, "+0"),
    "code false": scan_answer(GREEN, False),
    "code 0e0": scan_answer(GREEN).replace(b'"resCode": 0', b'"resCode": 0e0'),
    "code list": scan_answer(GREEN, [0]),
    "two codes": scan_answer(GREEN).replace(b"{", b'{"resCode": 1, ', 1),
    "two levels": scan_answer(GREEN).replace(b'"level": "green"', b'"level": "red", "level": "green"'),
    "two levels, escaped": scan_answer(GREEN).replace(b'"level": "green"', b'"l\\u0065vel": "red", "level": "green"'),
    "more behind": scan_answer(GREEN) + b"{}",
    "bom": b"\xef\xbb\xbf" + scan_answer(GREEN)[:-1],
    "cut": scan_answer(GREEN)[:-1],
    "gbk": scan_answer(GREEN).decode().encode("gbk"),
    "utf-16": scan_answer(GREEN).decode().encode("utf-16"),
    "deep": scan_answer({**GREEN, "deep": json.loads("[" * 40 + "]" * 40)}),
    "nan": scan_answer(GREEN).replace(b'"OK"', b"NaN"),
    "html": b"<html><body>green</body></html>",
    "empty": b"",
    "null": b"null",
    "number": b"0",
}


@pytest.mark.parametrize("what", sorted(NOT_GREEN))
def test_nothing_but_a_well_formed_green_is_green(unit, what):
    unit.platform.answer_with(200, NOT_GREEN[what])
    ran = unit.scan()
    said = ran.json()
    assert ran.exit not in (0, 10, 11) and said["verdict"] == "unverified", said
    assert said["ok"] == (ran.exit == 12)


@pytest.mark.parametrize("status", [201, 204, 206, 301, 302, 307, 400, 401, 403, 404, 429, 500, 502, 503])
def test_no_other_http_status_is_green(unit, status):
    headers = {"Location": unit.base + SCAN} if 300 <= status < 400 else {}
    unit.platform.answer_with(status, b"" if status == 204 else scan_answer(GREEN), headers)
    ran = unit.scan()
    said = ran.json()
    assert said["verdict"] == "unverified" and ran.exit != 0
    if 300 <= status < 400:
        assert (said["error"]["name"], ran.exit) == ("redirect_refused", 4)
    elif status >= 400:
        assert (said["error"]["name"], ran.exit) == ("http_status", 4)
        assert str(status) in said["error"]["message"]
        assert said["error"]["retryable"] == (status == 429 or status >= 500)


def test_levels_and_unknown_members(unit):
    for level in EXITS:
        unit.platform.answer_with(200, scan_of(level, cityNo="320200", temperature=36.5, qrCode="V5x"))
        ran = unit.scan()
        said = ran.json()
        assert (ran.exit, said["level"]) == (EXITS[level], level)
        assert said["verdict"] == ("unverified" if level == "unknown" else level)
        assert said["extra"]["cityNo"] == "320200" and said["extra"]["temperature"] == 36.5


def test_an_answer_about_somebody_else_is_no_answer(unit):
    unit.platform.answer_with(200, id_answer(green_for("320000198506304142", NAME)))
    ran = unit.id()
    assert (ran.exit, ran.json()["error"]["name"]) == (5, "answer_malformed")
    unit.platform.answer_with(200, id_answer(green_for(NUMBER.lower(), NAME)))
    assert unit.id().exit == 0
    for wrong in (
        id_answer(green_for(NUMBER, NAME), key=b"0123456789abcdef"),
        id_answer("hello"),
        id_answer("张三" * 40),
    ):
        unit.platform.answer_with(200, wrong)
        ran = unit.id()
        assert (ran.exit, ran.json()["error"]["name"]) == (5, "answer_unreadable")


def test_what_the_platform_says_is_kept_but_masked(unit):
    """A platform that repeats the request in its refusal must not carry it into a log of ours."""
    words = "{} {} {} {} 不符".format(NAME, NUMBER, MOBILE, GIVEN["unit_token"])
    unit.platform.answer_with(200, write({"retcode": "990001", "msg": words}))
    ran = unit.token()
    error = ran.json()["error"]
    assert (ran.exit, error["name"], error["platform_code"]) == (5, "refused", "990001")
    unit.platform.answer_with(200, write({"code": 500, "message": words}))
    ran_id = unit.id()
    unit.platform.answer_with(200, write({"resCode": 1, "resMessage": words}))
    ran_scan = unit.scan()
    for said in (ran, ran_id, ran_scan):
        for secret in (NUMBER, MOBILE, GIVEN["unit_token"]):
            assert secret not in said.out + said.err


def test_a_huge_answer_is_refused(unit):
    unit.platform.answer_with(200, scan_of("green", pad="x" * (2 << 20)))
    ran = unit.scan()
    assert (ran.exit, ran.json()["error"]["name"]) == (4, "answer_too_large")
