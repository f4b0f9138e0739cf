"""What the drivers are made to do so that everything that can be said is said: each error, each form, each level."""

import re

from harness import servers
from harness.cells import INTERFACES

# Short where what never answers must end soon; long where something must come, however busy the machine is.
SHORT_MS, LONG_MS = 300, 20_000
# What `skm doctor` and `skm config check` end with (cli/README.md).
DONE, CONFIGURATION, NETWORK, INTERNAL = 0, 3, 4, 9


class Scenes:
    """One binding, made to say everything about one person and one unit."""

    def __init__(self, driver, sandbox, person, stranger, evidence):
        self._driver = driver
        self._sandbox = sandbox
        self._person = person
        self._stranger = stranger
        self._evidence = evidence
        self.reached = set()
        self.tokens = []
        self.codes = []
        # Each configuration that may take its time, with what `skm doctor` and `skm config check` are to say of it.
        self.configurations = []

    def play(self):
        """All of them."""
        self._driver.open("good", self._config("good", doctor=None, deadline_ms=SHORT_MS))
        patient = self._config("patient")
        self._driver.open("patient", patient)
        self._good_calls()
        self._faults()
        self._refusals()
        self._arguments()
        self._configurations(patient.read_text(encoding="utf-8"))
        self._network()
        self._driver.ask("close", "good")
        self._call("good", "verify_id", "block", self._fields())

    def _config(self, name, base=None, doctor=DONE, **http):
        path = self._sandbox.config(name, base, **{"deadline_ms": LONG_MS, **http})
        with open(path, "a", encoding="utf-8") as file:
            file.write('[audit]\nfile = "{}"\n'.format(self._evidence))
        if doctor is not None:
            self.configurations.append((path, doctor, DONE))
        return path

    def _fields(self):
        fields = self._sandbox.fields(self._person)
        self.codes.append(fields[3])
        return fields

    def _call(self, slot, interface, form, fields):
        outcome, _, _ = self._driver.call(slot, interface, form, fields)
        self.reached.update(outcome.split(","))

    def _good_calls(self):
        for interface in INTERFACES:
            for form in ("block", "async"):
                self._call("good", interface, form, self._fields())
        self._call("good", "verify_scan", "many", self._fields())
        self._call("good", "verify_id", "many", self._fields())
        issued, *token = self._driver.ask("display", "patient", *self._fields())
        assert (issued, len(token)) == ("issued", 1), issued
        self.tokens += token
        assert "green" in self.reached, self.reached

    def _faults(self):
        for kind in self._sandbox.ask("GET", "/_sandbox/faults/kinds")["kinds"]:
            for interface in INTERFACES:
                if interface in kind["expects"]:
                    fields = self._fields()
                    self._sandbox.fault(interface, kind["kind"])
                    self._call("good", interface, "block", fields)
                    self._sandbox.no_faults()

    def _refusals(self):
        magic = self._sandbox.ask("GET", "/_sandbox/magic")
        number, name, mobile, code, notice = self._fields()
        for other in magic["issue_user_token"]["mobile"].values():
            self._call("good", "issue_user_token", "block", [number, name, other, code, notice])
        for other in magic["verify_scan"]["qr_text"].values():
            self._call("good", "verify_scan", "block", [number, name, mobile, other, notice])
        for other in magic["verify_id"]["userid"].values():
            self._call("good", "verify_id", "block", [other, name, mobile, code, notice])
        self._call("good", "verify_id", "block", [self._stranger, name, mobile, code, notice])

    def _arguments(self):
        number, name, mobile, code, notice = self._fields()
        wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
        for fields in (
            [wrong, name, mobile, code, notice],
            [number, name + "\x07", mobile + "0", code + "\x07", notice],
            [number, "", mobile[1:], code.replace("qrCode=", "code="), notice],
            [number, name * 100, "", code[: -len("result")], notice],
            [number, name, mobile, code, ""],
            [number, name, mobile, code, "notice\x07"],
        ):
            for interface in INTERFACES:
                for form in ("block", "async"):
                    self._call("good", interface, form, fields)
        if self._driver.binding in ("c", "python"):
            # To Python they come as lone surrogates, as from a file name.
            gbk = name.encode("gbk").decode("utf-8", "surrogateescape")
            self._call("good", "verify_id", "block", [number, gbk, mobile, code, notice])
        specials = {"c": ("null", "version", "panic"), "python": ("panic",), "java": ("panic",)}
        for special in specials.get(self._driver.binding, ()):
            self.reached.update(self._driver.ask(special, "good", *self._fields()))

    def _configurations(self, good):
        """Each secret where it does not belong, and written wrongly."""
        folder = self._sandbox.folder
        secret = {key: re.escape(value) for key, value in self._sandbox.secrets().items()}
        values = self._sandbox.secrets()
        spoilt = {
            "key": good.replace(values["auth_key"], values["auth_key"] + "x"),
            "unknown": good.replace("[id]", '[id]\nacount = "{}"'.format(values["account"])),
            "twice": good.replace("[scan]", '[scan]\ntoken_file = "{}"'.format(values["token"])),
            "url": re.sub(r'(?m)^url = ".*"$', 'url = "{}"'.format(values["appword"]), good, count=1),
            "type": good.replace('"{}"'.format(values["appword"]), '["{}"]'.format(values["appword"])),
            "syntax": good.replace(values["token"], values["token"] + '"'),
            "unclosed": re.sub('"({})"'.format(secret["body_key"]), r'"\1', good),
            "section": good + "[{}]\n".format(values["account"]),
            "number": good.replace("deadline_ms = {}".format(LONG_MS), 'deadline_ms = "{}"'.format(values["token"])),
            "env": re.sub('appword = "({})"'.format(secret["appword"]), r'appword_env = "\1"', good),
            "file": re.sub('appword = "({})"'.format(secret["appword"]), r'appword_file = "\1"', good),
            "dialect": re.sub(r'(?m)^dialect = ".*"$', 'dialect = "broken-dialect.toml"', good),
            "no_id": good.split("[id]")[0] + good[good.index("[http]") :],
        }
        (folder / "broken-dialect.toml").write_text('name = "{}"\n[[['.format(values["account"]), encoding="utf-8")
        for name, text in spoilt.items():
            assert text != good, name
            path = folder / (name + ".toml")
            path.write_text(text, encoding="utf-8")
            self.reached.update(self._driver.ask("open", "spoilt", path))
            # Without interface 4 it is a good one.
            code = DONE if name == "no_id" else CONFIGURATION
            self.configurations.append((path, code, code))
        self._call("spoilt", "verify_id", "block", self._fields())
        full = folder / "full.toml"
        full.write_text(good.replace(str(self._evidence), "/dev/full"), encoding="utf-8")
        self.configurations.append((full, INTERNAL, DONE))
        self._driver.open("full", full)
        self._call("full", "verify_id", "block", self._fields())

    def _network(self):
        host = self._sandbox.base.split("//")[1]
        nobody = servers.free_port()
        # A password in a proxy's URL is a secret too: the unit's account plays it.
        proxy = "http://unit:{}@127.0.0.1:{}".format(self._sandbox.secrets()["account"], nobody)
        places = {
            "connect": self._config("connect", "http://127.0.0.1:{}".format(nobody), NETWORK),
            "tls": self._config("tls", "https://" + host, NETWORK),
            "proxy": self._config("proxy", "https://platform.example.invalid", NETWORK, proxy=proxy),
        }
        for name, path in places.items():
            self._driver.open(name, path)
            for interface in INTERFACES:
                self._call(name, interface, "block", self._fields())


# What no call of a binding can come to: those of the other bindings, of a broken installation, and of the log's readers.
UNREACHABLE = {
    "rust": {
        "input_encoding",
        "null_argument",
        "version_mismatch",
        "library_not_loaded",
        "audit_unreadable",
        "internal",
    },
    "c": {"library_not_loaded", "audit_unreadable"},
    "python": {"null_argument", "version_mismatch", "library_not_loaded", "audit_unreadable"},
    "java": {"input_encoding", "null_argument", "version_mismatch", "library_not_loaded", "audit_unreadable"},
}
