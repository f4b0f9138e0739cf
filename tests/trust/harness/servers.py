"""What a network can do instead of answering. Each server is a context manager on a free loopback port."""

import contextlib
import socket
import threading
import time

# Long after every deadline of the harness.
_LONG_S = 30


class Server:
    """Accepts, and gives each connection to `serve` on a thread of its own."""

    def __init__(self, serve):
        self._serve = serve
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._run, args=(connection,), daemon=True).start()

    def _run(self, connection):
        # The client leaves when its deadline passes: that is what is tested.
        with connection, contextlib.suppress(OSError):
            self._serve(connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()


def silent():
    """Accepts, reads and never says a word: to a request, to a TLS greeting, to a proxy's CONNECT."""

    def serve(connection):
        connection.settimeout(_LONG_S)
        while connection.recv(4096):
            pass

    return Server(serve)


def one_byte_a_second():
    """A good answer, too slowly."""
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"

    def serve(connection):
        connection.recv(4096)
        for byte in answer[:_LONG_S]:
            connection.sendall(bytes([byte]))
            time.sleep(1)

    return Server(serve)


class Full:
    """A port whose queue is full: the kernel drops what greets it, and a connection never comes about."""

    def __init__(self):
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self._queue = []
        for _ in range(4):
            waiting = socket.socket()
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", self.port))
            self._queue.append(waiting)
        time.sleep(0.1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for waiting in [*self._queue, self._listener]:
            waiting.close()


def free_port():
    """A port where nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
