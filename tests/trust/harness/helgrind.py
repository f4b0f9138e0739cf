"""`make helgrind`: the C driver with several threads under valgrind's helgrind: no misuse of locks or threads, no race
in the program that uses the library.

    helgrind.py --built DIR --command SKM [--left-out FILE]
"""

import argparse
import re
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness.drivers import Built  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

THREADS, CALLS = 4, 200
LEFT_OUT = "LEFT OUT: helgrind: valgrind is not installed (apt-get install valgrind)"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--left-out")
    return parser.parse_args()


def main():
    options = arguments()
    if shutil.which("valgrind") is None:
        print(LEFT_OUT)
        if options.left_out:
            with open(options.left_out, "a", encoding="utf-8") as left_out:
                print(LEFT_OUT, file=left_out)
        return 0
    built = Built(options.built, sys.executable, options.command)
    suppressions = Path(__file__).resolve().parent / "helgrind.supp"
    valgrind = ["valgrind", "--tool=helgrind", "--suppressions={}".format(suppressions)]
    with tempfile.TemporaryDirectory(prefix="skm-helgrind-") as folder:
        with Sandbox(built.command, Path(folder), "--qr-life", "86400") as sandbox:
            fields = sandbox.fields(sandbox.person("green"))
            with built.start("c", Path(folder), valgrind) as driver:
                driver.open("a", sandbox.config("a", deadline_ms=60_000))
                interfaces = "issue_user_token,verify_scan,verify_id"
                outcomes = driver.ask("loop", "a", THREADS, CALLS, 100, interfaces, *fields)[0]
                for form in ("async", "many"):
                    assert driver.call("a", "verify_id", form, fields)[1], form
                driver.ask("close", "a")
            text = driver.errors.read_text(encoding="utf-8", errors="replace")
    summary = re.search(r"ERROR SUMMARY: (\d+) errors", text)
    assert summary, "helgrind did not come to its summary\n" + text[-2000:]
    print("helgrind: {} calls from {} threads: {}; {} errors outside the library".format(
        CALLS, THREADS, outcomes, summary.group(1)))
    if summary.group(1) != "0":
        print(text, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
