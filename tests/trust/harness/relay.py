"""A TCP relay on loopback that counts: connections accepted, and how many were open at once."""

import contextlib
import selectors
import socket
import threading

_CHUNK = 65_536


class Relay:
    """Passes bytes on to `target` (host, port); a context manager, on one thread of its own."""

    def __init__(self, target):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)
        self._stopping = threading.Event()
        self.accepted = 0
        self._open = 0
        self.most_open = 0
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._thread.join(5)
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _run(self):
        while not self._stopping.is_set():
            events = self._selector.select(0.1)
            # What has ended is counted before what begins: the client closes one connection before it opens another.
            for key, _ in sorted(events, key=lambda event: event[0].data is None):
                if key.data is None:
                    self._accept()
                elif key.fileobj.fileno() >= 0:
                    self._pass_on(key.fileobj, key.data)

    def _accept(self):
        with contextlib.suppress(BlockingIOError):
            client, _ = self._listener.accept()
            platform = socket.create_connection(self._target)
            for one, other in ((client, platform), (platform, client)):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._selector.register(one, selectors.EVENT_READ, other)
            self.accepted += 1
            self._open += 1
            self.most_open = max(self.most_open, self._open)

    def _pass_on(self, one, other):
        try:
            content = one.recv(_CHUNK)
            if content:
                other.sendall(content)
                return
        except OSError:
            pass
        self._open -= 1
        for end in (one, other):
            self._selector.unregister(end)
            end.close()
