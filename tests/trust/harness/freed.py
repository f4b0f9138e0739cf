"""`make freed`, the part for C, Python and Java: what the native library's memory holds when it gives it back.

    freed.py --built DIR --command SKM [--left-out FILE]

Each driver runs with `peek.so` preloaded (tests/trust/peek/peek.c), which searches every block that the library frees,
and every one that grows, for what the driver was given and what the platform said. What the JVM, the interpreter and
the program keep is theirs. Rust has the same through its allocator, in drivers/rust/tests/freed.rs.
"""

import base64
import re
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import proof  # noqa: E402
from harness.cells import INTERFACES  # noqa: E402
from harness.drivers import Built  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

LIBRARIES = {"c": "libskm.so", "python": "_native.abi3.so", "java": "libskm_jni.so"}
# Invented, as everything here.
PERSON = {"number": "320000198704236179", "name": "欧阳槑龘靐", "mobile": "17736925814"}
TEXTS = {"travel": "十四天内到过示范市示范区", "reason": "示范:曾与示范患者同乘"}
DEADLINE_MS = 20_000
# Where the unit checks is no secret and is not wiped: a search that does not find it finds nothing.
CONTROL = "position"
# Found, and to be mended: named in every run, so that it is not forgotten.
KNOWN = {"python": {"body_key (bytes)"}}


def people(folder):
    """A file with the person, about whom there is something to tell in every member of an answer."""
    rows = {**PERSON, **TEXTS, "level": "green"}
    file = folder / "people.toml"
    file.write_text(
        "[[person]]\n" + "".join('{} = "{}"\n'.format(key, value) for key, value in rows.items()), encoding="utf-8"
    )
    return file


def planted(sandbox, code):
    """What must not be left, by name: as UTF-8, as Java's UTF-16 and as GBK."""
    secrets = sandbox.secrets()
    texts = {**secrets, **PERSON, **TEXTS, "code": code, "identity": code.split("qrCode=")[1].split("&")[0]}
    for name, text in texts.items():
        yield name, text.encode("utf-8")
        yield name + " (UTF-16)", text.encode("utf-16-le")
        yield name + " (GBK)", text.encode("gb18030")
    for key in ("auth_key", "body_key"):
        yield key + " (bytes)", base64.b64decode(secrets[key])
    config = sandbox.config_file.read_text(encoding="utf-8")
    yield CONTROL, re.search(r'^position = "(.*)"$', config, re.M).group(1).encode("utf-8")


def play(driver, sandbox, fields):
    """Every form of every call, what is refused by the platform and by the library, and the end of the client."""
    driver.open("a", sandbox.config("a", deadline_ms=DEADLINE_MS))
    outcomes = [driver.call("a", interface, form, fields)[0] for interface in INTERFACES for form in ("block", "async")]
    outcomes += [driver.call("a", interface, "many", fields)[0] for interface in INTERFACES[1:]]
    issued = driver.ask("display", "a", *fields)[0]
    number, name, mobile, code, notice = fields
    magic = sandbox.ask("GET", "/_sandbox/magic")
    for other in magic["verify_scan"]["qr_text"].values():
        outcomes.append(driver.call("a", "verify_scan", "block", [number, name, mobile, other, notice])[0])
    for other in magic["verify_id"]["userid"].values():
        outcomes.append(driver.call("a", "verify_id", "block", [other, name, mobile, code, notice])[0])
    for wrong in ([number[:-1] + "8", name, mobile, code[:-3], notice], [number, name + "\x07", mobile, code, ""]):
        outcomes += [driver.call("a", interface, "block", wrong)[0] for interface in INTERFACES]
    driver.ask("close", "a")
    return outcomes, issued


def peek(built, binding, folder, options):
    """Plays one driver; gives what is so and what is not."""
    with Sandbox(built.command, folder, "--people", people(folder)) as sandbox:
        fields = sandbox.fields(PERSON)
        texts = dict(planted(sandbox, fields[3]))
        listed, report = folder / "texts.hex", folder / "report.txt"
        listed.write_text("".join(text.hex() + "\n" for text in texts.values()), encoding="ascii")
        environment = {
            "LD_PRELOAD": str(built.folder / "peek.so"),
            "PEEK_LIBRARY": LIBRARIES[binding],
            "PEEK_TEXTS": str(listed),
            "PEEK_REPORT": str(report),
        }
        with built.start(binding, folder, **environment) as driver:
            outcomes, issued = play(driver, sandbox, fields)
        told = [line.split() for line in report.read_text(encoding="ascii").splitlines()]
    blocks = sum(int(line[1]) for line in told if line[0] == "blocks")
    hits = {name: int(line[2]) for name, line in zip(texts, (line for line in told if line[0] == "hits"))}
    control = hits.pop(CONTROL, 0)
    found = {name: count for name, count in hits.items() if count}
    print(
        "freed memory: {}: {} blocks searched for {} texts, {} hits; what is not wiped was found {} times".format(
            binding, blocks, len(hits), sum(hits.values()), control
        )
    )
    for name in sorted(set(found) & KNOWN.get(binding, set())):
        times = found.pop(name)
        proof.leave_out("freed memory: {}: {} is found {} times: not wiped yet".format(binding, name, times), options)
    checks = {"{} is left in freed memory ({} times)".format(name, count): False for name, count in found.items()}
    checks["every text was looked for"] = len(hits) + 1 == len(texts)
    checks["what is not wiped was found"] = control > 0 and blocks > 1000
    checks["calls were green"] = outcomes.count("green") >= 6 and issued == "issued"
    return checks


def main():
    options = proof.parser(__doc__).parse_args()
    built = Built(options.built, sys.executable, options.command)
    checks = {}
    with tempfile.TemporaryDirectory(prefix="skm-freed-") as folder:
        for binding in LIBRARIES:
            lane = Path(folder) / binding
            lane.mkdir()
            checks[binding] = peek(built, binding, lane, options)
    return proof.end_with_checks("freed-memory", checks)


if __name__ == "__main__":
    sys.exit(main())
