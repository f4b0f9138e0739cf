"""The examples do what they say."""

from __future__ import annotations

import base64
import csv
import importlib.util
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any, Dict, Iterator, List

import pytest
from skm import platform
from skm.sandbox import Sandbox

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "python"


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("example_" + path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_gate(skm_sandbox: Sandbox) -> None:
    codes = [skm_sandbox.qr_text(skm_sandbox.person(level)).encode() for level in ("green", "red")]
    ended = subprocess.run(
        [sys.executable, str(EXAMPLES / "gate.py"), skm_sandbox.config_path],
        # The fourth line is no UTF-8; the gate goes on after it.
        input=b"\n".join([*codes, b"nonsense", b"\xd5\xc5", codes[0]]),
        stdout=subprocess.PIPE,
        timeout=30,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    lines = ended.stdout.decode().splitlines()
    assert lines[:2] == ["开 open", "关 closed: red"] and len(lines) == 5
    assert all(line.startswith("关 closed: ") for line in lines[2:4]) and lines[4] == "开 open"


KEYS = {"auth_key": base64.b64encode(b"0123456789abcdef").decode(), "body_key": base64.b64encode(b"f" * 16).decode()}


class Downstream:
    """A unit below the relay, written with another cipher library."""

    def __init__(self, http: Any) -> None:
        self._http = http

    @staticmethod
    def _cipher(key: str) -> Any:
        from Crypto.Cipher import AES

        return AES.new(base64.b64decode(KEYS[key]), AES.MODE_ECB)

    def seal(self, key: str, text: str) -> str:
        from Crypto.Util.Padding import pad

        return base64.b64encode(self._cipher(key).encrypt(pad(text.encode(), 16))).decode()

    def open(self, text: str) -> Any:
        from Crypto.Util.Padding import unpad

        return json.loads(unpad(self._cipher("body_key").decrypt(base64.b64decode(text)), 16))

    def id(self, userid: str, name: str, account: str = "skm_auth_demo") -> Dict[str, Any]:
        body = self.seal("body_key", json.dumps({"userid": userid, "name": name}))
        headers = {"auth": self.seal("auth_key", account), "content-type": "text/plain"}
        found: Dict[str, Any] = self._http.post("/skm_public/member/get", content=body, headers=headers).json()
        return found

    def scan(self, qr_text: str, token: str = "t" * 64) -> Dict[str, Any]:
        form = {
            "url": qr_text,
            "source": "demo",
            "position": "江苏省,南京市,玄武区,示范路1号",
            "verifierDept": "示范医院",
            "verifierName": "𠮷野",
            "verifierPhone": "17700000000",
            "token": token,
        }
        found: Dict[str, Any] = self._http.post("/jkm/scanJsJkm", data=form).json()
        return found


@pytest.fixture
def downstream(skm_sandbox: Sandbox) -> Iterator[Downstream]:
    from fastapi.testclient import TestClient

    relay = load(EXAMPLES / "relay" / "relay.py")
    unit = relay.Unit(source="demo", token="t" * 64, account="skm_auth_demo", notice="notice B-7", **KEYS)
    assert "t" * 64 not in repr(unit) and KEYS["body_key"] not in repr(unit)
    with TestClient(relay.create(skm_sandbox.aio_client(), [unit])) as http:
        yield Downstream(http)


@pytest.mark.extras
@pytest.mark.parametrize("level", ["green", "yellow", "red", "unknown"])
def test_the_relay_passes_levels_on(skm_sandbox: Sandbox, downstream: Downstream, level: str) -> None:
    person = skm_sandbox.person(level)
    asked = downstream.id(person.number, person.name)
    assert asked["code"] == 200
    inner = downstream.open(asked["data"])
    assert (inner["userid"], inner["name"]) == (person.number, person.name)
    assert inner["levelData"] == ("4" if level == "unknown" else level)
    scanned = downstream.scan(skm_sandbox.qr_text(person))
    assert scanned["resCode"] == 0
    assert scanned["res"].get("level") == (None if level == "unknown" else level)


@pytest.mark.extras
def test_the_relay_takes_other_documents(skm_sandbox: Sandbox, downstream: Downstream) -> None:
    others = [person for person in skm_sandbox.people() if person.papers_type != "1"]
    assert others
    for person in others:
        assert downstream.id(person.number, person.name)["code"] == 200


@pytest.mark.extras
def test_the_relay_refuses(skm_sandbox: Sandbox, downstream: Downstream) -> None:
    person = skm_sandbox.person()
    code = skm_sandbox.qr_text(person)
    assert downstream.id(person.number, person.name, account="somebody")["code"] == "401"
    assert downstream.scan(code, token="x" * 64)["resCode"] == "116"
    refused = downstream.scan("nonsense")
    assert refused["resCode"] == "112" and "苏康码" in refused["resMessage"]
    assert downstream.id("320000198506304142", "查无此人")["code"] == "404"
    before = len(skm_sandbox.journal())
    # Wrong in its check character: refused before the province is asked.
    assert downstream.id("320000198506304143", "张三")["code"] == "400"
    assert downstream.scan(code, token="")["resCode"] == "116"
    assert len(skm_sandbox.journal()) == before, "a call that was refused here reached the province"
    # What is wrong between the relay and the province stays there.
    skm_sandbox.fault("verify_scan", "html")
    assert downstream.scan(code)["resMessage"] == "核验未能完成,请稍后再试"
    skm_sandbox.reset()
    skm_sandbox.fault("verify_id", "wrong_key")
    assert downstream.id(person.number, person.name)["message"] == "核验未能完成,请稍后再试"
    skm_sandbox.reset()
    for interface, kind in (("verify_scan", "no_level"), ("verify_scan", "html"), ("verify_id", "wrong_key")):
        skm_sandbox.fault(interface, kind)
        answer = (
            downstream.scan(skm_sandbox.qr_text(person))
            if "scan" in interface
            else downstream.id(person.number, person.name)
        )
        assert "green" not in json.dumps(answer)
        skm_sandbox.reset()


@pytest.mark.extras
def test_the_relays_units_file(skm_sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_CONFIG", skm_sandbox.config_path)
    monkeypatch.setenv("RELAY_UNITS", str(EXAMPLES / "relay" / "units.example.json"))
    assert load(EXAMPLES / "relay" / "relay.py").from_environment().routes
    assert platform.IdKeys(**KEYS)


@pytest.mark.extras
def test_the_rate_limit_of_an_executor() -> None:
    throttle = load(EXAMPLES / "spark" / "worker.py").Throttle(100)
    started = time.monotonic()
    for _ in range(31):
        throttle.wait()
    assert 0.29 <= time.monotonic() - started < 2


@pytest.mark.spark
def test_a_recheck_on_spark(skm_sandbox: Sandbox, tmp_path: Path) -> None:
    import pandas

    people = [person for person in skm_sandbox.people() if person.papers_type == "1"]
    rows: List[List[str]] = [[person.number, person.name] for person in people] * 10 + [["320000198506304143", "张三"]]
    with open(tmp_path / "people.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["number", "name"], *rows])
    output = tmp_path / "verdicts"
    ended = subprocess.run(
        [
            sys.executable,
            "recheck.py",
            *("--config", skm_sandbox.config_path, "--notice", "notice B-7", "--rate", "200"),
            str(tmp_path / "people.csv"),
            str(output),
        ],
        cwd=EXAMPLES / "spark",
        env={
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "PYSPARK_SUBMIT_ARGS": "--master local[2] --driver-memory 1g --conf spark.ui.enabled=false "
            "--conf spark.driver.bindAddress=127.0.0.1 --conf spark.driver.host=127.0.0.1 pyspark-shell",
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        timeout=400,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = pandas.read_parquet(output)
    levels = {person.number: "unverified" if person.level == "unknown" else person.level for person in people}
    assert len(found) == len(rows)
    for number, verdict, error in found.itertuples(index=False):
        if number in levels:
            assert verdict == levels[number] and pandas.isna(error)
        else:
            assert (verdict, error) == ("unverified", "input_invalid")
    assert len(skm_sandbox.journal()) == len(rows) - 1
    for person in people:
        assert person.number not in ended.stderr and person.name not in ended.stdout + ended.stderr
