"""Runs `skm` with a clean environment and reads what it says."""

import json
import os
import subprocess

TIMEOUT_S = 60


class Ran:
    def __init__(self, exit_code, out, err):
        self.exit = exit_code
        self.out = out
        self.err = err

    def json(self):
        """Exactly one JSON object on standard output, one line."""
        assert self.out.endswith("\n") and self.out.count("\n") == 1, self.out + self.err
        return json.loads(self.out)


class Command:
    def __init__(self, path):
        self.path = path

    def environment(self, **more):
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LANG") if name in os.environ}
        return {**kept, **more}

    def run(self, *arguments, stdin=b"", env=None, cwd=None):
        done = subprocess.run(
            [str(self.path), *map(str, arguments)],
            input=stdin,
            capture_output=True,
            timeout=TIMEOUT_S,
            env=self.environment(**(env or {})),
            cwd=cwd,
            check=False,
        )
        return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))
