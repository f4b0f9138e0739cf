"""The pytest fixture ``skm_sandbox``: a province platform for your own tests, installed with the package.

::

    def test_my_gate(skm_sandbox):
        code = skm_sandbox.qr_text(skm_sandbox.person("red"))
        assert not my_gate(skm_sandbox.client(), code)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterator

import pytest

if TYPE_CHECKING:
    from skm.sandbox import Sandbox

__all__ = ["skm_sandbox", "skm_sandbox_process"]


@pytest.fixture(scope="session")
def skm_sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for the whole run; :func:`skm_sandbox` hands it out clean."""
    from skm.sandbox import Sandbox

    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def skm_sandbox(skm_sandbox_process: Sandbox) -> Iterator[Sandbox]:
    """A :class:`skm.sandbox.Sandbox` in the state after the start."""
    skm_sandbox_process.reset()
    yield skm_sandbox_process
    skm_sandbox_process.reset()
