"""Interface 1 against the sandbox: the ways that work, every refusal, every explained mistake."""

import base64
import hashlib
import hmac
import json
import re
import time
from urllib.parse import quote, urlencode

import pytest

from independent import requests, sign
from independent.answers import user_token
from independent.client import send
from independent.errors import Refused
from support.dialect import variant
from support.sandbox import params_of, start_sandbox


def refusal(call, *arguments):
    with pytest.raises(Refused) as refused:
        call(*arguments)
    assert refused.value.name == "refused"
    return refused.value.platform_code, refused.value.text


def changed(pairs, **changes):
    return [(name, changes.get(name, value)) for name, value in pairs]


def person(sandbox):
    return params_of(sandbox.person())


@pytest.mark.parametrize("papers_type", "1234567")
def test_every_certificate_type_gets_a_token(sandbox, papers_type):
    token = sandbox.client.issue_user_token(params_of(sandbox.person(papers_type=papers_type)))
    assert re.match(r"^[0-9a-f]{64}$", token["token"])
    assert re.match(r"^P[0-9]{17}[0-9]{7}$", token["uuid"])


@pytest.mark.parametrize("form", ["object", "string", "string_twice"])
def test_data_forms(sandbox, form):
    sandbox.settings(data_form=form)
    wire = requests.token_wire(sandbox.client.token_pairs(person(sandbox)))
    answer = send(sandbox.client.config["user_token"]["url"], wire)
    data = json.loads(answer.body)["data"]
    assert isinstance(data, dict) == (form == "object")
    if form == "string_twice":
        assert isinstance(json.loads(data), str)
    assert user_token(answer.status, answer.body)["token"]


def test_all_ten_rows_and_an_unknown_person(sandbox):
    """A person nobody knows gets a profile quietly; interface 4 then knows them."""
    new = {
        "name": "新用户",
        "paperstype": "1",
        "papersnumber": "320000198506304142",
        "mobile": "13800001234",
        "email": "a@example.invalid",
        "phone": "025-83660000",
        "sex": "0",
        "birthdate": "1985-06-30",
        "address": "江苏省南京市玄武区示范路1号",
        "post": "210000",
    }
    assert sandbox.client.issue_user_token(new)["token"]
    assert sandbox.client.verify_id(new["papersnumber"], new["name"])["green"]
    sandbox.reset()
    with pytest.raises(Refused) as refused:
        sandbox.client.verify_id(new["papersnumber"], new["name"])
    assert refused.value.name == "person_not_found"


def test_upper_case_sign_is_the_same_sign(sandbox):
    pairs = sandbox.client.token_pairs(person(sandbox))
    pairs = changed(pairs, sign=dict(pairs)["sign"].upper())
    assert sandbox.client.send_token(pairs)["token"]


def mistakes(given):
    """Name of a mistake, the sign it gives, words of the explanation."""
    appmark, word, time_, params = given["appmark"], given["appword"], given["time"], given["params"]
    right = appmark + word + time_
    seconds = int(given["unix"])
    utc = time.strftime("%Y%m%d%H%M%S", time.gmtime(seconds))
    md5 = sign.md5
    mac = hmac.new(word.encode(), (appmark + time_).encode(), hashlib.md5).hexdigest()
    return [
        ("wrong order", md5(appmark + time_ + word), "wrong order"),
        ("secret first", md5(word + appmark + time_), "wrong order"),
        ("missing secret", md5(appmark + time_), "secret is missing"),
        ("missing time", md5(appmark + word), "time is missing"),
        ("missing appmark", md5(word + time_), "appmark is missing"),
        ("milliseconds", md5(appmark + word + str(seconds * 1000)), "milliseconds"),
        ("seconds", md5(appmark + word + str(seconds)), "seconds"),
        ("utc", md5(appmark + word + utc), "utc"),
        ("appword's case", md5(appmark + word.lower() + time_), "case"),
        ("case of all", md5(right.upper()), "case"),
        ("utf-16", md5(right, "utf-16-le"), "utf-16"),
        ("params signed too", md5(right + params), "params"),
        ("servicename signed too", md5(right + given["servicename"]), "servicename"),
        ("separator", md5("&".join([appmark, word, time_])), "separator"),
        ("names", md5("appmark={}&appword={}&time={}".format(appmark, word, time_)), "names"),
        ("line break", md5(appmark + word + "\n" + time_), "line break"),
        ("sha-1", hashlib.sha1(right.encode()).hexdigest(), "SHA-1"),
        ("sha-256", hashlib.sha256(right.encode()).hexdigest(), "SHA-256"),
        ("sixteen", md5(right)[8:24], "16 characters"),
        ("base64", base64.b64encode(hashlib.md5(right.encode()).digest()).decode(), "base64"),
        ("twice", md5(md5(right)), "twice"),
        ("hmac", mac, "hmac"),
        ("anything", md5("anything"), "no usual mistake"),
    ]


def test_every_signing_mistake_is_named(sandbox):
    unix = int(time.time())
    pairs = sandbox.client.token_pairs(person(sandbox), at=unix)
    secret = sandbox.client.config["user_token"]["appword"]
    given = {**dict(pairs), "appword": secret, "unix": unix}
    right = given["sign"]
    for name, wrong, words in mistakes(given):
        code, text = refusal(sandbox.client.send_token, changed(pairs, sign=wrong))
        assert code == "202", name
        assert words in text, (name, text)
        assert secret not in text and right not in text.lower(), name


def test_time_that_does_not_fit(sandbox):
    given, now = sandbox.client.config["user_token"], time.time()

    def sent(stamp):
        pairs = requests.token_pairs(given["appmark"], given["appword"], stamp, "generateUserToken", person(sandbox))
        return refusal(sandbox.client.send_token, pairs)

    code, text = sent(time.strftime("%Y%m%d%H%M%S", time.gmtime(now)))
    assert code == "202" and "utc" in text
    code, text = sent(sign.timestamp(now - 400))
    assert code == "202" and "behind" in text
    code, text = sent(sign.timestamp(now + 400))
    assert code == "202" and "ahead" in text
    code, text = sent(str(int(now * 1000)))
    assert code == "203" and "milliseconds" in text
    code, text = sent(time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(now + 8 * 3600)))
    assert code == "203" and "yyyy-MM-dd HH:mm:ss" in text
    assert sandbox.client.send_token(sandbox.client.token_pairs(person(sandbox), at=now - 200))["token"]


def test_wrong_parameters(sandbox):
    client, pairs = sandbox.client, sandbox.client.token_pairs(person(sandbox))
    given = client.config["user_token"]

    def signed(**changes):
        made = changed(pairs, **changes)
        values = dict(made)
        return changed(made, sign=sign.sign(values["appmark"], given["appword"], values["time"]))

    assert refusal(client.send_token, signed(appmark="somebody"))[0] == "201"
    assert refusal(client.send_token, signed(servicename="other"))[0] == "203"
    assert refusal(client.send_token, signed(params="{"))[0] == "203"
    assert refusal(client.send_token, signed(params="[]"))[0] == "203"
    assert refusal(client.send_token, [*pairs, ("extra", "1")])[0] == "203"
    assert refusal(client.send_token, [*pairs, pairs[0]])[0] == "203"
    assert refusal(client.send_token, pairs[::-1])[0] == "203"
    assert refusal(client.send_token, signed(params=dict(pairs)["params"].replace(":", ": ")))[0] == "203"
    for name, _ in pairs:
        assert refusal(client.send_token, changed(pairs, **{name: ""}))[0] == "204", name
        code, text = refusal(client.send_token, [pair for pair in pairs if pair[0] != name])
        assert code == "204" and name in text, name


def test_wrong_persons(sandbox):
    good = person(sandbox)

    def sent(**changes):
        return refusal(sandbox.client.issue_user_token, {**good, **changes})

    for name in ("name", "paperstype", "papersnumber", "mobile"):
        code, text = sent(**{name: None})
        assert code == "204" and name in text
    assert sent(papersnumber="32000019850630414")[0] == "207"
    assert sent(papersnumber="320000198506304143")[0] == "207"
    assert sent(papersnumber="320000198502304142")[0] == "207"
    assert sent(mobile="23800001234")[0] == "209"
    assert sent(mobile="1380000123")[0] == "209"
    assert sent(sex="male")[0] == "203"
    assert sent(birthdate="1985-6-30")[0] == "203"
    assert sent(birthdate="+2021-1-01")[0] == "203"
    for name in ("email", "phone", "sex", "birthdate", "address", "post"):
        assert sent(**{name: ""})[0] == "203", name
    code, text = sent(papersnumber="32000019850630007x")
    assert code == "207" and "must be sent as X" in text
    code, text = sent(name="别人")
    assert code == "299" and "disagree" in text


@pytest.mark.parametrize("code", ["201", "202", "203", "204", "207", "209", "299"])
def test_every_code_by_its_magic_mobile(sandbox, code):
    mobile = sandbox.magic()["issue_user_token"]["mobile"][code]
    assert refusal(sandbox.client.issue_user_token, {**person(sandbox), "mobile": mobile})[0] == code


def test_gbk_is_named(sandbox):
    pairs = sandbox.client.token_pairs(person(sandbox))
    body = "&".join("{}={}".format(name, quote(value.encode("gbk"), safe="")) for name, value in pairs).encode()
    answer = send(sandbox.client.config["user_token"]["url"], requests.Wire("POST", requests.FORM, body=body))
    code, text = refusal(user_token, answer.status, answer.body)
    assert code == "203" and "gbk" in text


def test_wrong_method_and_content_type(sandbox):
    url = sandbox.client.config["user_token"]["url"]
    pairs = sandbox.client.token_pairs(person(sandbox))
    answer = send(url, requests.token_wire(pairs, "query"))
    assert answer.status == 405 and answer.headers["Allow"] == "POST"
    for content_type in ("application/json", "text/plain", requests.FORM + "; charset=GBK"):
        answer = send(url, requests.Wire("POST", content_type, body=urlencode(pairs).encode()))
        assert refusal(user_token, answer.status, answer.body)[0] == "203"


@pytest.mark.parametrize("method", ["query", "json"])
def test_the_dialect_chooses_the_method(command, tmp_path, method):
    """GET with a query and a posted JSON object, as seen in the family; the client's configuration follows."""
    dialect = variant(tmp_path, ('method = "form"', 'method = "{}"'.format(method)))
    with start_sandbox(command, tmp_path, "--dialect", str(dialect)) as city:
        token = city.client.issue_user_token(params_of(city.person()), method)
        assert token["token"]
        with pytest.raises(Refused):
            city.client.issue_user_token(params_of(city.person()), "form")
        ran = command.run(
            "token",
            "--config",
            city.config_file,
            "--name",
            city.person()["name"],
            "--number",
            city.person()["number"],
            "--mobile",
            city.person()["mobile"],
            "--consent",
            "notice A-12",
            "--json",
        )
        assert ran.exit == 0 and ran.json()["token"], ran.out
