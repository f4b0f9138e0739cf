"""Who checks the checker: the second platform must complain about every small departure from the specification."""

import time

import pytest

from independent import cipher, requests, sign
from independent.client import send
from support.platform import AUTH_KEY, BODY_KEY, GATEWAY, GIVEN, ID, SCAN, start_platform

PERSON = {"name": "张三", "paperstype": "1", "papersnumber": "320000198506304142", "mobile": "13800001234"}
QR = "https://skm.example.invalid/a/index.html?qrCode=V596bc9213d08df46ed307f633dcf17432320000&b=k%2BFF#/result"
FORM_UTF8 = requests.FORM + "; charset=UTF-8"


def token_pairs(**changes):
    stamp = changes.pop("time", sign.timestamp(time.time()))
    pairs = requests.token_pairs(GIVEN["appmark"], GIVEN["appword"], stamp, "generateUserToken", PERSON)
    return [(name, changes.get(name, value)) for name, value in pairs]


def scan_pairs():
    return requests.scan_pairs(
        QR, GIVEN["source"], "江苏省,无锡市,梁溪区,示范路1号", "示范医院", "示范员", "17700000000", GIVEN["unit_token"]
    )


def form(pairs, content_type=FORM_UTF8):
    wire = requests.scan_wire(pairs)
    return requests.Wire("POST", content_type, body=wire.body)


def id_wire(body, account=GIVEN["account"], keys=(AUTH_KEY, BODY_KEY)):
    return requests.id_wire(account, *keys, body)


BODY = requests.id_body(PERSON["papersnumber"], PERSON["name"])
COMPACT = requests.params(PERSON)
SPACED = COMPACT.replace('":"', '": "')
ESCAPED = COMPACT.replace("张", "\\u5f20")
REORDERED = requests.strict_json.write(reversed(list(PERSON.items())))
GOOD_ID = id_wire(BODY)

DEPARTURES = [
    ("token: order", GATEWAY, lambda: form(token_pairs()[::-1])),
    ("token: one more", GATEWAY, lambda: form([*token_pairs(), ("x", "1")])),
    ("token: upper-case sign", GATEWAY, lambda: form(token_pairs(sign="A" * 32))),
    ("token: utc", GATEWAY, lambda: form(token_pairs(time=sign.timestamp(time.time() - 8 * 3600)))),
    ("token: params spaced", GATEWAY, lambda: form(token_pairs(params=SPACED))),
    ("token: params escaped", GATEWAY, lambda: form(token_pairs(params=ESCAPED))),
    ("token: params in another order", GATEWAY, lambda: form(token_pairs(params=REORDERED))),
    ("token: null in params", GATEWAY, lambda: form(token_pairs(params=COMPACT[:-1] + ',"email":null}'))),
    ("token: GET", GATEWAY, lambda: requests.token_wire(token_pairs(), "query")),
    ("token: JSON", GATEWAY, lambda: requests.token_wire(token_pairs(), "json")),
    ("scan: order", SCAN, lambda: form(scan_pairs()[::-1])),
    ("scan: no charset", SCAN, lambda: form(scan_pairs(), requests.FORM)),
    (
        "scan: blank as %20",
        SCAN,
        lambda: requests.Wire(
            "POST",
            FORM_UTF8,
            body=form([*scan_pairs()[:3], ("verifierDept", "a b"), *scan_pairs()[4:]]).body.replace(b"a+b", b"a%20b"),
        ),
    ),
    (
        "scan: lower-case escapes",
        SCAN,
        lambda: requests.Wire("POST", FORM_UTF8, body=form(scan_pairs()).body.replace(b"%3A", b"%3a")),
    ),
    (
        "scan: another header",
        SCAN,
        lambda: requests.Wire("POST", FORM_UTF8, {"Cookie": "a=b"}, body=form(scan_pairs()).body),
    ),
    ("id: keys swapped", ID, lambda: id_wire(BODY, keys=(BODY_KEY, AUTH_KEY))),
    ("id: another account", ID, lambda: id_wire(BODY, account="skm_auth_other")),
    ("id: spaced", ID, lambda: id_wire(BODY.replace(":", ": "))),
    ("id: order", ID, lambda: id_wire(requests.strict_json.write([("name", "张三"), ("userid", "1")]))),
    ("id: empty optional missing required", ID, lambda: id_wire('{"userid":"1"}')),
    (
        "id: line breaks",
        ID,
        lambda: requests.Wire(
            "POST", "text/plain", GOOD_ID.headers, body=GOOD_ID.body[:20] + b"\r\n" + GOOD_ID.body[20:]
        ),
    ),
    (
        "id: url alphabet",
        ID,
        lambda: requests.Wire(
            "POST",
            "text/plain",
            {"auth": cipher.seal("aes-128-ecb", AUTH_KEY, GIVEN["account"]).rstrip("=")},
            body=GOOD_ID.body,
        ),
    ),
    (
        "id: JSON content type",
        ID,
        lambda: requests.Wire("POST", "application/json", GOOD_ID.headers, body=GOOD_ID.body),
    ),
]


def test_what_the_specification_says_passes():
    with start_platform() as (platform, base):
        for path, wire in ((GATEWAY, form(token_pairs())), (SCAN, form(scan_pairs())), (ID, GOOD_ID)):
            assert send(base + path, wire).status == 200
        assert platform.complaints == [] and len(platform.requests) == 3


@pytest.mark.parametrize("name, path, make", DEPARTURES, ids=[name for name, _, _ in DEPARTURES])
def test_every_departure_is_a_complaint(name, path, make):
    with start_platform() as (platform, base):
        assert send(base + path, make()).status == 599, name
        assert len(platform.complaints) == 1 and platform.requests == []
