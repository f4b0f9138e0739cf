"""`pip install` alone gives the command, its sandbox included, and the pytest fixture."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
import urllib.request
from pathlib import Path

import pytest
import skm
from support import CONSENT

SCRIPT = os.path.join(sysconfig.get_path("scripts"), "skm")


@pytest.mark.parametrize("command", [[SCRIPT], [sys.executable, "-m", "skm"]])
def test_both_ways_to_the_command(command: "list[str]") -> None:
    version = subprocess.run([*command, "--version"], stdout=subprocess.PIPE, timeout=30, encoding="utf-8")
    assert (version.returncode, version.stdout.split()) == (0, ["skm", skm.__version__])
    wrong = subprocess.run([*command, "--nonsense"], stderr=subprocess.PIPE, timeout=30, encoding="utf-8")
    assert wrong.returncode == 2 and "--nonsense" in wrong.stderr


def test_a_sandbox_from_the_command_line(tmp_path: Path) -> None:
    config = tmp_path / "skm.toml"
    command = [sys.executable, "-m", "skm", "sandbox", "--listen", "127.0.0.1:0", "--write-config", str(config)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["ready"]
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        people = json.load(opener.open(url + "/_sandbox/people", timeout=10))["people"]
        green = next(person for person in people if person["level"] == "green")
        with skm.Client(config) as client:
            assert client.verify_scan(qr_text=green["qr_text"], consent=CONSENT).is_green
        process.send_signal(signal.SIGINT)
        process.wait(10)
    finally:
        process.kill()
        process.wait(10)


def test_the_fixture_in_a_users_project(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_red_stays_out(skm_sandbox):
            code = skm_sandbox.qr_text(skm_sandbox.person("red"))
            skm_sandbox.fault("verify_scan", "no_level")
            with skm_sandbox.client() as client:
                assert not client.verify_scan(qr_text=code, consent=skm_sandbox.consent).is_green

        def test_clean_again(skm_sandbox):
            code = skm_sandbox.qr_text(skm_sandbox.person("green"))
            with skm_sandbox.client() as client:
                assert client.verify_scan(qr_text=code, consent=skm_sandbox.consent).is_green
            assert len(skm_sandbox.journal()) == 1
        """
    )
    pytester.runpytest_subprocess("-q").assert_outcomes(passed=2)
