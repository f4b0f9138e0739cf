"""The command against the second platform: exact bytes out, every answer read right, nothing personal told."""

import base64
import json
import socket
import threading
import time

import pytest

from independent import cipher, person
from support.platform import (
    BODY_KEY, GIVEN, GREEN, SCAN, TOKEN, UUID, config_text, green_for, id_answer, scan_answer, start_platform,
    token_answer, write,
)

CONSENT = "notice A-12"
NUMBER, NAME, MOBILE = "32000019851227770X", "𠮷·O'Brien", "13800001234"
QR = "https://skm.example.invalid/a/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000&b=k%2BFF%3D%2F#/result"
EXITS = {"green": 0, "yellow": 10, "red": 11, "unknown": 12}


@pytest.fixture
def unit(command, tmp_path):
    """The command with a configuration for a fresh second platform."""
    with start_platform() as (platform, base):
        config = tmp_path / "skm.toml"
        config.write_text(config_text(base), encoding="utf-8")
        yield Unit(command, platform, base, config)
        assert platform.complaints == []


class Unit:
    def __init__(self, command, platform, base, config):
        self.command, self.platform, self.base, self.config = command, platform, base, config

    def run(self, name, *arguments, **more):
        return self.command.run(name, "--config", self.config, *arguments, "--json", **more)

    def token(self, *more, number=NUMBER, stdin=b""):
        return self.run(
            "token", "--name", NAME, "--papersnumber", number, "--mobile", MOBILE, "--consent", CONSENT, *more, stdin=stdin
        )

    def scan(self, *more, qr=QR, stdin=b""):
        return self.run("scan", "--qr", qr, "--consent", CONSENT, *more, stdin=stdin)

    def id(self, *more, number=NUMBER, name=NAME, stdin=b""):
        return self.run("id", "--number", number, "--name", name, "--consent", CONSENT, *more, stdin=stdin)

    def last(self):
        return self.platform.requests[-1]


def test_token_asks_with_exactly_the_four_required_rows(unit):
    ran = unit.token()
    assert (ran.exit, ran.json()) == (0, {"ok": True, "token": TOKEN, "uuid": UUID})
    assert unit.last() == {"name": NAME, "paperstype": "1", "papersnumber": NUMBER, "mobile": MOBILE}


def test_token_asks_with_all_ten_rows(unit):
    optional = {
        "email": "a@example.invalid", "phone": "025-83660000", "sex": "0", "birthdate": "1985-12-27",
        "address": "江苏省南京市玄武区示范路1号 \"甲\"", "post": "210000",
    }
    ran = unit.token(*(part for name, value in optional.items() for part in ("--" + name, value)))
    assert ran.exit == 0, ran.out
    assert unit.last() == {"name": NAME, "paperstype": "1", "papersnumber": NUMBER, "mobile": MOBILE, **optional}


def test_token_sends_what_it_checked(unit):
    assert unit.token(number=NUMBER.lower()).exit == 0
    assert unit.last()["papersnumber"] == NUMBER
    assert unit.token("--lift-15", number="320000840517926").exit == 0
    assert unit.last()["papersnumber"] == person.lift("320000840517926")
    assert unit.token("--paperstype", "2", number="E12345678").exit == 0
    assert (unit.last()["paperstype"], unit.last()["papersnumber"]) == ("2", "E12345678")


@pytest.mark.parametrize("spell", [dict, json.dumps, lambda data: json.dumps(json.dumps(data))])
def test_token_reads_every_form_of_data(unit, spell):
    unit.platform.answer_with(200, token_answer(spell({"token": "t/+=", "uuid": None})))
    assert unit.token().json() == {"ok": True, "token": "t/+=", "uuid": None}


def test_display_makes_no_call(unit):
    ran = unit.run("display", "--token", "a b&c=d/é+", "--uuid", "P&1")
    wanted = "https://h5.example.invalid/jkmIndex.html?lang=zh&token=a%20b%26c%3Dd%2F%C3%A9%2B&uuid=P%261#/top"
    assert (ran.exit, ran.json()) == (0, {"ok": True, "url": wanted})
    assert unit.run("display", "--token", "t").json()["url"].endswith("?lang=zh&token=t#/top")
    assert unit.platform.requests == []


def test_scan_sends_the_seven_rows(unit):
    ran = unit.scan()
    assert ran.exit == 0
    assert ran.json() == {
        "ok": True, "verdict": "green", "level": "green", "name": "张三", "id_number_masked": "3200**********4142",
        "phone": "138****1234", "tip": "绿色:好", "travel": None, "reason": None, "extra": {},
    }
    assert unit.last() == {
        "url": QR, "source": GIVEN["source"], "position": "江苏省,无锡市,梁溪区,示范路1号", "verifierDept": "示范医院",
        "verifierName": "示范员", "verifierPhone": "17700000000", "token": GIVEN["unit_token"],
    }
    unit.scan(
        "--position", "江苏省,南京市,玄武区,某路", "--verifier-dept", "甲", "--verifier-name", "乙", "--verifier-phone",
        "17700000001",
    )
    assert [unit.last()[name] for name in ("position", "verifierDept", "verifierName", "verifierPhone")] == [
        "江苏省,南京市,玄武区,某路", "甲", "乙", "17700000001",
    ]


def test_scanner_noise_is_stripped(unit):
    ran = unit.scan(qr="-", stdin="\ufeff{}\t\r\n".format(QR).encode())
    assert ran.exit == 0 and unit.last()["url"] == QR


def test_id_sends_the_envelope(unit):
    ran = unit.id()
    assert ran.exit == 0
    assert ran.json() == {
        "ok": True, "verdict": "green", "level": "green", "name": NAME, "userid": NUMBER, "phone": None, "tip": None,
        "travel": "当日未核验", "reason": "", "extra": {},
    }
    assert unit.last() == {"userid": NUMBER, "name": NAME}
    unit.id("--organize-location", "示范医院", "--apply-type", "人行闸机通道")
    assert unit.last() == {
        "userid": NUMBER, "name": NAME, "organizeLocation": "示范医院", "applyType": "人行闸机通道",
    }


def test_stdin_takes_a_line_for_each_dash(unit):
    ran = unit.run(
        "token", "--name", "-", "--papersnumber", "-", "--mobile", "-", "--consent", "-",
        stdin="\n".join([NAME, NUMBER, MOBILE, CONSENT]).encode(),
    )
    assert ran.exit == 0 and unit.last()["name"] == NAME and unit.last()["mobile"] == MOBILE
    ran = unit.run("id", "--number", "-", "--name", "-", "--consent", CONSENT, stdin=f"{NUMBER}\r\n{NAME}\r\n".encode())
    assert ran.exit == 0 and unit.last() == {"userid": NUMBER, "name": NAME}
    ran = unit.run("display", "--token", "-", "--uuid", "-", stdin=b"tok\nP1\n")
    assert ran.json()["url"].endswith("token=tok&uuid=P1#/top")
    sent = len(unit.platform.requests)
    ran = unit.run("id", "--number", "-", "--name", "-", "--consent", CONSENT, stdin=NUMBER.encode())
    assert ran.exit == 6 and ran.json()["error"]["name"] == "input_invalid"
    ran = unit.run("id", "--number", NUMBER, "--name", "-", "--consent", CONSENT, stdin="张三".encode("gbk"))
    assert ran.exit == 6 and ran.json()["error"]["name"] == "input_encoding" and "GBK" in ran.json()["error"]["message"]
    assert len(unit.platform.requests) == sent


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
            assert (said["ok"], said["verdict"], said["error"]["name"]) == (False, "unverified", case["error"]), case["name"]
            if "platform_code" in case:
                assert said["error"]["platform_code"] == case["platform_code"], case["name"]
            continue
        for name, value in case["expect"].items():
            seen = said["verdict"] == "green" if name == "green" else said[name]
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
    if status in (201, 206):
        assert said["verdict"] in ("green", "unverified")
        return
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
    for wrong in (id_answer(green_for(NUMBER, NAME), key=b"0123456789abcdef"), id_answer("hello"), id_answer("张三" * 40)):
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


def test_no_secret_in_any_failure(unit):
    """Every failing call, for people and for programs."""
    secrets = [NUMBER, NAME, MOBILE, GIVEN["appword"], GIVEN["unit_token"], GIVEN["account"], BODY_KEY.decode(), QR,
               base64.b64encode(BODY_KEY).decode(), cipher.seal("aes-128-ecb", BODY_KEY, NAME)]
    unit.platform.answer_with(200, b"{")
    runs = [unit.token(), unit.scan(), unit.id()]
    for arguments in (
        ("token", "--name", NAME, "--papersnumber", NUMBER, "--mobile", MOBILE),
        ("scan", "--qr", QR),
        ("id", "--number", NUMBER, "--name", NAME),
    ):
        runs.append(unit.command.run(arguments[0], "--config", unit.config, *arguments[1:], "--consent", CONSENT))
        runs.append(unit.run(*arguments, "--consent", CONSENT, "--nmae", NAME))
        runs.append(unit.run(*arguments))
        log = {"RUST_LOG": "trace", "RUST_BACKTRACE": "1"}
        runs.append(unit.run(*arguments, "--consent", CONSENT, env=log))
    for ran in runs:
        assert ran.exit != 0
        for secret in secrets:
            assert secret not in ran.out + ran.err


def test_a_proxy_of_the_environment_is_not_asked(unit):
    nowhere = "http://127.0.0.1:9"
    env = {name: nowhere for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")}
    assert unit.run("scan", "--qr", QR, "--consent", CONSENT, env=env).exit == 0


def test_the_zone_of_the_process_does_not_matter(unit):
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        assert unit.run(
            "token", "--name", NAME, "--papersnumber", NUMBER, "--mobile", MOBILE, "--consent", CONSENT, env={"TZ": zone}
        ).exit == 0


def test_one_deadline_for_a_platform_that_never_answers(unit):
    hold = threading.Event()
    unit.platform.usual = lambda path, fields: hold.wait(20) and b""
    unit.config.write_text(config_text(unit.base, deadline_ms=700), encoding="utf-8")
    started = time.monotonic()
    ran = unit.scan()
    took = time.monotonic() - started
    hold.set()
    error = ran.json()["error"]
    assert (ran.exit, error["number"], error["name"], error["retryable"]) == (4, 301, "deadline_exceeded", True)
    assert 0.6 < took < 2.5, took


def test_nobody_listens(unit):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        unit.config.write_text(config_text("http://127.0.0.1:{}".format(taken.getsockname()[1])), encoding="utf-8")
        ran = unit.scan()
    error = ran.json()["error"]
    assert (ran.exit, error["number"], error["name"], error["retryable"]) == (4, 300, "connect_failed", True)
    assert "127.0.0.1" in error["message"] and SCAN not in error["message"]


def test_a_huge_answer_is_refused(unit):
    unit.platform.answer_with(200, scan_of("green", pad="x" * (2 << 20)))
    ran = unit.scan()
    assert (ran.exit, ran.json()["error"]["name"]) == (4, "answer_too_large")
