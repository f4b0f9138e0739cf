"""A mistake of ours is an ordinary exception. Needs a build with the feature `testing`: `make test-python-panic`."""

from __future__ import annotations

import pickle

import pytest
import skm
from skm import _native


@pytest.mark.panics
def test_a_panic_is_an_ordinary_error() -> None:
    panic = getattr(_native, "panic_on_purpose")
    with pytest.raises(skm.InternalError) as caught:
        panic()
    assert isinstance(caught.value, Exception) and caught.value.number == 900
    assert pickle.loads(pickle.dumps(caught.value)).name == "internal"


def test_what_ships_cannot_panic_on_purpose() -> None:
    assert not hasattr(_native, "panic_on_purpose")
