"""The sandbox's own paths: journal, clock, settings, reset, and errors that say what would be right."""

import json

import pytest

from independent import requests
from independent.client import send
from independent.errors import Refused
from support.sandbox import OPENER, params_of


def test_the_journal_is_masked(sandbox):
    person = sandbox.person()
    token = sandbox.client.issue_user_token(params_of(person))
    qr = sandbox.qr(person["number"])
    sandbox.client.verify_scan(qr)
    sandbox.client.verify_id(person["number"], person["name"])
    send(sandbox.client.display_url(token), requests.Wire("GET"))
    entries = sandbox.journal()
    assert [(entry["interface"], entry["code"]) for entry in entries] == [
        ("issue_user_token", "000000"),
        ("verify_scan", "0"),
        ("verify_id", "200"),
        ("display", "200"),
    ]
    assert [entry["number"] for entry in entries] == [1, 2, 3, 4]
    page = OPENER.open(sandbox.base + "/_sandbox/journal.html", timeout=20).read().decode()
    given = sandbox.client.config
    secrets = [
        person["name"],
        person["number"],
        person["mobile"],
        token["token"],
        token["uuid"],
        qr,
        qr.split("&b=")[1],
        person["identity"],
        given["user_token"]["appword"],
        given["scan"]["token"],
        given["id"]["account"],
        given["id"]["auth_key"],
        given["id"]["body_key"],
    ]
    for secret in secrets:
        assert secret not in json.dumps(entries, ensure_ascii=False)
        assert secret not in page
    masked = person["number"][:3] + "*" * 13 + person["number"][-2:]
    assert masked in page and person["name"][0] + "**" in page


def test_the_journal_keeps_the_last_thousand(sandbox):
    person = sandbox.person()
    for _ in range(1005):
        sandbox.client.verify_id(person["number"], person["name"])
    entries = sandbox.journal()
    assert len(entries) == 1000 and (entries[0]["number"], entries[-1]["number"]) == (6, 1005)


def test_a_frozen_and_a_shifted_clock(sandbox):
    sandbox.clock(frozen="2021-01-01T12:00:00+08:00")
    assert sandbox.ask("GET", "/_sandbox/health")[1]["time"].startswith("2021-01-01T12:00:00")
    pairs = sandbox.client.token_pairs(params_of(sandbox.person()), at=1609473600)
    assert dict(pairs)["time"] == "20210101120000"
    assert sandbox.client.send_token(pairs)["uuid"].startswith("P20210101120000000")
    answer = send(sandbox.client.config["user_token"]["url"], requests.token_wire(pairs))
    assert answer.headers["Date"] == "Fri, 01 Jan 2021 04:00:00 GMT"
    sandbox.clock(offset_s=3600)
    with pytest.raises(Refused) as refused:
        sandbox.client.issue_user_token(params_of(sandbox.person()))
    assert refused.value.platform_code == "202" and "behind" in refused.value.text


def test_reset_goes_back_to_the_start(sandbox):
    person = sandbox.person()
    qr = sandbox.qr(person["number"])
    sandbox.fault("verify_id", "empty")
    sandbox.settings(level_form="digit", code_form="string")
    sandbox.clock(offset_s=86400)
    sandbox.client.verify_scan(sandbox.qr(person["number"]))
    sandbox.reset()
    assert sandbox.journal() == []
    assert sandbox.ask("GET", "/_sandbox/faults")[1] == {"faults": []}
    assert sandbox.ask("GET", "/_sandbox/settings")[1]["level_form"] == "word"
    assert sandbox.client.verify_id(person["number"], person["name"])["green"]
    with pytest.raises(Refused):
        sandbox.client.verify_scan(qr)


def test_fault_rules(sandbox):
    green, red = sandbox.person(), sandbox.person("red")

    def works(person):
        try:
            return bool(sandbox.client.verify_id(person["number"], person["name"]))
        except Refused:
            return False

    sandbox.fault("verify_id", "empty", nth=2)
    assert [works(green) for _ in range(3)] == [True, False, True]
    sandbox.reset()
    sandbox.fault("any", "html", times=1)
    assert [works(green) for _ in range(2)] == [False, True]
    sandbox.reset()
    rule = sandbox.fault("verify_id", "not_json", person=red["number"])
    assert (works(green), works(red)) == (True, False)
    assert sandbox.ask("GET", "/_sandbox/faults")[1]["faults"][0]["fired"] == 1
    assert sandbox.ask("DELETE", "/_sandbox/faults/{}".format(rule))[0] == 200
    assert works(red)
    drawn = []
    for _ in range(2):
        sandbox.reset()
        sandbox.fault("verify_id", "empty", probability=0.5, seed=7)
        drawn.append([works(green) for _ in range(40)])
    assert drawn[0] == drawn[1] and 5 < sum(drawn[0]) < 35


@pytest.mark.parametrize(
    "method, path, body, status, words",
    [
        ("POST", "/_sandbox/faults", {"kind": "htm"}, 400, "html"),
        ("POST", "/_sandbox/faults", {"kind": "html", "interface": "verify"}, 400, "verify_scan"),
        ("POST", "/_sandbox/faults", {"kind": "wrong_key", "interface": "verify_scan"}, 400, "cannot happen"),
        ("POST", "/_sandbox/faults", {"kind": "html", "often": 3}, 400, "often"),
        ("POST", "/_sandbox/faults", b"{", 400, "/_sandbox/faults/kinds"),
        ("DELETE", "/_sandbox/faults/99", None, 404, "/_sandbox/faults"),
        ("POST", "/_sandbox/clock", {}, 400, "offset_s"),
        ("POST", "/_sandbox/clock", {"offset_s": 1, "frozen": "2021-01-01T12:00:00+08:00"}, 400, "one of them"),
        ("POST", "/_sandbox/clock", {"frozen": "noon"}, 400, "2021-01-01T12:00:00+08:00"),
        ("POST", "/_sandbox/settings", {"colour": 1}, 400, "level_form"),
        ("POST", "/_sandbox/settings", {"level_form": "x"}, 400, "digit"),
        ("POST", "/_sandbox/qr", {}, 400, "userid"),
        ("POST", "/_sandbox/qr", {"userid": "1"}, 400, "/_sandbox/people"),
        ("GET", "/_sandbox/nothing", None, 404, "/_sandbox/"),
        ("GET", "/nothing", None, 404, "/_sandbox/"),
        ("DELETE", "/_sandbox/people", None, 405, "/_sandbox/"),
    ],
)
def test_admin_errors_say_what_would_be_right(sandbox, method, path, body, status, words):
    seen, answer = sandbox.ask(method, path, body)
    assert seen == status and words in json.dumps(answer), answer


def test_the_index_lists_everything(sandbox):
    index = json.dumps(sandbox.ask("GET", "/_sandbox/")[1])
    for path in ("people", "magic", "faults", "clock", "settings", "qr", "reset", "journal", "config"):
        assert "/_sandbox/" + path in index, path
    kinds = sandbox.ask("GET", "/_sandbox/faults/kinds")[1]["kinds"]
    assert len(kinds) >= 20 and all(kind["what"] and kind["expects"] for kind in kinds)
