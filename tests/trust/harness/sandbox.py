"""Starts `skm sandbox` on a free port, in a folder of its own, and speaks to its admin paths."""

import json
import re
import subprocess
import urllib.request
from pathlib import Path

from harness import processes

STOP_S = 10
# Loopback only: whatever proxy the environment names has no business here.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
NOTICE = "notice A-12"


class Sandbox:
    """A running sandbox; a context manager. What it prints goes to files in `folder`."""

    def __init__(self, command, folder, *options):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config_file = self.folder / "skm.toml"
        self.errors = self.folder / "sandbox.err"
        arguments = [command, "sandbox", "--listen", "127.0.0.1:0", "--write-config", self.config_file, *options]
        with open(self.errors, "wb") as errors:
            self.process = processes.start(
                arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8"
            )
        ready = self.process.stdout.readline()
        if not ready:
            self.stop()
            raise RuntimeError(self.errors.read_text(encoding="utf-8"))
        self.base = json.loads(ready)["ready"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends it, by its own process id."""
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def text(self, method, path, body=None):
        """An admin call; an error status raises."""
        data = None if body is None else json.dumps(body).encode("utf-8")
        request = urllib.request.Request(self.base + path, data=data, method=method)
        with _OPENER.open(request, timeout=20) as response:
            return response.read().decode("utf-8")

    def ask(self, method, path, body=None):
        """An admin call; gives its JSON."""
        return json.loads(self.text(method, path, body))

    def person(self, level="green"):
        """The first resident of this level who need not update anything."""
        for person in self.ask("GET", "/_sandbox/people")["people"]:
            if (person["level"], person["papers_type"], person["update_required"]) == (level, "1", False):
                return person
        raise LookupError(level)

    def fields(self, person):
        """A person as the drivers are told of one, with a fresh code."""
        code = self.ask("POST", "/_sandbox/qr", {"userid": person["number"]})["qr_text"]
        return [person["number"], person["name"], person["mobile"], code, NOTICE]

    def fault(self, interface, kind, **more):
        """Adds a rule."""
        self.ask("POST", "/_sandbox/faults", {"interface": interface, "kind": kind, **more})

    def no_faults(self):
        """Removes every rule."""
        self.ask("DELETE", "/_sandbox/faults")

    def config(self, name, base=None, more="", **http):
        """Writes the sandbox's configuration with another [http] section, and perhaps another platform and more
        sections; its path."""
        text = self.config_file.read_text(encoding="utf-8").split("[http]")[0]
        if base is not None:
            text = text.replace(self.base, base)
        lines = "".join("{} = {}\n".format(key, json.dumps(value)) for key, value in http.items())
        path = self.folder / (name + ".toml")
        path.write_text(text + "[http]\n" + lines + more, encoding="utf-8")
        return path

    def requests_seen(self):
        """How many requests of the interfaces it has counted since the start or the last reset."""
        entries = self.ask("GET", "/_sandbox/journal")["entries"]
        return max((entry["number"] for entry in entries), default=0)

    def secrets(self):
        """Every credential in its configuration, by key."""
        text = self.config_file.read_text(encoding="utf-8")
        keys = ("appword", "token", "account", "auth_key", "body_key")
        return {key: re.search(r'^{} = "(.*)"$'.format(key), text, re.M).group(1) for key in keys}
