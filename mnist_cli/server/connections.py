"""Connections that make no progress are closed; uvicorn itself only closes idle ones."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mnist_cli.server.limits import ANSWER_S, HEADERS_S


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with deadlines for a request's headers and for its whole answer.

    A body that comes too slowly is answered with 408 before, by `bodies`.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for headers."""
        super().connection_made(transport)
        self._expect_within(HEADERS_S)

    def on_headers_complete(self) -> None:
        """Wait for the answer's end."""
        self._expect_within(ANSWER_S)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """Wait for the next headers."""
        self._expect_within(ANSWER_S if self.pipeline else HEADERS_S)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing."""
        self._forget()
        super().connection_lost(exc)

    def _expect_within(self, seconds: float) -> None:
        self._forget()
        self._deadline = self.loop.call_later(seconds, self._shed)

    def _forget(self) -> None:
        if self._deadline:
            self._deadline.cancel()

    def _shed(self) -> Any:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n")
            self.transport.close()
        else:
            self.transport.abort()  # it does not take what it asked for
