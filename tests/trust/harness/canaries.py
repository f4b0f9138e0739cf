"""`make canaries`: markers planted as secrets and personal data are looked for wherever the project says anything.

    canaries.py --built DIR --command SKM [--left-out FILE]

By design these hold what they are given, and are not looked into: the accessors that hand a result or the platform's
own words to the caller, `--json` and `--show` of the commands that ask about a person, and the CSV that `skm batch`
writes. An unknown key of a configuration is named, for that is what has to be corrected: only its value is planted.
"""

import json
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from harness import proof  # noqa: E402
from harness.drivers import BINDINGS, Built  # noqa: E402
from harness.markers import Marker, Search  # noqa: E402
from harness.sandbox import NOTICE, Sandbox  # noqa: E402
from harness.scenes import DONE, UNREACHABLE, Scenes  # noqa: E402

# Invented, as everything here.
NAME = "欧阳槑龘靐"
NUMBER = "320000198704236179"
MOBILE = "17736925814"
STRANGER = "320000199107302945"
# What libskm says to itself when it panics on purpose; Java panics with the whole line.
PANIC = "320000198506304142"
# What a command ends with if what it was given is wrong, and if a row is not verified (cli/README.md).
INPUT, UNVERIFIED = 6, 12
# What must be among what a binding said, for it to have spoken: log records where there are any, and the forms of what
# holds a person. Rust and Python show a masked name there, Java shows stars, and C has no such form.
MASKED = NAME[0] + "****"
SPOKEN = {
    "rust": ("log ", "verify_id green", "IdResult", "ScanResult", "UserToken", MASKED),
    "c": ("log ", "verify_id green"),
    "python": ("IdResult(level=green", "ScanResult(level=green", "UserToken(", MASKED),
    "java": ("IdResult{verdict=GREEN", "ScanResult{verdict=GREEN", "UserToken{***}", "call SkmCall{verify_id ok"),
}


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


def commands(built, config, scenes, folder):
    """Each command that a person runs, with what it prints; keys and people come as they would from a person."""
    code = scenes.codes[-1]
    rows = folder / "rows.csv"
    rows.write_text("number,name\n{},{}\n{},{}\n".format(NUMBER, NAME, NUMBER[:-1] + "8", NAME), encoding="utf-8")
    who = ["--number", NUMBER, "--name", NAME, "--consent", NOTICE]
    runs = [
        (DONE, config, "id", *who),
        (INPUT, config, "id", "--number", NUMBER[:-1] + "8", "--name", NAME, "--consent", NOTICE),
        (DONE, config, "scan", "--qr", code, "--consent", NOTICE),
        (INPUT, config, "scan", "--qr", code[:-3], "--consent", NOTICE),
        (DONE, config, "token", "--name", NAME, "--number", NUMBER, "--mobile", MOBILE, "--consent", NOTICE),
        (DONE, config, "display", "--token", scenes.tokens[-1]),
        (UNVERIFIED, config, "batch", "--input", rows, "--output", folder / "checked.csv", "--consent", NOTICE),
    ]
    for path, doctor, check in scenes.configurations:
        for form in ([], ["--json"]):
            runs += [(doctor, path, *form, "doctor"), (check, path, *form, "config", "check")]
    for form in ([], ["--json"]):
        runs.append((DONE, config, *form, "audit", "verify"))
    runs += [(DONE, config, "audit", "head"), (DONE, config, "audit", "export")]
    runs.append((DONE, config, "audit", "export", "--format", "csv"))
    for due, path, *words in runs:
        done = subprocess.run([built.command, *words, "--config", path], capture_output=True, timeout=60, check=False)
        name = "skm {} … with {}".format(" ".join(words[:2]), path.name)
        assert done.returncode == due and done.stdout + done.stderr, (name, due, done)
        yield name, done.stdout + b"\n" + done.stderr


def binding_places(built, binding, folder, command):
    """Plays the scenes in one binding; gives the places to search, and what was issued and reached."""
    folder.mkdir()
    people = folder / "people.toml"
    row = '[[person]]\nname = "{}"\nnumber = "{}"\nmobile = "{}"\nlevel = "green"\n'
    people.write_text(row.format(NAME, NUMBER, MOBILE), encoding="utf-8")
    said, evidence, config = folder / "said.txt", folder / "evidence.jsonl", folder / "patient.toml"
    with Sandbox(command, folder, "--people", people, "--seed", str(41 + BINDINGS.index(binding))) as sandbox:
        person = {"number": NUMBER, "name": NAME, "mobile": MOBILE}
        with built.start(binding, folder, TRUST_SAID=str(said)) as driver:
            scenes = Scenes(driver, sandbox, person, STRANGER, evidence)
            scenes.play()
            errors = driver.errors
        places = list(commands(built, config, scenes, folder)) if binding == "rust" else []
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
    nowhere = "-Dskm.library.path=" + str(folder / "empty")
    arguments = ["java", nowhere, "-cp", str(built.folder / "java"), "trust.Driver"]
    done = subprocess.run(arguments, input=line, capture_output=True, timeout=60, check=False)
    assert b"library_not_loaded" in done.stdout, done
    return done.stdout + done.stderr


def check_that_it_spoke(binding, places):
    """Zero hits in silence would prove nothing: masked forms, errors and log records must be there."""
    said = places["said"].decode("utf-8", "replace")
    assert said.count("\n") > 500, (binding, said.count("\n"))
    assert "deadline" in said and "consent" in said, binding
    missing = [word for word in SPOKEN[binding] if word not in said]
    assert not missing, (binding, missing)
    assert MASKED in places["journal"].decode("utf-8"), "the journal shows the masked name"
    assert len(places["evidence"].splitlines()) > 20, binding


def main():
    options = proof.parser(__doc__).parse_args()
    built = Built(options.built, sys.executable, options.command)
    table = json.loads(subprocess.run([built.command, "errors", "--json"], capture_output=True, check=True).stdout)
    names = {row["name"] for row in table["errors"]}
    complaints, clean, places, size = [], 0, 0, 0
    with tempfile.TemporaryDirectory(prefix="skm-canaries-") as folder, ThreadPoolExecutor(len(BINDINGS)) as lanes:

        def play(binding):
            return binding_places(built, binding, Path(folder) / binding, options.command)

        for binding, (found, planted, reached) in zip(BINDINGS, lanes.map(play, BINDINGS)):
            search = Search(planted)
            search.proves_itself()
            clean += sum(search.look("{}: {}".format(binding, name), content) for name, content in found)
            unreached = names - reached - UNREACHABLE[binding]
            if unreached:
                complaints.append("{}: never reached: {}".format(binding, ", ".join(sorted(unreached))))
            print(
                "leak canaries: {}: {} of {} errors reached; {} places, {} bytes, {} hits".format(
                    binding, len(names & reached), len(names), search.places, search.bytes, len(search.hits)
                )
            )
            print(
                "leak canaries: {}: {} markers in {} spellings, {} to {} of each text".format(
                    binding, search.markers, search.spellings, search.fewest, search.most
                )
            )
            complaints += search.hits
            places, size = places + search.places, size + search.bytes
    print("leak canaries: {} places, {} bytes searched".format(places, size))
    return proof.end("leak-canaries", clean, complaints)


if __name__ == "__main__":
    sys.exit(main())
