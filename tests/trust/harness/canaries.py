"""`make canaries`: markers planted as secrets and personal data are looked for wherever the project says anything.

    canaries.py --built DIR --command SKM [--left-out FILE]

By design these hold what they are given, and are not looked into: the accessors that hand a result or the platform's own
words to the caller, `--json` and `--show` of the commands that ask about a person, and the CSV that `skm batch` writes.
An unknown key of a configuration is named, for that is what has to be corrected: only its value is planted.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.markers import Marker, Search  # noqa: E402
from harness.sandbox import NOTICE, Sandbox  # noqa: E402
from harness.scenes import UNREACHABLE, Scenes  # noqa: E402

# Invented, as everything here.
NAME = "欧阳槑龘靐"
NUMBER = "320000198704236179"
MOBILE = "17736925814"
STRANGER = "320000199107302945"
# What libskm says to itself when it panics on purpose; Java panics with the whole line.
PANIC = "320000198506304142"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--left-out", help="nothing is")
    return parser.parse_args()


def markers(sandbox, tokens, codes):
    """The unit's secrets, the person, and what was issued in this run."""
    found = [Marker(key, value) for key, value in sandbox.secrets().items()]
    # Masks show the first character of a name, the ends of a number, and both ends of a telephone number.
    found += [Marker("name", NAME, NAME[1:]), Marker("number", NUMBER, NUMBER[4:-4])]
    found += [Marker("stranger", STRANGER, STRANGER[4:-4]), Marker("mobile", MOBILE, MOBILE[3:-2])]
    found.append(Marker("panic text", PANIC))
    found += [Marker("user token", token) for token in tokens]
    for code in {code for code in codes}:
        identity, part = code.split("qrCode=")[1].split("&b=")
        found.append(Marker("QR text", code, identity, part.split("#")[0]))
    return found


def commands(built, sandbox, config, codes, token, folder):
    """Each command that a person runs, with what it prints; keys and people come as they would from a person."""
    code = codes[-1]
    rows = folder / "rows.csv"
    rows.write_text("number,name\n{},{}\n{},{}\n".format(NUMBER, NAME, NUMBER[:-1] + "8", NAME), encoding="utf-8")
    who = ["--number", NUMBER, "--name", NAME, "--consent", NOTICE]
    runs = {
        "id": ["id", *who],
        "id, number wrong": ["id", "--number", NUMBER[:-1] + "8", "--name", NAME, "--consent", NOTICE],
        "scan": ["scan", "--qr", code, "--consent", NOTICE],
        "scan, cut": ["scan", "--qr", code[:-3], "--consent", NOTICE],
        "token": ["token", "--name", NAME, "--papersnumber", NUMBER, "--mobile", MOBILE, "--consent", NOTICE],
        "display": ["display", "--token", token],
        "batch": ["batch", "--input", rows, "--output", folder / "checked.csv", "--consent", NOTICE],
        "doctor": ["doctor"],
        "doctor --json": ["--json", "doctor"],
        "config check": ["config", "check"],
        "config check --json": ["--json", "config", "check"],
    }
    for name, run in runs.items():
        places = ["config", "check"] == run[-2:]
        place = [config] if places else ["--config", config]
        done = subprocess.run([built.command, *run, *place], capture_output=True, timeout=60, check=False)
        assert done.stdout or done.stderr, name
        yield "skm " + name, done.stdout + b"\n" + done.stderr


def binding_places(built, binding, folder, command):
    """Plays the scenes in one binding; gives the places to search, and what was issued and reached."""
    folder.mkdir()
    people = folder / "people.toml"
    row = '[[person]]\nname = "{}"\nnumber = "{}"\nmobile = "{}"\nlevel = "green"\n'
    people.write_text(row.format(NAME, NUMBER, MOBILE), encoding="utf-8")
    said, evidence = folder / "said.txt", folder / "evidence.jsonl"
    with Sandbox(command, folder, "--people", people, "--seed", str(41 + BINDINGS.index(binding))) as sandbox:
        person = {"number": NUMBER, "name": NAME, "mobile": MOBILE}
        with built.start(binding, folder, TRUST_SAID=str(said)) as driver:
            scenes = Scenes(driver, sandbox, person, STRANGER, evidence)
            scenes.play()
            errors = driver.errors
        config = folder / "good.toml"
        places = list(commands(built, sandbox, config, scenes.codes, scenes.tokens[-1], folder)) if binding == "rust" else []
        places += [("journal", sandbox.text("GET", "/_sandbox/journal").encode("utf-8"))]
        places += [("journal.html", sandbox.text("GET", "/_sandbox/journal.html").encode("utf-8"))]
        planted = markers(sandbox, scenes.tokens, scenes.codes)
    if binding == "java":
        places.append(("library not loaded", not_loaded(built, config, folder)))
    for name, path in (("said", said), ("stderr", errors), ("sandbox stderr", sandbox.errors), ("evidence", evidence)):
        places.append((name, path.read_bytes()))
    check_that_it_spoke(binding, dict(places))
    return places, planted, scenes.reached


def not_loaded(built, config, folder):
    """Java where the native library cannot be found: all that it prints."""
    (folder / "empty").mkdir()
    line = "open\ta\t{}\n".format(config).encode("utf-8")
    arguments = ["java", "-Dskm.library.path=" + str(folder / "empty"), "-cp", str(built.folder / "java"), "trust.Driver"]
    done = subprocess.run(arguments, input=line, capture_output=True, timeout=60, check=False)
    assert b"library_not_loaded" in done.stdout, done
    return done.stdout + done.stderr


def check_that_it_spoke(binding, places):
    """Zero hits in silence would prove nothing: masked forms, errors and log records must be there."""
    said = places["said"].decode("utf-8", "replace")
    assert said.count("\n") > 500, (binding, said.count("\n"))
    assert "deadline" in said and "consent" in said, binding
    if binding in ("rust", "c"):
        assert "log" in said and "verify_id green" in said, binding
    if binding == "rust":
        assert NAME[0] + "****" in said, "the masked name is what Debug shows"
    assert NAME[0] + "****" in places["journal"].decode("utf-8"), "the journal shows the masked name"
    assert len(places["evidence"].splitlines()) > 20, binding


def main():
    options = arguments()
    built = Built(options.built, sys.executable, options.command)
    table = json.loads(subprocess.run([built.command, "errors", "--json"], capture_output=True, check=True).stdout)
    names = {row["name"] for row in table["errors"]}
    hits, complaints, places, size = [], [], 0, 0
    with tempfile.TemporaryDirectory(prefix="skm-canaries-") as folder, ThreadPoolExecutor(len(BINDINGS)) as lanes:
        def play(binding):
            return binding_places(built, binding, Path(folder) / binding, options.command)

        for binding, (found, planted, reached) in zip(BINDINGS, lanes.map(play, BINDINGS)):
            search = Search(planted)
            search.proves_itself()
            for name, content in found:
                search.look("{}: {}".format(binding, name), content)
            unreached = names - reached - UNREACHABLE[binding]
            if unreached:
                complaints.append("{}: never reached: {}".format(binding, ", ".join(sorted(unreached))))
            print("leak canaries: {}: {} of {} errors reached, {} markers in {} spellings, {} places, {} bytes, {} hits".format(
                binding, len(names & reached), len(names), search.markers, search.spellings,
                search.places, search.bytes, len(search.hits)))
            hits += search.hits
            places, size = places + search.places, size + search.bytes
    print("leak canaries: {} places, {} bytes searched, {} hits".format(places, size, len(hits)))
    for complaint in hits + complaints:
        print(complaint, file=sys.stderr)
    return 1 if hits or complaints else 0


if __name__ == "__main__":
    sys.exit(main())
