"""Connections that send a request in time, or none: one that sends a byte now and then keeps a place from others.

What is no HTTP is told so as any other problem is, and its connection is closed.
"""

import asyncio
import socket
from http import HTTPStatus
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from api.http.outermost import HEAD_BYTES, HEADERS, TOO_LONG
from api.http.problems import Problem, answered

HEAD_SECONDS = 10.0
"""That a request line and its headers may take; and what still comes of a body after the answer went."""

READ_SECONDS = 30.0
"""That somebody may take to read what fills the buffers: who never reads keeps a place from others."""

NO_HTTP = Problem(400, "invalid", "request: no HTTP/1.1", {"Connection": "close"})


class Timely(H11Protocol):
    """HTTP/1.1 by h11, which is strict; uvicorn itself waits for the head of a request for ever."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._too_late: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as its base has it
        super().connection_made(transport)
        self._send_at_once(transport.get_extra_info("socket"))
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._let_be()
        self._is_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        self._is_read()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        """Told once, and only where no answer has begun.

        Who may still be answering what came before goes on as if the other side had gone: that is no defect.
        """
        nothing_said = self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE)
        if self.cycle is not None and not self.cycle.response_complete:  # type: ignore[redundant-expr]  # None at first
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if nothing_said:
            self._tell(TOO_LONG if self._is_long() else NO_HTTP)
        self.transport.close()

    def _is_long(self) -> bool:
        unread, _ = self.conn.trailing_data
        return len(unread) > HEAD_BYTES

    def _tell(self, problem: Problem) -> None:
        told = answered(problem, "en")
        own = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
        phrase = HTTPStatus(told.status_code).phrase.encode()
        events = (
            h11.Response(status_code=told.status_code, headers=[*told.raw_headers, *own], reason=phrase),
            h11.Data(data=bytes(told.body)),
            h11.EndOfMessage(),
        )
        self.transport.write(b"".join(self.conn.send(each) or b"" for each in events))

    def _send_at_once(self, connected: socket.socket) -> None:
        """Head and body are two writes; else the second waits 40 ms for the first to be acknowledged (RFC 1122).

        asyncio sees to it only where a socket was made by the number of its protocol, which uvicorn's are not.
        """
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _watch(self) -> None:
        """While part of a head is there, or nothing yet, or more of what was answered already, time runs."""
        answered_already = (self.conn.our_state, self.conn.their_state) == (h11.DONE, h11.SEND_BODY)
        if self.conn.their_state is not h11.IDLE and not answered_already:
            self._let_be()
        elif self._too_late is None:
            self._too_late = self.loop.call_later(HEAD_SECONDS, self.transport.close)

    def _let_be(self) -> None:
        if self._too_late is not None:
            self._too_late.cancel()
            self._too_late = None

    def _is_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None
