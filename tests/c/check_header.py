"""Every item of skm.h has its words: a macro, a type, a member or a function without a comment before it is an error.

usage: check_header.py <skm.h>
"""

import pathlib
import re
import sys

ITEM = re.compile(r"\s*(?:#define (SKM_\w+)|typedef .*?(\w+)?[;{(]|(?:[\w ]+[ *]+)(\w+)\s*[;(])")
SKIPPED = {"SKM_H"}


def main():
    lines = pathlib.Path(sys.argv[1]).read_text(encoding="utf-8").splitlines()
    bare, items, depth = [], 0, 0
    for number, line in enumerate(lines, 1):
        inside_comment = line.lstrip().startswith(("*", "/*"))
        begins = depth == 0 and not inside_comment and ITEM.match(line)
        depth = max(0, depth + line.count("(") - line.count(")")) if not inside_comment else depth
        if not begins or begins.group(1) in SKIPPED or line.startswith("}") or line.startswith("extern"):
            continue
        items += 1
        if not lines[number - 2].rstrip().endswith("*/"):
            bare.append(f"{number}: {line.strip()}")
    if bare or items < 150:
        sys.exit("without words in skm.h:\n" + "\n".join(bare) + f"\n({items} items seen)")


main()
