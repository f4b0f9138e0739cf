"""What docs/python.md shows is run, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, List

import pytest
import skm
from skm.sandbox import Sandbox

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "python.md"

pytestmark = pytest.mark.skipif(not DOCUMENT.exists(), reason="the documents are not beside the suite")


def snippets() -> List[str]:
    return re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(encoding="utf-8"), re.M | re.S)


def test_ten_lines(skm_sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "skm.toml").write_text(skm_sandbox.config, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for level, opened in (("green", 1), ("red", 0)):
        person = skm_sandbox.person(level)
        gate: List[str] = []
        given: Dict[str, Any] = {
            "scanned": skm_sandbox.qr_text(person),
            "number": person.number,
            "name": person.name,
            "mobile": person.mobile,
            "open_gate": lambda: gate.append("open"),
            "show": lambda verdict, tip: gate.append(str(verdict)),
        }
        exec(compile(snippets()[0], str(DOCUMENT), "exec"), given)
        assert len(gate) == 1 and gate.count("open") == opened
        assert given["result"].is_green == bool(opened)
        assert str(given["page"]).startswith(skm_sandbox.url) and "token" not in repr(given["page"])


def test_tests_of_your_own(skm_sandbox: Sandbox) -> None:
    def my_gate(client: skm.Client, code: str) -> bool:
        return client.verify_scan(qr_text=code, consent=skm.Consent.explicit("notice A-12")).is_green

    given: Dict[str, Any] = {"my_gate": my_gate}
    exec(compile(snippets()[1], str(DOCUMENT), "exec"), given)
    given["test_red_stays_out"](skm_sandbox)
    given["test_the_platform_is_slow"](skm_sandbox)
    assert len(snippets()) == 2
