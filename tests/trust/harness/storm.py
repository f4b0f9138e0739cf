"""`make storm`: 10 000 calls from 64 threads on one client, a fifth of them failing: every call accounted for,
connections bounded, repetitions within the quota.

    storm.py --built DIR --command SKM [--calls N] [--left-out FILE]
"""

import argparse
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.relay import Relay  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

THREADS = 64
CONNECTIONS = 16
# The quota of the core: full it pays for 20 repetitions, and five successes pay for one more.
FULL_PAYS = 20
SUCCESSES_EACH = 5
# A tenth is answered 503, a ninth of the rest loses its connection: together a fifth.
BUSY, LOST = 0.1, 1 / 9


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--left-out", help="nothing is")
    return parser.parse_args()


def storm(built, binding, folder, calls):
    """One binding; gives the complaints."""
    with Sandbox(built.command, Path(folder) / binding, "--qr-life", "86400") as sandbox:
        host, port = sandbox.base.split("//")[1].split(":")
        with Relay((host, int(port))) as relay, built.start(binding, sandbox.folder) as driver:
            base = "http://127.0.0.1:{}".format(relay.port)
            config = sandbox.config("storm", base, deadline_ms=60_000, retries=2, max_connections=CONNECTIONS)
            fields = sandbox.fields(sandbox.person("green"))
            sandbox.fault("any", "status", status=503, probability=BUSY, seed=7)
            sandbox.fault("any", "drop_before", probability=LOST, seed=8)
            driver.open("storm", config)
            answer = driver.ask("loop", "storm", THREADS, calls, 600, "verify_scan,verify_id", *fields, seconds=600)
            rules = sandbox.ask("GET", "/_sandbox/faults")
        busy, lost = (rule["fired"] for rule in rules["faults"])
        requests = sandbox.requests_seen()
    return judge(binding, calls, answer, busy, lost, requests, relay)


def judge(binding, calls, answer, busy, lost, requests, relay):
    """Prints the figures; gives what they break."""
    outcomes = {word: int(count) for word, count in (pair.split("=") for pair in answer[0].split(","))}
    green = outcomes.get("green", 0)
    again = requests - calls
    # A pooled connection that died under its request costs no quota, once per call: no more than were lost.
    allowed = FULL_PAYS + green // SUCCESSES_EACH + lost
    print(
        "concurrency: {}: {} calls from {} threads: {}; {} requests, {} of them failed; {} repetitions of {} allowed; "
        "{} connections, at most {} of {} at once; p50 {} µs, p99 {} µs".format(
            binding, sum(outcomes.values()), THREADS, answer[0], requests, busy + lost, again, allowed,
            relay.accepted, relay.most_open, CONNECTIONS, answer[1], answer[2])
    )
    checks = {
        "every call has one outcome": sum(outcomes.values()) == calls,
        "every outcome is due": set(outcomes) <= {"green", "http_status", "connection_lost"},
        "every request was answered green or failed on purpose": requests == green + busy + lost,
        "a fifth failed": 0.15 < (busy + lost) / requests < 0.25,
        "repetitions within the quota": 0 <= again <= allowed,
        "connections bounded": relay.most_open <= CONNECTIONS,
    }
    return ["{}: not so: {}".format(binding, what) for what, holds in checks.items() if not holds]


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    complaints = []
    with tempfile.TemporaryDirectory(prefix="skm-storm-") as folder:
        for binding in BINDINGS:
            complaints += storm(built, binding, folder, options.calls)
    for complaint in complaints:
        print(complaint, file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
