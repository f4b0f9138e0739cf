"""A mistake of ours is an ordinary exception. Needs a build with the feature `testing`: `make test-python-panic`."""

from __future__ import annotations

import pickle

import pytest
import skm
from skm import _native
from support import program


@pytest.mark.panics
def test_a_panic_is_an_ordinary_error() -> None:
    panic = getattr(_native, "panic_on_purpose")
    with pytest.raises(skm.InternalError) as caught:
        panic("张三 320000198506304142")
    assert "fence.rs:" in str(caught.value) and "张三" not in repr(caught.value)
    assert isinstance(caught.value, Exception) and caught.value.number == 900
    assert pickle.loads(pickle.dumps(caught.value)).name == "internal"


@pytest.mark.panics
def test_what_was_panicked_with_stays_off_stderr() -> None:
    ended = program(
        """
        import skm
        from skm import _native
        try:
            _native.panic_on_purpose("张三 320000198506304142")
        except skm.InternalError:
            print("fine")
        """
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "fine\n", "")


def test_what_ships_cannot_panic_on_purpose() -> None:
    assert not hasattr(_native, "panic_on_purpose")
