"""Tells a late library from a late machine: a thread that only sleeps, and notes by how much it overslept."""

import threading
import time

_NAP_S = 0.005


class Control:
    """Sleeps all the time; a context manager."""

    def __init__(self):
        self._lock = threading.Lock()
        self._over = False
        self._worst_s = 0.0
        self._due = time.monotonic() + _NAP_S
        threading.Thread(target=self._run, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._over = True

    def _run(self):
        while not self._over:
            time.sleep(_NAP_S)
            with self._lock:
                self._note()
                self._due = time.monotonic() + _NAP_S

    def _note(self):
        self._worst_s = max(self._worst_s, time.monotonic() - self._due)

    def begin(self):
        """Forgets what was before now."""
        with self._lock:
            self._worst_s = 0.0
            self._due = max(self._due, time.monotonic())

    def worst_ms(self):
        """Its latest waking since `begin`; one that is still due counts as far as it has come."""
        with self._lock:
            self._note()
            return self._worst_s * 1000
