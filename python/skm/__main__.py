"""``python -m skm`` and the console script ``skm``: the command, its sandbox included."""

from __future__ import annotations

import os
import signal
import sys
from typing import NoReturn

from skm import _native


def main() -> NoReturn:
    """Runs the command with the arguments of this process and exits with its code."""
    # The command handles Ctrl-C and a closed pipe itself, as the program it also is.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    code = _native.run_command(["skm", *sys.argv[1:]])
    sys.stdout.flush()
    # Nothing of Python is left to be done, and threads of the sandbox may still run.
    os._exit(code)


if __name__ == "__main__":
    main()
