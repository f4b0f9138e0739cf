"""A gate: one scanned code in, open or closed. `skm sandbox --write-config skm.toml` gives it something to ask.

python gate.py skm.toml < codes.txt
"""

from __future__ import annotations

import sys

import skm


def decide(client: skm.Client, scanned: str) -> str:
    """What the gate's screen says."""
    try:
        result = client.verify_scan(qr_text=scanned, consent=skm.Consent.explicit("notice A-12"), deadline=3.0)
    except skm.SkmError as error:
        # Not green, whatever the reason. The text is safe to show and to log.
        return f"关 closed: {error.message_zh}"
    return "开 open" if result.is_green else f"关 closed: {result.verdict.value}"


def main() -> None:
    # Bytes that are not UTF-8 are a code that is refused, not the end of the gate.
    scanner = open(sys.stdin.fileno(), encoding="utf-8", errors="surrogateescape", closefd=False)
    with skm.Client(sys.argv[1]) as client:
        for line in scanner:
            print(decide(client, line), flush=True)


if __name__ == "__main__":
    main()
