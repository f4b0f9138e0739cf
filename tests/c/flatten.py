"""Turns the JSON vectors into lines that a C program reads without a JSON library.

usage: flatten.py <folder of vectors> <built-in dialect> <folder to write>

Writes cases.txt: "@ file list" begins a case, "key hex" is a text of it ("key ~" is a null), keys of nested objects are
joined with dots. Cases that need another dialect get the path of one as "dialect".
"""

import json
import pathlib
import sys


def put(lines, key, value):
    if isinstance(value, dict) and key != "expect.extra":
        for inner, below in value.items():
            put(lines, f"{key}.{inner}" if key else inner, below)
        return
    if isinstance(value, dict):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if isinstance(value, bool):
        value = "true" if value else "false"
    text = "~" if value is None else str(value).encode().hex()
    lines.append(f"{key} {text}")
    if "00" in (text[at : at + 2] for at in range(0, len(text), 2)):
        lines.append(f"{key}.holds_nul {b'true'.hex()}")


def dialect_for(case, source, folder):
    """The dialect of a wire case, if its configuration differs from the built-in one."""
    config = case.get("config", {})
    edits = []
    if "method" in config:
        edits.append(('method = "form"', f'method = "{config["method"]}"'))
    if "cipher" in config:
        edits.append(('cipher = "aes-128-ecb"', f'cipher = "{config["cipher"]}"'))
    if "iv_hex" in config:
        edits.append((f'iv = "{"0" * 32}"', f'iv = "{config["iv_hex"]}"'))
    text = source
    for old, new in edits:
        if old not in text:
            sys.exit(f"flatten.py: the built-in dialect has no line {old}")
        text = text.replace(old, new)
    path = folder / f"dialect-{abs(hash(text))}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def main():
    vectors, dialect, folder = (pathlib.Path(argument) for argument in sys.argv[1:])
    source = dialect.read_text(encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    for path in sorted(vectors.glob("*.json")):
        for name, cases in json.loads(path.read_text(encoding="utf-8")).items():
            if not isinstance(cases, list):
                continue
            for case in cases:
                lines.append(f"@ {path.stem} {name}")
                if path.stem == "wire":
                    case = {**case, "dialect": dialect_for(case, source, folder)}
                put(lines, "", case)
    (folder / "cases.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


main()
