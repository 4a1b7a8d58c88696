"""Connections that send a request in time, or none: one that sends a byte now and then keeps a place from others."""

import asyncio
import socket
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""That a request line and its headers may take."""


class Timely(H11Protocol):
    """HTTP/1.1 by h11, which is strict; uvicorn itself waits for the head of a request for ever."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._too_late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        super().connection_made(transport)
        self._send_at_once(transport.get_extra_info("socket"))
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_be()
        super().connection_lost(exc)

    def _send_at_once(self, connected: socket.socket) -> None:
        """Head and body are two writes; else the second waits 40 ms for the first to be acknowledged (RFC 1122).

        asyncio sees to it only where a socket was made by the number of its protocol, which uvicorn's are not.
        """
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _watch(self) -> None:
        """While part of a head is there, or nothing yet, time runs."""
        if self.conn.their_state is not h11.IDLE:
            self._let_be()
        elif self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _let_be(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None
