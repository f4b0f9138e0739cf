"""`make helgrind`: the C driver with several threads under valgrind's helgrind: no misuse of locks or threads, no race
in the program that uses the library.

    helgrind.py --built DIR --command SKM [--left-out FILE]
"""

import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import proof  # noqa: E402
from harness.cells import INTERFACES  # noqa: E402
from harness.drivers import Built  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

THREADS, CALLS = 4, 200
# Far more than they take, even under valgrind.
SECONDS = 600


def judge(looped, errors):
    """Prints the figures; gives what is so and what is not."""
    print(
        "helgrind: {} calls from {} threads: {}; {} errors outside the library".format(
            looped.calls, THREADS, looped.words, errors
        )
    )
    return {
        "{} calls were made".format(CALLS): looped.calls == CALLS,
        "every call succeeded": looped.count("ok", "green") == CALLS,
        "no errors outside the library": errors == 0,
    }


def main():
    options = proof.parser(__doc__).parse_args()
    if shutil.which("valgrind") is None:
        proof.leave_out("helgrind: valgrind is not installed (apt-get install valgrind)", options)
        return 0
    built = Built(options.built, sys.executable, options.command)
    suppressions = Path(__file__).resolve().parent / "helgrind.supp"
    valgrind = ["valgrind", "--tool=helgrind", "--suppressions={}".format(suppressions)]
    with tempfile.TemporaryDirectory(prefix="skm-helgrind-") as folder:
        with Sandbox(built.command, Path(folder), "--qr-life", "86400") as sandbox:
            fields = sandbox.fields(sandbox.person("green"))
            with built.start("c", Path(folder), valgrind) as driver:
                driver.open("a", sandbox.config("a", deadline_ms=60_000))
                looped = driver.loop("a", THREADS, CALLS, SECONDS, INTERFACES, fields)
                for form in ("async", "many"):
                    outcome, green, _ = driver.call("a", "verify_id", form, fields)
                    assert (outcome, green) == ("green", True), (form, outcome)
                driver.ask("close", "a")
            text = driver.errors.read_text(encoding="utf-8", errors="replace")
    summary = re.search(r"ERROR SUMMARY: (\d+) errors", text)
    assert summary, "helgrind did not come to its summary\n" + text[-2000:]
    checks = judge(looped, int(summary.group(1)))
    if not all(checks.values()):
        print(text, file=sys.stderr)
    return proof.end_with_checks("helgrind", {"c": checks})


if __name__ == "__main__":
    sys.exit(main())
