"""The four calls against the sandbox, and what their results promise."""

from __future__ import annotations

import asyncio
import copy
import logging
import os
import pickle
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import skm
import skm.aio
from skm.sandbox import Person, Sandbox
from support import CONSENT, QR_TEXT, Canned, scan_section


@pytest.mark.parametrize("level", ["green", "yellow", "red", "unknown"])
def test_both_verifications_agree(skm_sandbox: Sandbox, client: skm.Client, level: str) -> None:
    person = skm_sandbox.person(level)
    scanned = client.verify_scan(qr_text=skm_sandbox.qr_text(person), consent=CONSENT)
    asked = client.verify_id(number=person.number, name=person.name, consent=CONSENT)
    for result in (scanned, asked):
        assert result.level is skm.Level(level)
        assert result.verdict is (skm.Verdict.UNVERIFIED if level == "unknown" else skm.Verdict(level))
        assert result.is_green is (level == "green")
        assert result.verdict.is_green is (level == "green")
    assert asked.number == person.number
    assert asked.name == person.name
    assert scanned.tip


def test_token_and_page(skm_sandbox: Sandbox, client: skm.Client) -> None:
    person = skm_sandbox.person()
    user = client.issue_user_token(
        name=person.name, number=person.number, mobile=person.mobile, sex="1", consent=CONSENT
    )
    assert len(user.token) == 64
    url = client.display_url(user.token, user.uuid)
    assert url.startswith(skm_sandbox.url) and user.token in url
    assert user.token not in repr(url) and user.token not in repr(user) and str(user.uuid) not in repr(user)


def test_nothing_is_true_by_accident(skm_sandbox: Sandbox, client: skm.Client) -> None:
    result = client.verify_scan(qr_text=skm_sandbox.qr_text(skm_sandbox.person("red")), consent=CONSENT)
    for thing in (result, result.level, result.verdict):
        with pytest.raises(TypeError, match="is_green"):
            bool(thing)
    with pytest.raises(skm.SkmError) as caught:
        client.verify_scan(qr_text="nonsense", consent=CONSENT)
    # An error stays true, as the interpreter's own printing of tracebacks asks for.
    assert bool(caught.value) and not caught.value.is_green


def test_results_are_frozen_and_travel(skm_sandbox: Sandbox, client: skm.Client) -> None:
    person = skm_sandbox.person()
    scanned = client.verify_scan(qr_text=skm_sandbox.qr_text(person), consent=CONSENT)
    asked = client.verify_id(number=person.number, name=person.name, consent=CONSENT)
    user = client.issue_user_token(name=person.name, number=person.number, mobile=person.mobile, consent=CONSENT)
    for result in (scanned, asked, user):
        for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
            again = pickle.loads(pickle.dumps(result, protocol))
            assert again == result and type(again) is type(result)
        assert copy.deepcopy(result) == result
        assert hash(copy.copy(result)) == hash(result)
        with pytest.raises(AttributeError):
            setattr(result, "level", skm.Level.GREEN)
    assert repr(pickle.loads(pickle.dumps(user.token))) == "Credential('***')"


def error(client: skm.Client, **arguments: Any) -> skm.SkmError:
    with pytest.raises(skm.SkmError) as caught:
        client.verify_id(**{"name": "张三丰", "consent": CONSENT, **arguments})
    return caught.value


def test_errors_travel(client: skm.Client) -> None:
    found = error(client, number="320000198506304143")
    assert isinstance(found, skm.InputError)
    assert (found.number, found.kind, found.name) == (200, skm.ErrorKind.INPUT_INVALID, "input_invalid")
    assert found.field == "number" and found.interface == "verify_id" and not found.retryable
    assert found.attempts == 0 and "校验位" in found.message_zh
    assert "verify_id" in found.technical_zh and "verify_id" not in found.message_zh and found.reason is None
    again = pickle.loads(pickle.dumps(found))
    assert type(again) is skm.InputError and vars(again) == vars(found) and str(again) == str(found)


@pytest.mark.parametrize(
    "text", ['[scan]\ntoken = "x/hidden"', "scan.token=x/hidden", '{"scan.token": "x/hidden"}', "a/" * 3000 + "hidden"]
)
def test_a_configuration_given_as_a_path_is_not_repeated(text: str) -> None:
    with pytest.raises(skm.ConfigError) as caught:
        skm.Client(text)
    assert "not the path of a file" in str(caught.value)
    assert "hidden" not in repr(caught.value) + caught.value.technical_zh + caught.value.message_zh


def test_the_sentence_for_the_desk_has_no_technical_word() -> None:
    with pytest.raises(skm.ConfigError) as caught:
        skm.Client("no/such/skm.toml")
    found = caught.value
    assert found.message.endswith("no/such/skm.toml: cannot be read (no such file)")
    assert found.technical_zh.endswith("no/such/skm.toml:无法读取(文件不存在)")
    assert not any(character.isascii() and character.isalpha() for character in found.message_zh)


def test_what_the_platform_wrote_does_not_travel() -> None:
    body = '{"resCode": 1, "resMessage": "张三丰 320000198506304142"}'.encode()
    with Canned(body=body) as server, skm.Client(scan=scan_section(server.url)) as client:
        with pytest.raises(skm.RefusedError) as caught:
            client.verify_scan(qr_text=QR_TEXT, consent=CONSENT)
    found = caught.value
    assert "张三丰" in str(found.platform_text) and "320000198506304142" in str(found.platform_text_verbatim)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        pickled = pickle.dumps(found, protocol)
        assert "张三丰".encode() not in pickled and b"320000198506304142" not in pickled
        again = pickle.loads(pickled)
        left = {"platform_text": None, "platform_text_verbatim": None}
        assert type(again) is type(found) and vars(again) == {**vars(found), **left}


def no_space(folder: Path, sandbox: Sandbox) -> Path:
    """The configuration of a client whose evidence log is a device on which every write fails for want of space."""
    (folder / "audit.jsonl").symlink_to("/dev/full")
    path = folder / "skm.toml"
    path.write_text(sandbox.config + '\n[audit]\nfile = "audit.jsonl"\non_failure = "continue"\n', "utf-8")
    return path


def test_records_that_could_not_be_written_are_counted(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    person = skm_sandbox.person()
    asked: Any = {"number": person.number, "name": person.name, "consent": CONSENT}
    path = no_space(tmp_path, skm_sandbox)
    with skm.Client(path) as client:
        assert client.audit_failures == 0
        assert client.verify_id(**asked).is_green
        assert client.audit_failures == 1
        child = os.fork()
        if child == 0:
            try:
                client.verify_id(**asked)
                client.verify_id(**asked)
                os._exit(7 if client.audit_failures == 2 else 8)
            finally:
                os._exit(9)
        assert os.WEXITSTATUS(os.waitpid(child, 0)[1]) == 7, "a child counts its own"
    assert client.audit_failures == 1, "closed, and still to be read"

    async def in_a_loop() -> int:
        async with skm.aio.Client(path) as other:
            await asyncio.gather(other.verify_id(**asked), other.verify_id(**asked))
            return other.audit_failures

    assert asyncio.run(in_a_loop()) == 2


def test_every_error_kind_has_a_class() -> None:
    from skm import _errors

    for kind in skm.ErrorKind:
        made = _errors.from_native(kind.value, "", "", False, None, None, None, None, None, None, None, 0)
        assert made.name == kind.name.lower() and type(made) is not skm.SkmError
        assert type(made).__name__ in skm.__all__


def test_errors_and_logs_hold_nothing_personal(
    skm_sandbox: Sandbox, client: skm.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number, name = "320000198506304143", "欧阳震华"
    found = error(client, number=number, name=name)
    shown = [str(found), repr(found), found.message_zh, repr(found.args), str(found.platform_text)]
    with Canned(body='{{"resCode": 1, "resMessage": "{} {}"}}'.format(number, "13800001234").encode()) as server:
        refusing = skm.Client(scan=scan_section(server.url))
        with pytest.raises(skm.RefusedError) as caught:
            refusing.verify_scan(qr_text=QR_TEXT, consent=CONSENT)
    refused = caught.value
    assert refused.platform_code == "1"
    assert refused.platform_text_verbatim is not None and number in refused.platform_text_verbatim
    shown += [str(refused), repr(refused), str(refused.platform_text), repr(refusing), repr(client), caplog.text]
    for text in shown:
        for secret in (number, name, "13800001234", "t" * 64, QR_TEXT):
            assert secret not in text


def test_repr_masks(skm_sandbox: Sandbox, client: skm.Client) -> None:
    person = skm_sandbox.person()
    scanned = client.verify_scan(qr_text=skm_sandbox.qr_text(person), consent=CONSENT)
    asked = client.verify_id(number=person.number, name=person.name, consent=CONSENT)
    shown = repr([scanned, asked, client.check_qr(QR_TEXT), skm.ResidentId.parse(person.number)])
    assert person.number not in shown and person.name not in shown and QR_TEXT not in shown
    assert skm.mask.name(person.name) in shown


def test_consent_is_required(client: skm.Client) -> None:
    for consent in (None, "notice A-12"):
        found = error(client, number="320000198506304142", consent=consent)
        assert found.kind is skm.ErrorKind.CONSENT_MISSING, consent
    for notice in ("", "  ", "\u3000\u200b"):
        with pytest.raises(skm.InputError) as caught:
            skm.Consent.explicit(notice)
        assert caught.value.kind is skm.ErrorKind.CONSENT_MISSING, notice
    now = datetime.now(timezone.utc)
    for wrong in ({"notice": "two\nlines"}, {"notice": "A", "given_at": now + timedelta(hours=1)}):
        with pytest.raises(skm.InputError) as caught:
            skm.Consent.authorised(**wrong)
        assert caught.value.kind is skm.ErrorKind.INPUT_INVALID and caught.value.field == "consent"
    skm.Consent.explicit("A", given_at=now + timedelta(seconds=60))
    with pytest.raises(TypeError):
        client.verify_id(number="320000198506304142", name="张三丰")  # type: ignore[call-arg]
    with pytest.raises(ValueError, match="time zone"):
        skm.Consent.explicit("A", given_at=datetime(2026, 1, 1))
    with pytest.raises(ValueError, match="explicit"):
        skm.Consent("perhaps", "A")


def test_padding_is_no_part_of_a_person(skm_sandbox: Sandbox, client: skm.Client) -> None:
    person = skm_sandbox.person()
    result = client.verify_id(number=f"\x02{person.number}\r\n", name=f"\ufeff{person.name}\u3000\x00", consent=CONSENT)
    assert result.is_green and result.number == person.number
    assert skm.ResidentId.parse(f"\u3000{person.number} ").number == person.number
    assert error(client, number=person.number, name="王\ue863").field == "name"
    assert error(client, number=person.number, name="张三", papers_type="9x").field == "papers_type"
    qr = skm_sandbox.qr_text(person)
    assert client.verify_scan(qr_text=f"\x02]Q1{qr}\x03\r\n", consent=CONSENT).is_green
    with pytest.raises(skm.InputError) as caught:
        client.verify_scan(qr_text=qr + skm_sandbox.qr_text(person), consent=CONSENT)
    assert caught.value.field == "qr_text"


def test_consent_is_recorded(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    log = tmp_path / "audit.log"
    path = tmp_path / "skm.toml"
    path.write_text(skm_sandbox.config + '\n[audit]\nfile = "audit.log"\n', "utf-8")
    person = skm_sandbox.person()
    given = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    consent = skm.Consent.authorised("notice B-7", given_at=given)
    with skm.Client(path) as client:
        client.verify_id(number=person.number, name=person.name, consent=consent)
    line = log.read_text("utf-8")
    assert "notice B-7" in line and "authorised" in line and "2026-01-02T11:04:05" in line
    assert person.number not in line and person.name not in line


@pytest.mark.parametrize("deadline", [0.2, timedelta(milliseconds=200)])
def test_no_call_outlives_its_deadline(skm_sandbox: Sandbox, client: skm.Client, deadline: Any) -> None:
    qr_text = skm_sandbox.qr_text(skm_sandbox.person())
    skm_sandbox.fault("verify_scan", "stall")
    started = datetime.now()
    with pytest.raises(skm.NetworkError) as caught:
        client.verify_scan(qr_text=qr_text, consent=CONSENT, deadline=deadline)
    assert caught.value.kind is skm.ErrorKind.DEADLINE_EXCEEDED and caught.value.retryable
    assert datetime.now() - started < timedelta(seconds=1.5)
    for wrong in (0, -1, 601, float("nan")):
        with pytest.raises(skm.InputError, match="deadline"):
            client.verify_scan(qr_text=qr_text, consent=CONSENT, deadline=wrong)


def test_a_closed_client_says_so(skm_sandbox: Sandbox) -> None:
    client = skm_sandbox.client()
    person = skm_sandbox.person()
    assert "open" in repr(client)
    with client as same:
        assert same is client
    client.close()
    assert client.closed and "closed" in repr(client)
    with pytest.raises(skm.UsageError) as caught:
        client.verify_id(number=person.number, name=person.name, consent=CONSENT)
    assert caught.value.name == "closed"
    with pytest.raises(skm.UsageError):
        client.display_url("token")
    assert client.check_qr(QR_TEXT).division == "320000"


def test_ways_to_configure(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    scan = scan_section(skm_sandbox.url)
    pem = tmp_path / "missing.pem"
    assert not skm.Client({"scan": scan}).closed
    assert not skm.Client({"scan": scan}, http={"retries": 0}).closed
    assert not skm.Client({"scan.url": scan["url"], "scan.source": "w", "scan.token": "t"}).closed
    assert not skm.Client(skm_sandbox.config_path).closed
    assert not skm.Client(Path(skm_sandbox.config_path)).closed
    with pytest.raises(TypeError, match="not both"):
        skm.Client(skm_sandbox.config_path, http={"retries": 0})
    with pytest.raises(skm.ConfigError, match="scan.tokn"):
        skm.Client(scan={**scan, "tokn": "x"})
    with pytest.raises(skm.ConfigError, match="http.retries"):
        skm.Client(scan=scan, http={"retries": 1.5})
    with pytest.raises(skm.ConfigError, match="http.deadline_ms"):
        skm.Client(scan=scan, http={"deadline_ms": 10**30})
    with pytest.raises(skm.ConfigError, match="http.ca_file"):
        skm.Client(scan=scan, http={"ca_file": pem})
    with pytest.raises(skm.ConfigError, match="cannot be read"):
        skm.Client(tmp_path / "nowhere.toml")
    with pytest.raises(skm.ConfigError) as caught:
        skm.Client(scan=scan).verify_id(number="320000198506304142", name="张三", consent=CONSENT)
    assert caught.value.name == "config_missing" and "[id]" in str(caught.value)


def test_secrets_stay_out_of_configuration_errors() -> None:
    for section in ({"appword": 7}, {"appword": ["geheim-42"]}, {"appword": "geheim-42", "appword_env": "X"}):
        with pytest.raises(skm.ConfigError) as caught:
            skm.Client(user_token={"url": "http://127.0.0.1:1/", "appmark": "a", **section})
        assert "geheim-42" not in str(caught.value)


def test_people_of_the_sandbox(skm_sandbox: Sandbox) -> None:
    people = skm_sandbox.people()
    assert {person.level for person in people} >= {"green", "yellow", "red"}
    assert all(isinstance(person, Person) for person in people)
    with pytest.raises(LookupError, match="blue"):
        skm_sandbox.person("blue")


def test_what_the_venue_decided_comes_with_the_error() -> None:
    with Canned() as server:
        gone = server.url
    client = skm.Client(scan=scan_section(gone), gate={"when_unreachable": "call_person"}, http={"deadline_ms": 1000})
    with pytest.raises(skm.NetworkError) as caught:
        client.verify_scan(qr_text=QR_TEXT, consent=CONSENT)
    assert caught.value.when_unreachable == "call_person"
    assert pickle.loads(pickle.dumps(caught.value)).when_unreachable == "call_person"
    with pytest.raises(skm.InputError) as refused:
        client.verify_scan(qr_text="nonsense", consent=CONSENT)
    assert refused.value.when_unreachable is None


def test_a_result_made_by_hand_is_not_green() -> None:
    assert skm.ScanResult(skm.Level.GREEN).verdict is skm.Verdict.UNVERIFIED
    assert not skm.ScanResult(skm.Level.GREEN).is_green
