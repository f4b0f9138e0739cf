"""A picture of one cell for the README: bars of processor time a call, shortest first, on a logarithmic scale."""

import math
from html import escape
from pathlib import Path
from typing import Dict, List, Tuple

PLACE = Path(__file__).resolve().parents[2] / "docs" / "images" / "benchmarks.svg"
CELL = "scan https 1"
WIDTH, LEFT, RIGHT, ROW, TOP = 800, 375, 70, 24, 56
OURS, THEIRS, BOUND = "#16794c", "#8a94a6", "#c9ced8"


def write(cells: Dict[str, Dict[str, dict]], titles: Dict[str, str], date: str) -> None:
    """Writes the picture of verify_scan over https with one thread."""
    measured = sorted(cells[CELL].items(), key=lambda item: item[1]["cpu_us"])
    bars = [(titles[name], figures["cpu_us"]) for name, figures in measured]
    PLACE.parent.mkdir(parents=True, exist_ok=True)
    PLACE.write_text(_svg(bars, date), encoding="utf-8")


def _svg(bars: List[Tuple[str, float]], date: str) -> str:
    least = 10 ** math.floor(math.log10(bars[0][1]))
    span = math.log10(bars[-1][1] / least)
    height = TOP + ROW * len(bars) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="13">',
        "<title>Processor time of one call, verify_scan over https, one thread</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="12" y="22" font-size="15" fill="#1f2430">Processor time of one verify_scan over https, µs '
        "(less is better, logarithmic)</text>",
        f'<text x="12" y="42" fill="#5b6475">one thread, loopback, medians; {escape(date)}; see docs/benchmarks.md</text>',
    ]
    for row, (title, value) in enumerate(bars):
        y = TOP + row * ROW
        wide = max(2.0, (WIDTH - LEFT - RIGHT) * math.log10(value / least) / span)
        ours = title.startswith("**")
        colour = OURS if ours else BOUND if title.startswith("raw") else THEIRS
        weight = ' font-weight="bold"' if ours else ""
        lines += [
            f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end" fill="#1f2430"{weight}>{escape(title.strip("*"))}</text>',
            f'<rect x="{LEFT}" y="{y + 3}" width="{wide:.1f}" height="{ROW - 6}" rx="2" fill="{colour}"/>',
            f'<text x="{LEFT + wide + 6:.1f}" y="{y + 16}" fill="#1f2430"{weight}>{value:.1f}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])
