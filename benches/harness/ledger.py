"""The ledger of instructions a call: a change of more than 3 % fails, unless it is written down with a reason."""

import datetime
import re
from pathlib import Path
from typing import Dict, List

LEDGER = Path(__file__).resolve().parents[1] / "ledger.toml"
TOLERANCE = 0.03
HEAD = """\
# Instructions a call by callgrind, in the profile that ships. `make bench-quick` fails when one differs by more than 3 %
# from the last entry; `make bench-ledger REASON="…"` adds an entry. Counts hold for the tools named with them: with
# others nothing is compared, and the run says so.
"""


def last() -> dict:
    """The last entry: its tools, and the counts by name; empty without a ledger."""
    if not LEDGER.exists():
        return {}
    entry = LEDGER.read_text(encoding="utf-8").split("[[entry]]")[-1]
    texts = dict(re.findall(r'^(\w+) = "(.*)"$', entry, flags=re.M))
    counts = {name: int(count) for name, count in re.findall(r"^(\w+) = (\d+)$", entry, flags=re.M)}
    return {"tools": texts.get("tools", ""), "counts": counts} if counts else {}


def compare(counts: Dict[str, int], tools: str) -> List[str]:
    """What is wrong, a line each; a line that begins with LEFT OUT is no fault."""
    known = last()
    if not known:
        return ['the ledger is empty: make bench-ledger REASON="first entry"']
    if known["tools"] != tools:
        return [f"LEFT OUT: the ledger of instructions: it holds for {known['tools']}; here is {tools}"]
    faults = []
    for name, before in known["counts"].items():
        if name not in counts:
            faults.append(f"LEFT OUT: instructions of {name}: not built here")
        elif abs(counts[name] / before - 1) > TOLERANCE:
            change = (counts[name] / before - 1) * 100
            faults.append(
                f'{name}: {before} -> {counts[name]} instructions a call ({change:+.1f} %): make bench-ledger REASON="…"'
            )
    return faults


def add(counts: Dict[str, int], tools: str, reason: str) -> None:
    """Writes an entry."""
    if not reason.strip() or '"' in reason:
        raise SystemExit('a ledger entry needs a reason, without quotes: make bench-ledger REASON="…"')
    text = LEDGER.read_text(encoding="utf-8") if LEDGER.exists() else HEAD
    lines = ["", "[[entry]]", f'date = "{datetime.date.today()}"', f'reason = "{reason.strip()}"', f'tools = "{tools}"']
    lines += [f"{name} = {count}" for name, count in counts.items()]
    LEDGER.write_text(text.rstrip("\n") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
