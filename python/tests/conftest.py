"""Fixtures of the suite. `skm_sandbox` comes from the package itself, as its users get it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Iterator

import pytest
import skm
from skm.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parent))

pytest_plugins = ["pytester"]


@pytest.fixture
def client(skm_sandbox: Sandbox) -> Iterator[skm.Client]:
    with skm_sandbox.client() as client:
        yield client


@pytest.fixture(scope="session")
def vectors() -> Path:
    """The conformance vectors: SKM_VECTORS, or the project's own."""
    given = os.environ.get("SKM_VECTORS")
    folder = Path(given) if given else Path(__file__).resolve().parents[2] / "tests" / "vectors"
    assert folder.is_dir(), "no vectors in {}: set SKM_VECTORS".format(folder)
    return folder
