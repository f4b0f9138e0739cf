"""The built-in dialect file: what a city's variant is copied from."""

from pathlib import Path

BUILT_IN = Path(__file__).resolve().parents[3] / "dialects" / "db32t3761-46-2021.toml"


def variant(folder, *changes):
    """A copy with `(old, new)` lines changed; each must be there."""
    text = BUILT_IN.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file = folder / "city.toml"
    file.write_text(text, encoding="utf-8")
    return file
