"""Interface 4 against the sandbox: verdicts, spellings, every code, every explained mistake of the envelope."""

import base64
import json

import pytest

from independent import cipher, requests
from independent.answers import id_card
from independent.client import send
from independent.errors import Refused
from support.dialect import variant
from support.sandbox import start_sandbox

NAMES = {
    "400": "refused",
    "401": "no_access",
    "403": "no_access",
    "404": "person_not_found",
    "429": "busy",
    "500": "refused",
}
ECB = "aes-128-ecb"


def refusal(call, *arguments):
    with pytest.raises(Refused) as refused:
        call(*arguments)
    return refused.value.platform_code, refused.value.name, refused.value.text


class Unit:
    """The sandbox's one unit, with everything that can be got wrong in the open."""

    def __init__(self, sandbox, level="green"):
        client = sandbox.client
        self.client, self.person = client, sandbox.person(level)
        self.account = client.config["id"]["account"]
        self.auth_key, self.body_key = client.auth_key, client.body_key
        self.body = requests.id_body(self.person["number"], self.person["name"])
        self.auth = cipher.seal(ECB, self.auth_key, self.account)
        self.sealed = cipher.seal(ECB, self.body_key, self.body)

    def send(self, auth=None, body=None, content_type="text/plain"):
        wire = requests.Wire(
            "POST",
            content_type,
            {"auth": self.auth if auth is None else auth},
            body=(self.sealed if body is None else body).encode(),
        )
        return self.client.send_id(wire, self.person["number"])


@pytest.mark.parametrize("level", ["green", "yellow", "red", "unknown"])
@pytest.mark.parametrize("form", ["word", "digit"])
def test_levels(sandbox, level, form):
    sandbox.settings(level_form=form)
    person = sandbox.person(level)
    result = sandbox.client.verify_id(person["number"], person["name"])
    assert (result["level"], result["green"]) == (level, level == "green")
    assert (result["userid"], result["name"]) == (person["number"], person["name"])
    assert (result["travel"], result["reason"]) == (person["travel"], person["reason"])
    assert (result["reason"] == "") == (level == "green")


@pytest.mark.parametrize("data", ["sealed", "plain"])
@pytest.mark.parametrize("code_form", ["number", "string"])
def test_spellings_of_the_answer(sandbox, data, code_form):
    sandbox.settings(id_data=data, code_form=code_form)
    unit = Unit(sandbox)
    wire = requests.Wire("POST", "text/plain", {"auth": unit.auth}, body=unit.sealed.encode())
    answer = send(unit.client.config["id"]["url"], wire)
    outer = json.loads(answer.body)
    assert outer["code"] == (200 if code_form == "number" else "200")
    assert isinstance(outer["data"], dict) == (data == "plain")
    assert id_card(answer.status, answer.body, unit.body_key, unit.person["number"])["green"]


@pytest.mark.parametrize("code", sorted(NAMES))
def test_every_code_by_its_magic_number(sandbox, code):
    number = sandbox.magic()["verify_id"]["userid"][code]
    assert refusal(sandbox.client.verify_id, number, "任何人")[:2] == (code, NAMES[code])


def test_persons(sandbox):
    person = sandbox.person()
    for papers_type in "1234567":
        other = sandbox.person(papers_type=papers_type)
        assert sandbox.client.verify_id(other["number"], other["name"])["green"]
    assert refusal(sandbox.client.verify_id, person["number"], "别人")[:2] == ("404", "person_not_found")
    assert refusal(sandbox.client.verify_id, "320000198506304142", "谁")[:2] == ("404", "person_not_found")
    assert refusal(sandbox.client.verify_id, "320000198506304143", "谁")[0] == "400"
    assert refusal(sandbox.client.verify_id, "", person["name"])[0] == "400"
    assert refusal(sandbox.client.verify_id, person["number"], "")[0] == "400"


def test_a_lower_case_x_is_the_same_person(sandbox):
    with_x = next((p for p in sandbox.people() if p["papers_type"] == "1" and p["number"].endswith("X")), None)
    if with_x is None:
        sandbox.client.issue_user_token(
            {"name": "末位", "paperstype": "1", "papersnumber": "32000019851227770X", "mobile": "13800001234"}
        )
        with_x = {"number": "32000019851227770X", "name": "末位"}
    assert sandbox.client.verify_id(with_x["number"].lower(), with_x["name"])["userid"] == with_x["number"]
    unit = Unit(sandbox)
    body = requests.id_body(with_x["number"].lower(), with_x["name"])
    code, _, text = refusal(unit.send, None, cipher.seal(ECB, unit.body_key, body))
    assert code == "400" and "must be sent as X" in text


def auth_mistakes(unit):
    key, text = unit.auth_key, unit.account.encode()
    as_text = base64.b64encode(key)
    padded = cipher.pad(text)
    blocks = len(padded)

    def b64(data):
        return base64.b64encode(data).decode()

    return [
        ("keys swapped", cipher.seal(ECB, unit.body_key, unit.account), "swapped"),
        ("key as text, 16", b64(cipher.raw_encrypt(ECB, as_text[:16], padded)), "base64 text"),
        ("key as text, 24", b64(cipher.raw_encrypt(ECB, as_text, padded)), "base64 text"),
        ("cbc", cipher.seal("aes-128-cbc", key, unit.account), "aes-128-cbc was used"),
        ("cbc, key as iv", cipher.seal("aes-128-cbc", key, unit.account, key), "iv = key"),
        ("sm4", cipher.seal("sm4-ecb", key, unit.account), "sm4-ecb was used"),
        ("sm4-cbc", cipher.seal("sm4-cbc", key, unit.account), "sm4-cbc was used"),
        ("zero padding", b64(cipher.raw_encrypt(ECB, key, text.ljust(blocks, b"\0"))), "zero padding"),
        ("blank padding", b64(cipher.raw_encrypt(ECB, key, text.ljust(blocks))), "blanks"),
        ("hex", base64.b64decode(unit.auth).hex(), "hex"),
        ("plain", unit.account, "plain"),
        ("quoted", '"{}"'.format(unit.auth), "quotes"),
        ("json around", '{{"auth":"{}"}}'.format(unit.auth), "json"),
        ("percent-encoded", unit.auth.replace("=", "%3D").replace("+", "%2B").replace("/", "%2F"), "percent-encoded"),
        ("json inside", cipher.seal(ECB, key, '{{"userid":"{}"}}'.format(unit.account)), "wrong form"),
        ("another account", cipher.seal(ECB, key, "skm_auth_other"), "known account"),
        ("cut", b64(base64.b64decode(unit.auth)[:-3]), "multiple of 16"),
        ("not base64", "%%%", "not base64"),
    ]


def body_mistakes(unit):
    key, data = unit.body_key, unit.body.encode()
    as_text = base64.b64encode(key)
    padded = cipher.pad(data)

    def b64(raw):
        return base64.b64encode(raw).decode()

    return [
        ("keys swapped", cipher.seal(ECB, unit.auth_key, unit.body), "swapped"),
        ("key as text, 16", b64(cipher.raw_encrypt(ECB, as_text[:16], padded)), "base64 text"),
        ("key as text, 24", b64(cipher.raw_encrypt(ECB, as_text, padded)), "base64 text"),
        ("cbc", cipher.seal("aes-128-cbc", key, unit.body), "aes-128-cbc was used"),
        ("cbc, key as iv", cipher.seal("aes-128-cbc", key, unit.body, key), "iv = key"),
        ("sm4", cipher.seal("sm4-ecb", key, unit.body), "sm4-ecb was used"),
        ("zero padding", b64(cipher.raw_encrypt(ECB, key, data.ljust(len(padded), b"\0"))), "zero padding"),
        ("blank padding", b64(cipher.raw_encrypt(ECB, key, data.ljust(len(padded)))), "blanks"),
        ("gbk", b64(cipher.raw_encrypt(ECB, key, cipher.pad(unit.body.encode("gbk")))), "gbk"),
        ("base64 first", cipher.seal(ECB, key, b64(data)), "base64-encoded before"),
        ("hex", base64.b64decode(unit.sealed).hex(), "hex"),
        ("plain", unit.body, "plain"),
        ("quoted", '"{}"'.format(unit.sealed), "quotes"),
        ("form", "data=" + unit.sealed, "form"),
        ("no json inside", cipher.seal(ECB, key, "hello, world"), "json object"),
        ("key twice", cipher.seal(ECB, key, '{"userid":"1","userid":"2","name":"x"}'), "no key twice"),
        ("unknown key", cipher.seal(ECB, key, unit.body[:-1] + ',"age":"3"}'), "age"),
        ("number", cipher.seal(ECB, key, '{"userid":1,"name":"x"}'), "userid"),
        ("empty optional", cipher.seal(ECB, key, unit.body[:-1] + ',"applyType":""}'), "applyType is empty"),
        ("spaced", cipher.seal(ECB, key, unit.body.replace(":", ": ")), "compact"),
        ("order", cipher.seal(ECB, key, '{"name":"x","userid":"1"}'), "wrong place"),
        ("empty", "", "empty"),
    ]


def test_every_mistake_of_auth_is_named(sandbox):
    unit = Unit(sandbox)
    for name, auth, words in auth_mistakes(unit):
        code, kind, text = refusal(unit.send, auth)
        assert (code, kind) == ("401", "no_access"), name
        assert words in text, (name, text)
        assert_no_secret(sandbox, text)
    wire = requests.Wire("POST", "text/plain", body=unit.sealed.encode())
    code, _, text = refusal(unit.client.send_id, wire, unit.person["number"])
    assert code == "401" and "missing" in text


def test_every_mistake_of_the_body_is_named(sandbox):
    unit = Unit(sandbox)
    for name, body, words in body_mistakes(unit):
        code, kind, text = refusal(unit.send, None, body)
        assert (code, kind) == ("400", "refused"), name
        assert words in text, (name, text)
        assert_no_secret(sandbox, text)


def assert_no_secret(sandbox, text):
    given = sandbox.client.config["id"]
    for secret in (given["account"], given["auth_key"], given["body_key"], sandbox.client.body_key.decode()):
        assert secret not in text


def test_line_breaks_and_the_url_alphabet_are_tolerated(sandbox):
    unit = Unit(sandbox)
    broken = "\r\n".join(unit.sealed[at : at + 76] for at in range(0, len(unit.sealed), 76)) + "\r\n"
    assert unit.send(body=broken)["green"]
    assert "line breaks" in sandbox.journal()[-1]["explanation"]
    assert unit.send(body=unit.sealed.rstrip("="))["green"]
    assert unit.send(body=unit.sealed.replace("+", "-").replace("/", "_"))["green"]
    assert unit.send(auth=unit.auth.replace("+", "-").replace("/", "_"))["green"]


def test_wrong_method_and_content_type(sandbox):
    unit = Unit(sandbox)
    assert refusal(lambda: unit.send(content_type="application/json"))[0] == "400"
    assert unit.send(content_type="text/plain; charset=utf-8")["green"]
    assert send(unit.client.config["id"]["url"], requests.Wire("GET")).status == 405


@pytest.mark.parametrize("name", ["aes-128-cbc", "sm4-ecb", "sm4-cbc"])
def test_other_ciphers_of_the_dialect(command, tmp_path, name):
    """The independent client and the command, both against a platform with another cipher."""
    file = variant(tmp_path, ('cipher = "aes-128-ecb" ', 'cipher = "{}" '.format(name)))
    with start_sandbox(command, tmp_path, "--dialect", str(file)) as city:
        person, given = city.person(), city.client.config["id"]
        body = requests.id_body(person["number"], person["name"])
        wire = requests.id_wire(given["account"], city.client.auth_key, city.client.body_key, body, name)
        answer = send(given["url"], wire)
        assert id_card(answer.status, answer.body, city.client.body_key, person["number"], name)["green"]
        ran = command.run(
            "id",
            "--config",
            city.config_file,
            "--number",
            person["number"],
            "--name",
            person["name"],
            "--consent",
            "notice A-12",
            "--json",
        )
        assert ran.exit == 0 and ran.json()["verdict"] == "green", ran.out
