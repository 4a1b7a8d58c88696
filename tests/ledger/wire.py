"""A wire between a store and its database that a test can cut at a chosen moment."""

import socket
from contextlib import suppress
from threading import Thread
from typing import Literal, Self

Cut = Literal["request", "answer"]


class Wire:
    """Listens on a port of loopback and passes everything on, until it is told to lose something."""

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.lose_next: Cut | None = None
        """The next request or answer does not arrive, and the connection ends."""
        self.dead = False
        """Nobody can connect."""
        self._pairs = list[tuple[socket.socket, socket.socket]]()
        self._swallowed = set[socket.socket]()
        Thread(target=self._accept, daemon=True).start()

    def hang_up(self) -> None:
        """Towards the store only: the database does not notice, and goes on with what it was doing."""
        for near, _ in self._pairs:
            _close(near)

    def swallow(self) -> None:
        """What is connected now stays so, and nothing of it arrives any more; new connections work."""
        self._swallowed |= {end for pair in self._pairs for end in pair}

    def close(self) -> None:
        _close(self._listening)
        for pair in self._pairs:
            for end in pair:
                _close(end)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listening.accept()
                if not self.dead:
                    self._join(near)
                else:
                    _close(near)

    def _join(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(self._to)
        except OSError:
            _close(near)
            return
        self._pairs.append((near, far))
        Thread(target=self._pass_on, args=(near, far, "request"), daemon=True).start()
        Thread(target=self._pass_on, args=(far, near, "answer"), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, what: Cut) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if self.lose_next == what:
                    self.lose_next = None
                    _close(source)
                    _close(target)
                    return
                if target not in self._swallowed:
                    target.sendall(data)


def _close(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
