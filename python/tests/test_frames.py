"""pandas and polars: columns with verdicts. Marked `extras`: `make test-python` says where they were left out."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
import skm
from skm.sandbox import Sandbox
from support import CONSENT, program

pytestmark = pytest.mark.extras


def roster(sandbox: Sandbox) -> Dict[str, List[Any]]:
    people = [person for person in sandbox.people() if person.papers_type == "1"]
    return {
        "证件号码": [*(person.number for person in people), None, "320000198506304143"],
        "姓名": [*(person.name for person in people), "张三", "李四"],
    }


def expected(sandbox: Sandbox) -> List[str]:
    people = [person for person in sandbox.people() if person.papers_type == "1"]
    levels = ["unverified" if person.level == "unknown" else person.level for person in people]
    return [*levels, "unverified", "unverified"]


def test_pandas(skm_sandbox: Sandbox, client: skm.Client) -> None:
    import pandas
    from skm.pandas import add_verdicts

    frame = pandas.DataFrame(roster(skm_sandbox)).set_index("证件号码", drop=False)
    steps: List[int] = []
    checked = add_verdicts(client, frame, number="证件号码", name="姓名", consent=CONSENT, progress=steps.append)
    assert list(checked["skm_verdict"]) == expected(skm_sandbox)
    assert list(checked.columns) == [
        *frame.columns,
        "skm_verdict",
        "skm_level",
        "skm_error",
        "skm_error_number",
    ]
    assert list(checked["skm_error"])[-2:] == ["input_invalid"] * 2
    assert list(checked["skm_error_number"])[-2:] == [200, 200] and checked["skm_error_number"].isna().sum() == (
        len(frame) - 2
    )
    assert "skm_verdict" not in frame.columns and checked.index.equals(frame.index) and sum(steps) == len(frame)
    empty = add_verdicts(client, frame.iloc[:0], number="证件号码", name="姓名", consent=CONSENT)
    assert len(empty) == 0 and "skm_verdict" in empty.columns
    with pytest.raises(TypeError, match="name the columns"):
        add_verdicts(client, frame, number="证件号码", consent=CONSENT)
    with pytest.raises(KeyError):
        add_verdicts(client, frame, number="nowhere", name="姓名", consent=CONSENT)


def test_pandas_numbers_that_were_read_as_numbers(client: skm.Client) -> None:
    import pandas
    from skm.pandas import add_verdicts

    frame = pandas.DataFrame({"n": [320000198506304142, 1], "name": ["张三", "李四"]})
    checked = add_verdicts(client, frame, number="n", name="name", consent=CONSENT)
    assert list(checked["skm_error"]) == ["input_invalid"] * 2


def test_polars(skm_sandbox: Sandbox, client: skm.Client) -> None:
    import polars
    from skm.polars import add_verdicts

    frame = polars.DataFrame(roster(skm_sandbox))
    checked = add_verdicts(client, frame, number="证件号码", name="姓名", consent=CONSENT, prefix="码_")
    assert checked["码_verdict"].to_list() == expected(skm_sandbox)
    assert checked["码_error_number"].to_list()[-2:] == [200, 200]
    assert checked.drop("码_verdict", "码_level", "码_error", "码_error_number").equals(frame)
    codes = [skm_sandbox.qr_text(skm_sandbox.person(level)) for level in ("red", "green")]
    scanned = add_verdicts(client, polars.DataFrame({"qr": codes}), qr_text="qr", consent=CONSENT)
    assert scanned["skm_verdict"].to_list() == ["red", "green"]


def test_neither_is_imported_unless_used() -> None:
    ended = program(
        "import skm, skm.aio, sys; print(sorted({'pandas', 'polars', 'numpy', 'asyncio'} & set(sys.modules)))"
    )
    assert ended.stdout == "['asyncio']\n", ended.stderr
