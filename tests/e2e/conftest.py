"""What every suite here shares: the vectors, the built command, a sandbox, the independent client of it."""

import json
import os
from pathlib import Path

import pytest

from support.command import Command
from support.platform import config_text, start_platform
from support.sandbox import start_sandbox
from support.unit import Unit

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def vectors():
    folder = Path(os.environ.get("SKM_VECTORS") or ROOT / "tests" / "vectors")

    def read(name):
        return json.loads((folder / name).read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def command():
    """The built command, from SKM_COMMAND or the target directory."""
    built = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target") / "debug" / "skm"
    path = Path(os.environ.get("SKM_COMMAND") or built)
    assert path.is_file(), f"{path} is missing: cargo build -p skm-cli, or set SKM_COMMAND"
    return Command(path)


@pytest.fixture(scope="module")
def sandbox(command, tmp_path_factory):
    """One sandbox for a file of tests."""
    with start_sandbox(command, tmp_path_factory.mktemp("sandbox")) as running:
        yield running


@pytest.fixture
def unit(command, tmp_path):
    """The command with a configuration for a fresh second platform, which must have nothing to complain about."""
    with start_platform() as (platform, base):
        config = tmp_path / "skm.toml"
        config.write_text(config_text(base), encoding="utf-8")
        yield Unit(command, platform, base, config)
        assert platform.complaints == []


@pytest.fixture(autouse=True)
def back_to_start(request):
    """Tests that touch the sandbox leave it as it was."""
    yield
    if "sandbox" in request.fixturenames:
        request.getfixturevalue("sandbox").reset()
