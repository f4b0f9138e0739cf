"""Runs the cells of one binding: a sandbox and a driver of its own, one cell after the other."""

import contextlib

from harness import namespace, servers
from harness.cells import INTERFACES, LONG_MS, NETWORK, QUESTIONS, SHORT_MS, Measured
from harness.control import Control

# How often a cell is measured again, at most, because the machine was late.
_REPEATS = 2
# Nobody resolves this name: RFC 2606.
_NOBODY = "platform.example.invalid"


class Matrix:
    """One binding's run; a context manager."""

    def __init__(self, built, binding, sandbox):
        self._built = built
        self._binding = binding
        self._sandbox = sandbox
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        self._control = self._stack.enter_context(Control())
        self._driver = self._stack.enter_context(self._built.start(self._binding, self._sandbox.folder))
        self._configs = {ms: self._sandbox.config("client-{}".format(ms), deadline_ms=ms) for ms in (SHORT_MS, LONG_MS)}
        for ms, config in self._configs.items():
            self._driver.open("pooled-{}".format(ms), config)
        self._people = {level: self._sandbox.person(level) for level in ("green", "red")}
        self._places = self._open_places()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def _open_places(self):
        """For each network fault the driver to ask and the configuration that leads there."""
        enter, places = self._stack.enter_context, {}

        def place(fault, base, driver=self._driver, **http):
            config = self._sandbox.config(fault, base, deadline_ms=SHORT_MS, **http)
            places[fault] = (driver, config)

        silent = enter(servers.silent()).port
        place("connect_silent", "http://127.0.0.1:{}".format(enter(servers.Full()).port))
        place("tls_silent", "https://127.0.0.1:{}".format(silent))
        place("silent", "http://127.0.0.1:{}".format(silent))
        place("byte_a_second", "http://127.0.0.1:{}".format(enter(servers.one_byte_a_second()).port))
        place("proxy_silent", "https://" + _NOBODY, proxy="http://127.0.0.1:{}".format(silent))
        before = namespace.before(self._sandbox.folder)
        if before is not None:
            driver = enter(self._built.start(self._binding, self._sandbox.folder, before))
            place("name_silent", "https://" + _NOBODY, driver)
        return places

    @property
    def network(self):
        """The network faults that can be had here."""
        return [fault for fault in NETWORK if fault in self._places]

    def check_the_drivers_eyes(self):
        """Without a fault a green person is green and a red one is not, in every form: else nothing here is proven."""
        self._driver.open("fresh", self._configs[LONG_MS])
        for level in ("green", "red", "green"):
            for form in ("block", "async", "many"):
                for interface in QUESTIONS if form == "many" else INTERFACES:
                    outcome, green, _ = self._driver.call("fresh", interface, form, self._fields(level))
                    due = "ok" if interface == "issue_user_token" else level
                    assert (outcome, green) == (due, due == "green"), (self._binding, interface, form, outcome, green)
        for _, config in self._places.values():
            assert config.exists()

    def run(self, cell):
        """Measures it; again only if it was late with the machine."""
        for _ in range(1 + _REPEATS):
            cell.measured.append(self._measure(cell))
            if not cell.measured[-1].may_be_excused:
                return

    def _measure(self, cell):
        driver, slot = self._prepare(cell)
        asked = self._asked(cell)
        self._control.begin()
        try:
            observed, green, took_us = driver.call(slot, cell.interface, cell.form, asked)
            return Measured(observed, green, took_us / 1000, cell.deadline_ms, self._control.worst_ms())
        finally:
            self._sandbox.no_faults()

    def _prepare(self, cell):
        """Opens what the cell calls with, and plants the fault; the driver and its slot."""
        if cell.fault in self._places:
            driver, config = self._places[cell.fault]
            driver.open("fresh", config)
            return driver, "fresh"
        slot = cell.connection
        if slot == "fresh":
            self._driver.open(slot, self._configs[cell.deadline_ms])
        else:
            slot = "pooled-{}".format(cell.deadline_ms)
            self._warm_up(cell, slot)
        if (cell.fault, cell.connection) != ("drop_pooled", "pooled"):
            self._sandbox.fault(cell.interface, cell.fault)
        return self._driver, slot

    def _warm_up(self, cell, slot):
        """Leaves a connection in the pool; one that is about to die, where that is the fault."""
        if cell.fault == "drop_pooled":
            self._sandbox.fault(cell.interface, cell.fault, times=1)
        outcome, _, _ = self._driver.call(slot, cell.interface, "block", self._asked(cell))
        assert outcome in ("ok", "green", "red"), "{}: {} in the call before the fault".format(cell, outcome)

    def _asked(self, cell):
        """A green person, so that whatever opens by mistake opens green; a red one where the call rightly succeeds."""
        return self._fields("red" if cell.expected == "red" else "green")

    def _fields(self, level):
        return self._sandbox.fields(self._people[level])
