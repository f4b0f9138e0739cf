"""Speaks the line protocol of tests/trust (see its README) for the Python package."""

import asyncio
import os
import sys
import threading
import time
import traceback
from itertools import count

import skm
import skm.aio
from skm import _native

ROWS = 4
BUCKETS = 65_536
_said = None
if "TRUST_SAID" in os.environ:
    _said = open(os.environ["TRUST_SAID"], "a", encoding="utf-8", errors="backslashreplace")


def shown(value):
    """Keeps all that can be shown of a value; gives it back."""
    if _said is not None:
        print(repr(value), str(value), "{}".format(value), file=_said, flush=True)
    return value


def failure(error):
    """Keeps all that an exception says of itself and of its causes."""
    if _said is not None:
        print("error", str(error), repr(error), error.args, file=_said)
        for name in ("message", "message_zh", "technical_zh", "field", "platform_code", "attempts", "interface"):
            print(name, getattr(error, name, None), file=_said)
        print("".join(traceback.format_exception(type(error), error, error.__traceback__)), file=_said, flush=True)
    return error.name, 0


class Asked:
    """Whom a line asks about."""

    def __init__(self, fields):
        number, name, mobile, qr_text, notice = (list(fields) + [""] * 5)[:5]
        consent = skm.Consent.explicit(notice) if notice else None
        shown(consent)
        self.token = {"name": name, "number": number, "mobile": mobile, "consent": consent}
        self.scan = {"qr_text": qr_text, "consent": consent}
        self.id = {"number": number, "name": name, "consent": consent}

    def arguments(self, interface):
        """The keywords of the call of this name."""
        return {"issue_user_token": self.token, "verify_scan": self.scan, "verify_id": self.id}[interface]


def outcome(result):
    """The verdict's word and whether it is green; interface 1 has no verdict."""
    shown(result)
    return ("ok", 0) if isinstance(result, skm.UserToken) else (result.verdict.value, int(result.is_green))


def block(client, interface, asked):
    try:
        return outcome(getattr(client.blocking, interface)(**asked.arguments(interface)))
    except skm.SkmError as error:
        return failure(error)


async def asynchronous(client, interface, asked):
    try:
        return outcome(await getattr(client.asynchronous, interface)(**asked.arguments(interface)))
    except skm.SkmError as error:
        return failure(error)


def many(client, interface, asked):
    """Every distinct outcome; green if any row was. Each row must come back once, in its turn."""
    rows = [dict(asked.arguments(interface)) for _ in range(ROWS)]
    seen, came = [], []
    for checked in client.blocking.verify_many(rows):
        shown(checked)
        came.append(checked.row)
        seen.append(failure(checked.error) if checked.error is not None else outcome(checked.result))
    in_turn = len(came) == ROWS and all(one is row for one, row in zip(came, rows))
    words = ",".join(dict.fromkeys(word for word, _ in seen)) if in_turn else "row_count_wrong"
    return words, int(any(green for _, green in seen))


class Pair:
    """Both clients of one configuration."""

    def __init__(self, path):
        self.blocking = shown(skm.Client(path))
        self.asynchronous = shown(skm.aio.Client(path))

    def close(self):
        self.blocking.close()
        LOOP.run_until_complete(self.asynchronous.aclose())


def call(client, interface, form, *fields):
    started = time.perf_counter_ns()
    try:
        asked = Asked(fields)
    except skm.SkmError as error:
        # A consent is refused where it is given.
        return (*failure(error), (time.perf_counter_ns() - started) // 1000)
    if form == "async":
        word, green = LOOP.run_until_complete(asynchronous(client, interface, asked))
    else:
        word, green = (many if form == "many" else block)(client, interface, asked)
    return word, green, (time.perf_counter_ns() - started) // 1000


def loop(client, threads, calls, seconds, interfaces, *fields):
    asked, names, turns = Asked(fields), interfaces.split(","), count()
    until, calls = time.monotonic() + int(seconds), int(calls)
    tallies = [([0] * BUCKETS, {}) for _ in range(int(threads))]

    def work(buckets, outcomes):
        while time.monotonic() < until:
            turn = next(turns)
            if calls and turn >= calls:
                return
            started = time.perf_counter_ns()
            word, _ = block(client, names[turn % len(names)], asked)
            took = (time.perf_counter_ns() - started) // 1000
            buckets[min(took // 10, BUCKETS - 1)] += 1
            outcomes[word] = outcomes.get(word, 0) + 1

    running = [threading.Thread(target=work, args=tally) for tally in tallies]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    buckets = [sum(column) for column in zip(*(tally[0] for tally in tallies))]
    outcomes = {}
    for _, part in tallies:
        for word, number in part.items():
            outcomes[word] = outcomes.get(word, 0) + number
    words = ",".join("{}={}".format(*pair) for pair in sorted(outcomes.items()))
    worst = max((bucket for bucket, number in enumerate(buckets) if number), default=0) * 10
    return (words, *(percentile(buckets, part) for part in (0.5, 0.99, 0.999)), worst)


def percentile(buckets, part):
    due, seen = sum(buckets) * part, 0
    for bucket, number in enumerate(buckets):
        seen += number
        if seen >= due:
            return bucket * 10
    return 0


def display(client, *fields):
    user = shown(client.blocking.issue_user_token(**Asked(fields).token))
    # In a list: the URL itself is a text, whose str() is what it is for.
    shown([client.blocking.display_url(user.token, user.uuid)])
    # The harness looks for the token everywhere else.
    return "issued", str.__str__(user.token)


def answer(clients, op, slot, *rest):
    try:
        if op == "open":
            old = clients.pop(slot, None)
            if old is not None:
                old.close()
            clients[slot] = Pair(*rest)
            return ("opened",)
        client = clients[slot]
        if op == "close":
            client.close()
            return ("closed",)
        if op == "panic":
            # Only in a native half built with the feature `testing`.
            _native.panic_on_purpose(" ".join(rest))
        return {"call": call, "loop": loop, "display": display}[op](client, *rest)
    except skm.SkmError as error:
        return failure(error)[:1]


def main():
    clients = {}
    for line in sys.stdin:
        fields = answer(clients, *line.rstrip("\n").split("\t"))
        print(*fields, sep="\t", flush=True)


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    LOOP = asyncio.new_event_loop()
    main()
