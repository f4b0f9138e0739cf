"""The command against the second platform: exact bytes out, one deadline, nothing personal told."""

import base64
import json
import socket
import threading
import time

import pytest

from independent import cipher, person
from support.platform import BODY_KEY, GIVEN, SCAN, TOKEN, UUID, config_text, token_answer, write
from support.unit import CONSENT, MOBILE, NAME, NUMBER, QR


def steady(said):
    """What is the same in every run."""
    said = dict(said)
    assert said.pop("attempts") == 1 and said.pop("elapsed_ms") >= 0
    return said


def test_token_asks_with_exactly_the_four_required_rows(unit):
    ran = unit.token()
    assert (ran.exit, steady(ran.json())) == (0, {"v": 1, "ok": True, "token": TOKEN, "uuid": UUID})
    assert unit.last() == {"name": NAME, "paperstype": "1", "papersnumber": NUMBER, "mobile": MOBILE}


def test_token_asks_with_all_ten_rows(unit):
    optional = {
        "email": "a@example.invalid",
        "phone": "025-83660000",
        "sex": "0",
        "birthdate": "1985-12-27",
        "address": '江苏省南京市玄武区示范路1号 "甲"',
        "post": "210000",
    }
    ran = unit.token(*(part for name, value in optional.items() for part in ("--" + name, value)))
    assert ran.exit == 0, ran.out
    assert unit.last() == {"name": NAME, "paperstype": "1", "papersnumber": NUMBER, "mobile": MOBILE, **optional}


def test_token_sends_what_it_checked(unit):
    assert unit.token(number=NUMBER.lower()).exit == 0
    assert unit.last()["papersnumber"] == NUMBER
    assert unit.token("--lift-15", number="320000840517926").exit == 0
    assert unit.last()["papersnumber"] == person.lift("320000840517926")
    assert unit.token("--papers-type", "2", number="E12345678").exit == 0
    assert (unit.last()["paperstype"], unit.last()["papersnumber"]) == ("2", "E12345678")


@pytest.mark.parametrize("spell", [dict, json.dumps, lambda data: json.dumps(json.dumps(data))])
def test_token_reads_every_form_of_data(unit, spell):
    unit.platform.answer_with(200, token_answer(spell({"token": "t/+=", "uuid": None})))
    assert steady(unit.token().json()) == {"v": 1, "ok": True, "token": "t/+=", "uuid": None}


def test_display_makes_no_call(unit):
    ran = unit.run("display", "--token", "a b&c=d/é+", "--uuid", "P&1")
    wanted = "https://h5.example.invalid/jkmIndex.html?lang=zh&token=a%20b%26c%3Dd%2F%C3%A9%2B&uuid=P%261#/top"
    assert (ran.exit, ran.json()) == (0, {"ok": True, "url": wanted})
    assert unit.run("display", "--token", "t").json()["url"].endswith("?lang=zh&token=t#/top")
    assert unit.platform.requests == []


def test_scan_sends_the_seven_rows(unit):
    ran = unit.scan()
    assert ran.exit == 0
    assert steady(ran.json()) == {
        "v": 1,
        "ok": True,
        "green": True,
        "verdict": "green",
        "level": "green",
        "name": "张三",
        "id_number_masked": "3200**********4142",
        "phone": "138****1234",
        "tip": "绿色:好",
        "qr_code": None,
        "extra": {},
    }
    assert unit.last() == {
        "url": QR,
        "source": GIVEN["source"],
        "position": "江苏省,无锡市,梁溪区,示范路1号",
        "verifierDept": "示范医院",
        "verifierName": "示范员",
        "verifierPhone": "17700000000",
        "token": GIVEN["unit_token"],
    }
    unit.scan(
        "--position",
        "江苏省,南京市,玄武区,某路",
        "--verifier-dept",
        "甲",
        "--verifier-name",
        "乙",
        "--verifier-phone",
        "17700000001",
    )
    assert [unit.last()[name] for name in ("position", "verifierDept", "verifierName", "verifierPhone")] == [
        "江苏省,南京市,玄武区,某路",
        "甲",
        "乙",
        "17700000001",
    ]


def test_scanner_noise_is_stripped(unit):
    ran = unit.scan(qr="-", stdin="\ufeff{}\t\r\n".format(QR).encode())
    assert ran.exit == 0 and unit.last()["url"] == QR


def test_id_sends_the_envelope(unit):
    ran = unit.id()
    assert ran.exit == 0
    assert steady(ran.json()) == {
        "v": 1,
        "ok": True,
        "green": True,
        "verdict": "green",
        "level": "green",
        "name": NAME,
        "number": NUMBER,
        "travel": "当日未核验",
        "reason": "",
        "extra": {},
    }
    assert unit.last() == {"userid": NUMBER, "name": NAME}
    unit.id("--organize-location", "示范医院", "--apply-type", "人行闸机通道")
    assert unit.last() == {"userid": NUMBER, "name": NAME, "organizeLocation": "示范医院", "applyType": "人行闸机通道"}


def test_stdin_takes_a_line_for_each_dash(unit):
    ran = unit.run(
        "token",
        "--name",
        "-",
        "--number",
        "-",
        "--mobile",
        "-",
        "--consent",
        "-",
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


def test_no_secret_in_any_failure(unit):
    """Every failing call, for people and for programs."""
    secrets = [
        NUMBER,
        NAME,
        MOBILE,
        GIVEN["appword"],
        GIVEN["unit_token"],
        GIVEN["account"],
        BODY_KEY.decode(),
        QR,
        base64.b64encode(BODY_KEY).decode(),
        cipher.seal("aes-128-ecb", BODY_KEY, NAME),
    ]
    unit.platform.answer_with(200, b"{")
    runs = [unit.token(), unit.scan(), unit.id()]
    for arguments in (
        ("token", "--name", NAME, "--number", NUMBER, "--mobile", MOBILE),
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


def test_the_platforms_words_are_told_only_on_demand(unit):
    """They may hold a name, which no rule can tell from other words."""
    words = f"{NAME}({NUMBER})不在本平台"
    unit.platform.answer_with(200, write({"resCode": 1, "resMessage": words}))
    said = unit.scan()
    assert said.json()["error"]["platform_code"] == "1" and NAME not in said.out and "platform_text" not in said.out
    ask = ("scan", "--config", unit.config, "--qr", QR, "--consent", CONSENT)
    told = unit.command.run(*ask)
    assert NAME not in told.out + told.err and f"wrote a text of {len(words)} characters" in told.err
    shown = unit.command.run(*ask, "--show")
    assert NAME in shown.err and NUMBER not in shown.err
    assert unit.command.run(*ask, "--show", "--json").out == said.out


def test_a_proxy_of_the_environment_is_not_asked(unit):
    nowhere = "http://127.0.0.1:9"
    env = {name: nowhere for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy")}
    assert unit.run("scan", "--qr", QR, "--consent", CONSENT, env=env).exit == 0


def test_the_zone_of_the_process_does_not_matter(unit):
    for zone in ("UTC", "America/New_York", "Asia/Shanghai"):
        assert (
            unit.run(
                "token",
                "--name",
                NAME,
                "--number",
                NUMBER,
                "--mobile",
                MOBILE,
                "--consent",
                CONSENT,
                env={"TZ": zone},
            ).exit
            == 0
        )


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
    assert 0.6 < took < 5, took


def test_nobody_listens(unit):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        unit.config.write_text(config_text("http://127.0.0.1:{}".format(taken.getsockname()[1])), encoding="utf-8")
        ran = unit.scan()
    error = ran.json()["error"]
    assert (ran.exit, error["number"], error["name"], error["retryable"]) == (4, 300, "connect_failed", True)
    assert "127.0.0.1" in error["message"] and SCAN not in error["message"]
    assert ran.json()["verdict"] == "unverified" and error["when_unreachable"] == "stay_shut"
