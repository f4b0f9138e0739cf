"""`make storm`: 10 000 calls from 64 threads on one client, a fifth of them failing: every call accounted for,
connections bounded. Then a platform that answers nothing well: exactly as many repetitions as the quota pays for. Last,
10 000 calls submitted at once, far more than the platform can answer in their time: none is told late, none without
evidence.

    storm.py --built DIR --command SKM [--calls N] [--left-out FILE]
"""

import sys
import tempfile
import time
from collections import namedtuple
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import proof  # noqa: E402
from harness.cells import CONTROL_PART, GRACE_MS, QUESTIONS  # noqa: E402
from harness.control import Control  # noqa: E402
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.relay import Relay  # noqa: E402
from harness.sandbox import Sandbox  # noqa: E402

THREADS = 64
CONNECTIONS = 16
RETRIES = 2
SECONDS = 600
HTTP = {"deadline_ms": 60_000, "retries": RETRIES, "max_connections": CONNECTIONS}
# The quota of the core: full it pays for 20 repetitions, and five successes pay for one more.
FULL_PAYS = 20
SUCCESSES_EACH = 5
# A tenth is answered 503, a ninth of the rest loses its connection: together a fifth.
BUSY, LOST = 0.1, 1 / 9

# Part of an outage: the fault, threads and calls; what each call comes to, and how many requests the platform sees.
Part = namedtuple("Part", "what fault threads calls outcome requests")
_503 = {"kind": "status", "status": 503}
OUTAGE_CALLS = 500
OUTAGE = (
    Part("the first call", None, 1, 1, "green", 1),
    # Every request is lost: the first one with the pooled connection, which is repeated once without cost.
    Part("one on a dead connection", {"kind": "drop_before"}, 1, 1, "connection_lost", RETRIES + 2),
    Part("one that is told 503", _503, 1, 1, "http_status", RETRIES + 1),
    Part("many that are", _503, THREADS, OUTAGE_CALLS, "http_status", OUTAGE_CALLS + FULL_PAYS - 2 * RETRIES),
    Part("one more", _503, 1, 1, "http_status", 1),
    Part("successes", None, 1, SUCCESSES_EACH, "green", SUCCESSES_EACH),
    Part("one after them", _503, 1, 1, "http_status", 2),
)

# Calls submitted at once, on a platform that is slow and on one that is silent; how often that is tried where the machine
# itself was late.
SUBMITTERS = ("rust", "c")
DEADLINE_MS = 500
PLATFORMS = {"a platform of 50 ms": {"kind": "delay", "ms": 50}, "a silent platform": {"kind": "stall"}}
TRIES = 3
EVIDENCE_S = 120


def arguments():
    parser = proof.parser(__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    return parser.parse_args()


def storm(built, binding, folder, calls):
    """A fifth fails, in one binding; gives the checks."""
    with Sandbox(built.command, Path(folder) / binding, "--qr-life", "86400") as sandbox:
        host, port = sandbox.base.split("//")[1].split(":")
        with Relay((host, int(port))) as relay, built.start(binding, sandbox.folder) as driver:
            base = "http://127.0.0.1:{}".format(relay.port)
            fields = sandbox.fields(sandbox.person("green"))
            sandbox.fault("any", "status", status=503, probability=BUSY, seed=7)
            sandbox.fault("any", "drop_before", probability=LOST, seed=8)
            driver.open("storm", sandbox.config("storm", base, **HTTP))
            looped = driver.loop("storm", THREADS, calls, SECONDS, QUESTIONS, fields)
            rules = sandbox.ask("GET", "/_sandbox/faults")
        busy, lost = (rule["fired"] for rule in rules["faults"])
        requests = sandbox.requests_seen()
    return judge_storm(binding, calls, looped, busy, lost, requests, relay)


def judge_storm(binding, calls, looped, busy, lost, requests, relay):
    """Prints the figures; gives what is so and what is not."""
    green = looped.count("green")
    print(
        "concurrency: {}: {} calls from {} threads: {}; {} requests, {} of them failed; "
        "{} connections, at most {} of {} at once; p50 {} µs, p99 {} µs".format(
            binding,
            looped.calls,
            THREADS,
            looped.words,
            requests,
            busy + lost,
            relay.accepted,
            relay.most_open,
            CONNECTIONS,
            looped.p50,
            looped.p99,
        )
    )
    # A pooled connection that died under its request costs no quota, once per call: no more than were lost.
    allowed = min(FULL_PAYS + green // SUCCESSES_EACH, calls * RETRIES) + lost
    return {
        "every call has one outcome": looped.calls == calls,
        "every outcome is due": set(looped.outcomes) <= {"green", "http_status", "connection_lost"},
        "every request was answered green or failed on purpose": requests == green + busy + lost,
        "a fifth failed": 0.15 < (busy + lost) / requests < 0.25,
        "no more repetitions than calls and quota allow": 0 <= requests - calls <= allowed,
        "connections bounded": relay.most_open <= CONNECTIONS,
    }


def outage(built, binding, folder):
    """The parts of an outage on one client, in one binding; gives the checks."""
    with Sandbox(built.command, Path(folder) / (binding + "-outage"), "--qr-life", "86400") as sandbox:
        with built.start(binding, sandbox.folder) as driver:
            fields = sandbox.fields(sandbox.person("green"))
            driver.open("outage", sandbox.config("outage", **HTTP))
            seen = []
            for part in OUTAGE:
                if part.fault:
                    sandbox.fault("any", **part.fault)
                before = sandbox.requests_seen()
                looped = driver.loop("outage", part.threads, part.calls, SECONDS, QUESTIONS, fields)
                seen.append((looped, sandbox.requests_seen() - before))
                sandbox.no_faults()
    return judge_outage(binding, seen)


def judge_outage(binding, seen):
    """Prints the figures; gives what is so and what is not."""
    words = (
        "{} ({}): {} → {}".format(part.what, part.calls, looped.words, requests)
        for part, (looped, requests) in zip(OUTAGE, seen)
    )
    print("concurrency: {}: requests in an outage: {}".format(binding, "; ".join(words)))
    return {
        "in an outage, {}: {} × {}, {} requests".format(part.what, part.calls, part.outcome, part.requests): (
            looped.outcomes,
            requests,
        )
        == ({part.outcome: part.calls}, part.requests)
        for part, (looped, requests) in zip(OUTAGE, seen)
    }


def submitted(built, binding, folder, calls):
    """More calls than can be answered in time, in one binding; gives the checks."""
    checks = {}
    with Sandbox(built.command, Path(folder) / (binding + "-submitted"), "--qr-life", "86400") as sandbox:
        with built.start(binding, sandbox.folder) as driver, Control() as control:
            fields = sandbox.fields(sandbox.person("green"))
            for number, (what, fault) in enumerate(PLATFORMS.items()):
                sandbox.fault("any", **fault)
                for turn in range(TRIES):
                    name = "submitted-{}-{}".format(number, turn)
                    log = sandbox.folder / (name + ".jsonl")
                    driver.open(name, sandbox.config(name, more='[audit]\nfile = "{}"\n'.format(log.name), **HTTP))
                    control.begin()
                    told = driver.submit(name, calls, DEADLINE_MS, "verify_id", fields)
                    machine_ms, over_ms = control.worst_ms(), told.late_ms - GRACE_MS
                    records = await_lines(log, calls)
                    driver.ask("close", name)
                    if over_ms <= 0 or machine_ms < CONTROL_PART * over_ms:
                        break
                sandbox.no_faults()
                print(
                    "concurrency: {}: {} calls submitted at once to {}, deadline {} ms: {}; the latest was told {:.1f} ms "
                    "after its deadline (try {}; a sleeping thread was {:.1f} ms late); {} records".format(
                        binding, calls, what, DEADLINE_MS, told.words, told.late_ms, turn + 1, machine_ms, records
                    )
                )
                checks["{}: every submitted call has one outcome".format(what)] = told.calls == calls
                checks["{}: every outcome is due".format(what)] = set(told.outcomes) <= {"green", "deadline_exceeded"}
                checks["{}: none is told late".format(what)] = over_ms <= 0
                checks["{}: every call leaves its record".format(what)] = records == calls
    return checks


def await_lines(file, count):
    """How many lines a file has, once they are as many, or after a while."""
    until = time.monotonic() + EVIDENCE_S
    while True:
        found = file.read_bytes().count(b"\n")
        if found >= count or time.monotonic() > until:
            return found
        time.sleep(0.05)


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    with tempfile.TemporaryDirectory(prefix="skm-storm-") as folder:
        checks = {
            binding: {**storm(built, binding, folder, options.calls), **outage(built, binding, folder)}
            for binding in BINDINGS
        }
        for binding in SUBMITTERS:
            checks[binding].update(submitted(built, binding, folder, options.calls))
    return proof.end_with_checks("concurrency", checks)


if __name__ == "__main__":
    sys.exit(main())
