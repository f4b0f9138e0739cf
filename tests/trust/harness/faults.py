"""`make faults` and the sample of it in `make test-trust`: never green, never late, the right name.

    faults.py --built DIR --command SKM [--sample N] [--write docs/faults.md] [--left-out FILE]
"""

import argparse
import contextlib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import report  # noqa: E402
from harness.cells import NETWORK, plan  # noqa: E402
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.matrix import Matrix  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

GRACE_MS = 50
LEAST_CELLS = 600


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", required=True, help="where the drivers were built")
    parser.add_argument("--command", required=True, help="the skm command")
    parser.add_argument("--sample", type=int, default=1, help="only every Nth cell")
    parser.add_argument("--lanes", type=int, default=1, help="bindings at once")
    parser.add_argument("--write", help="the file the table goes to")
    parser.add_argument("--left-out", help="the file that says what was left out")
    return parser.parse_args()


def run(built, binding, folder, sample):
    """The cells of one binding."""
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(built.command, Path(folder) / binding))
        matrix = stack.enter_context(Matrix(built, binding, sandbox, GRACE_MS))
        matrix.check_the_drivers_eyes()
        kinds = sandbox.ask("GET", "/_sandbox/faults/kinds")["kinds"]
        # Every binding begins elsewhere, so that together they sample more.
        cells = plan(binding, kinds, matrix.network)[BINDINGS.index(binding) % sample :: sample]
        for cell in cells:
            matrix.run(cell)
        return cells, matrix.network, matrix.repeated


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="skm-faults-") as folder, ThreadPoolExecutor(options.lanes) as lanes:
        runs = list(lanes.map(lambda binding: run(built, binding, folder, options.sample), BINDINGS))
    cells = [cell for part, _, _ in runs for cell in part]
    repeated = [over_ms for _, _, part in runs for over_ms in part]
    missing = sorted(set(NETWORK) - {fault for _, network, _ in runs for fault in network})
    figures = report.Figures(cells, repeated, GRACE_MS, time.monotonic() - started)
    print(figures.line())
    for fault in missing:
        line = "LEFT OUT: fault matrix: {}: no private network here (unshare)".format(NETWORK[fault])
        print(line)
        if options.left_out:
            with open(options.left_out, "a", encoding="utf-8") as left_out:
                print(line, file=left_out)
    if options.write:
        Path(options.write).write_text(report.page(figures, missing), encoding="utf-8")
    for complaint in figures.complaints():
        print(complaint, file=sys.stderr)
    enough = options.sample > 1 or len(cells) >= LEAST_CELLS
    if not enough:
        print("only {} cells".format(len(cells)), file=sys.stderr)
    return 0 if enough and not figures.complaints() else 1


if __name__ == "__main__":
    sys.exit(main())
