"""The processes that the harness starts and leaves running: when it is told to end, they end first."""

import signal
import subprocess
import sys
import threading

# Reentrant: the handler runs on the main thread, which may be starting one.
_lock = threading.RLock()
_started = []
_ending = False


def start(arguments, **options):
    """A running process; none begins once the harness is ending."""
    with _lock:
        if _ending:
            raise RuntimeError("the harness was told to end")
        process = subprocess.Popen(arguments, **options)
        _started.append(process)
        return process


def end_with_the_harness():
    """SIGTERM ends what was started; whoever waits for an answer then sees its end, on whatever thread."""
    signal.signal(signal.SIGTERM, _end)


def _end(number, _):
    global _ending
    with _lock:
        _ending = True
        for process in _started:
            process.kill()
    sys.exit(128 + number)
