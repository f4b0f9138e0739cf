"""Interface 3 against the sandbox: verdicts, spellings, every code, the usual mistakes."""

import json
from urllib.parse import quote

import pytest

from independent import requests
from independent.answers import scan
from independent.client import send
from independent.errors import Refused

NAMES = {
    "1": "refused",
    "111": "qr_expired",
    "112": "qr_not_skm",
    "116": "no_access",
    "118": "no_access",
    "119": "update_required",
}


def refusal(call, *arguments):
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.platform_code, refused.value.name, refused.value.text


def changed(pairs, **changes):
    return [(name, changes.get(name, value)) for name, value in pairs]


@pytest.mark.parametrize("level", ["green", "yellow", "red", "unknown"])
@pytest.mark.parametrize("form", ["word", "digit"])
def test_levels(sandbox, level, form):
    sandbox.settings(level_form=form)
    person = sandbox.person(level)
    result = sandbox.client.verify_scan(sandbox.qr(person["number"]))
    assert (result["level"], result["green"]) == (level, level == "green")
    assert result["name"] == person["name"]
    assert result["id_number_masked"] == person["number"][:4] + "*" * 10 + person["number"][-4:]
    assert result["phone"] == person["mobile"][:3] + "****" + person["mobile"][-4:]
    words = {"green": "绿色", "yellow": "黄色", "red": "红色", "unknown": "未知"}
    assert result["tip"].startswith(words[level])


@pytest.mark.parametrize("form", ["object", "string", "string_twice"])
@pytest.mark.parametrize("code_form", ["number", "string"])
def test_spellings_of_the_answer(sandbox, form, code_form):
    sandbox.settings(scan_res=form, code_form=code_form)
    pairs = sandbox.client.scan_pairs(sandbox.qr(sandbox.person()["number"]))
    answer = send(sandbox.client.config["scan"]["url"], requests.scan_wire(pairs))
    outer = json.loads(answer.body)
    assert outer["resCode"] == (0 if code_form == "number" else "0")
    assert isinstance(outer["res"], dict) == (form == "object")
    assert scan(answer.status, answer.body)["green"]


@pytest.mark.parametrize("code", sorted(NAMES))
def test_every_code_by_its_magic_text(sandbox, code):
    text = sandbox.magic()["verify_scan"]["qr_text"][code]
    assert refusal(sandbox.client.verify_scan, text)[:2] == (code, NAMES[code])


def test_who_must_update(sandbox):
    text = sandbox.qr(sandbox.person(update_required=True)["number"])
    assert refusal(sandbox.client.verify_scan, text)[:2] == ("119", "update_required")


def test_codes_that_are_not_good(sandbox):
    good = sandbox.qr(sandbox.person()["number"])
    identity = good.split("qrCode=V5")[1][:32]

    def sent(text):
        return refusal(sandbox.client.verify_scan, text)[0]

    assert sent("https://skm.example.invalid/#/result") == "112"
    assert sent(good[:-3]) == "112"
    assert sent(good.replace(identity, identity.upper() + "")) == "112"
    assert sent(good.replace(identity, "0" * 31 + "z")) == "112"
    assert sent(good.replace(identity, "f" * 32)) == "112"
    assert sent("https://skm.example.invalid/x?qrCode=V2{}#/result".format(identity)) == "111"
    assert sent(good.split("&b=")[0] + "&b=" + "A" * 64 + "#/result") == "111"
    assert sent(good.split("&b=")[0] + "#/result") == "112"
    for division in ("", "310000"):
        assert sent(good.replace("320000&", division + "&", 1)) == "112"
    for noisy in ("\ufeff" + good, good + "\r\n", " " + good, good.replace("?", "?名=x&", 1)):
        assert sent(noisy) == "1"
    assert sent(good.replace("?", "?{}&".format("x" * 4096), 1)) == "1"


def test_a_code_belongs_to_one_person(sandbox):
    mine = sandbox.qr(sandbox.person("green")["number"])
    theirs = sandbox.qr(sandbox.person("red")["number"])
    mixed = mine.split("&b=")[0] + "&b=" + theirs.split("&b=")[1]
    assert refusal(sandbox.client.verify_scan, mixed)[0] == "111"


def test_an_old_code_expires(sandbox):
    text = sandbox.qr(sandbox.person()["number"])
    sandbox.clock(offset_s=59)
    assert sandbox.client.verify_scan(text)["green"]
    sandbox.clock(offset_s=61)
    assert refusal(sandbox.client.verify_scan, text)[:2] == ("111", "qr_expired")


def test_every_row_is_needed(sandbox):
    pairs = sandbox.client.scan_pairs(sandbox.qr(sandbox.person()["number"]))
    for name, _ in pairs:
        for wrong in ([pair for pair in pairs if pair[0] != name], changed(pairs, **{name: ""})):
            code, _, text = refusal(sandbox.client.send_scan, wrong)
            assert code == "1" and name in text, name
    assert refusal(sandbox.client.send_scan, [*pairs, ("extra", "1")])[0] == "1"
    assert refusal(sandbox.client.send_scan, [*pairs, pairs[0]])[0] == "1"
    code, _, text = refusal(sandbox.client.send_scan, pairs[::-1])
    assert code == "1" and "wrong place" in text


def test_credentials_and_place(sandbox):
    pairs = sandbox.client.scan_pairs(sandbox.qr(sandbox.person()["number"]))
    token = dict(pairs)["token"]
    code, name, text = refusal(sandbox.client.send_scan, changed(pairs, token=token[:-1] + "0"))
    assert (code, name) == ("116", "no_access") and token not in text
    assert refusal(sandbox.client.send_scan, changed(pairs, source="somebody"))[:2] == ("118", "no_access")
    code, _, text = refusal(sandbox.client.send_scan, changed(pairs, position="江苏省，无锡市，梁溪区，示范路1号"))
    assert code == "1" and "full-width" in text
    assert refusal(sandbox.client.send_scan, changed(pairs, position="江苏省,无锡市"))[0] == "1"


def test_encoding_mistakes_are_named(sandbox):
    qr = sandbox.qr(sandbox.person()["number"])
    while "%2B" not in qr:
        qr = sandbox.qr(sandbox.person()["number"])
    pairs = sandbox.client.scan_pairs(qr)
    url = sandbox.client.config["scan"]["url"]

    def raw(body):
        answer = send(url, requests.Wire("POST", requests.FORM, body=body))
        return refusal(scan, answer.status, answer.body)

    whole = requests.scan_wire(pairs).body.decode()
    unquoted = "url=" + qr + whole[whole.index("&source=") :]
    assert "b is too much" in raw(unquoted.encode())[2]
    once = whole.replace(quote(qr, safe=""), qr.replace("&", "%26").replace("#", "%23"))
    assert "once more" in raw(once.encode())[2]
    assert "too often" in refusal(sandbox.client.send_scan, changed(pairs, url=qr.replace("%", "%25")))[2]
    gbk = "&".join("{}={}".format(name, quote(value.encode("gbk"), safe="")) for name, value in pairs)
    assert "gbk" in raw(gbk.encode())[2]


def test_wrong_method_and_content_type(sandbox):
    url = sandbox.client.config["scan"]["url"]
    wire = requests.scan_wire(sandbox.client.scan_pairs(sandbox.qr(sandbox.person()["number"])))
    assert send(url, requests.Wire("GET", query=wire.body.decode())).status == 405
    answer = send(url, requests.Wire("POST", "text/plain", body=wire.body))
    assert refusal(scan, answer.status, answer.body)[0] == "1"
    answer = send(url, requests.Wire("POST", requests.FORM + "; charset=UTF-8", body=wire.body))
    assert scan(answer.status, answer.body)["green"]
