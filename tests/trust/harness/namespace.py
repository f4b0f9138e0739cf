"""Whether this machine lets us have a network of our own, and how."""

import subprocess
import sys
from pathlib import Path


def before(folder):
    """What to put before a driver's command so that no name lookup of it is answered; None where it cannot be had."""
    script = [sys.executable, str(Path(__file__).resolve().parent / "silent_dns.py"), str(folder)]
    for options in (["--net", "--mount"], ["--map-root-user", "--net", "--mount"]):
        unshare = ["unshare", *options]
        try:
            tried = subprocess.run([*unshare, *script, "true"], capture_output=True, timeout=20, check=False)
        except OSError:
            return None
        if tried.returncode == 0:
            return [*unshare, *script]
    return None
