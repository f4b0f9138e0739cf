"""Starts `skm sandbox` on a free port and speaks to its admin paths."""

import contextlib
import json
import subprocess
import urllib.error
import urllib.request

from independent.client import Client, read_config

STOP_S = 10
# Loopback only: whatever proxy the environment names must not be asked.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Sandbox:
    def __init__(self, base, config_file):
        self.base = base
        self.config_file = config_file
        self.client = Client(read_config(config_file.read_text(encoding="utf-8")))

    def ask(self, method, path, body=None):
        """Status and JSON of an admin call."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode("utf-8")
        request = urllib.request.Request(self.base + path, data=data, method=method)
        try:
            with OPENER.open(request, timeout=20) as response:
                return response.status, json.loads(response.read().decode("utf-8"))
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read().decode("utf-8"))

    def _done(self, method, path, body=None):
        status, answer = self.ask(method, path, body)
        assert status == 200, answer
        return answer

    def people(self):
        return self._done("GET", "/_sandbox/people")["people"]

    def person(self, level="green", papers_type="1", update_required=False):
        """The first invented person of this kind."""
        for person in self.people():
            if (person["level"], person["papers_type"], person["update_required"]) == (
                level,
                papers_type,
                update_required,
            ):
                return person
        raise LookupError((level, papers_type))

    def qr(self, number):
        return self._done("POST", "/_sandbox/qr", {"userid": number})["qr_text"]

    def magic(self):
        return self._done("GET", "/_sandbox/magic")

    def fault(self, interface, kind, **more):
        return self._done("POST", "/_sandbox/faults", {"interface": interface, "kind": kind, **more})["id"]

    def settings(self, **changes):
        return self._done("POST", "/_sandbox/settings", changes)

    def clock(self, **setting):
        return self._done("POST", "/_sandbox/clock", setting)

    def journal(self):
        return self._done("GET", "/_sandbox/journal")["entries"]

    def reset(self):
        self._done("POST", "/_sandbox/reset", {})


def params_of(person):
    """An invented person as interface 1 wants them."""
    return {
        "name": person["name"],
        "paperstype": person["papers_type"],
        "papersnumber": person["number"],
        "mobile": person["mobile"],
    }


@contextlib.contextmanager
def start_sandbox(command, folder, *options):
    """Runs until the block ends; the ready line carries the address."""
    config_file = folder / "skm.toml"
    arguments = [str(command.path), "sandbox", "--listen", "127.0.0.1:0", "--write-config", str(config_file), *options]
    with open(folder / "sandbox.err", "wb") as errors:
        process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, env=command.environment()
        )
    try:
        ready = process.stdout.readline()
        assert ready, (folder / "sandbox.err").read_text(encoding="utf-8")
        yield Sandbox(json.loads(ready.decode("utf-8"))["ready"], config_file)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
