"""`make faults` and the sample of it in `make test-trust`: never green, never late, the right name.

faults.py --built DIR --command SKM [--sample N] [--write docs/faults.md] [--left-out FILE]
"""

import contextlib
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import proof, report  # noqa: E402
from harness.cells import NETWORK, plan  # noqa: E402
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.matrix import Matrix  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

LEAST_CELLS = 600


def arguments():
    parser = proof.parser(__doc__)
    parser.add_argument("--sample", type=int, default=1, help="only every Nth cell")
    parser.add_argument("--lanes", type=int, default=1, help="bindings at once")
    parser.add_argument("--write", help="the file the table goes to")
    return parser.parse_args()


def run(built, binding, folder, sample):
    """The cells of one binding."""
    with contextlib.ExitStack() as stack:
        sandbox = stack.enter_context(Sandbox(built.command, Path(folder) / binding))
        matrix = stack.enter_context(Matrix(built, binding, sandbox))
        matrix.check_the_drivers_eyes()
        kinds = sandbox.ask("GET", "/_sandbox/faults/kinds")["kinds"]
        # Every binding begins elsewhere, so that together they sample more.
        cells = plan(binding, kinds, matrix.network)[BINDINGS.index(binding) % sample :: sample]
        for cell in cells:
            matrix.run(cell)
        return cells, matrix.network


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="skm-faults-") as folder, ThreadPoolExecutor(options.lanes) as lanes:
        runs = list(lanes.map(lambda binding: run(built, binding, folder, options.sample), BINDINGS))
    cells = [cell for part, _ in runs for cell in part]
    missing = sorted(set(NETWORK) - {fault for _, network in runs for fault in network})
    figures = report.Figures(cells, time.monotonic() - started)
    print("\n".join(figures.lines()))
    for fault in missing:
        proof.leave_out("fault matrix: {}: no private network here (unshare)".format(NETWORK[fault]), options)
    if options.write:
        Path(options.write).write_text(report.page(figures, missing), encoding="utf-8")
    complaints = figures.complaints()
    right = len(cells) - len(complaints)
    if options.sample == 1 and len(cells) < LEAST_CELLS:
        complaints.append("only {} cells".format(len(cells)))
    return proof.end("fault-matrix", right, complaints)


if __name__ == "__main__":
    sys.exit(main())
