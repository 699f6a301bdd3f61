"""HTTP/1.1 as uvicorn speaks it, made steady: connections that make no progress are shed."""

import asyncio
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mnist_cli.server import problems
from mnist_cli.server.limits import ANSWER_S, HEADERS_S, LAST_BODY_S, MAX_HEADERS_BYTES
from mnist_cli.server.problems import MEDIA_TYPE, Problem


class Protocol(HttpToolsProtocol):
    """With deadlines for a request's headers and its whole answer, and a limit to its headers.

    A body that comes too slowly is answered before, by `bodies`; but once the server is asked to
    stop, none is waited for long. What can't be parsed gets a problem as an answer. The wish to go
    on in another protocol is passed over.
    """

    _deadline: asyncio.TimerHandle | None = None
    _running: Any = None  # the cycle that is answered; of pipelined requests not the last one
    _in_headers = True
    _headers_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for headers."""
        super().connection_made(transport)
        self._expect_within(HEADERS_S)

    def data_received(self, data: bytes) -> None:
        """Parse what came."""
        self._unset_keepalive_if_required()
        self._headers_bytes += len(data) if self._in_headers else 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._pass_over_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(problems.bad_request("This is not valid HTTP/1.1."))
        if self._headers_bytes > MAX_HEADERS_BYTES:
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            detail = f"The headers are over {MAX_HEADERS_BYTES >> 10} KB."
            self._refuse(Problem(status, "too_large", detail))

    def on_headers_complete(self) -> None:
        """Wait for the answer's end."""
        if self.parser.should_upgrade():
            return  # the parser stops here, before the body
        self._in_headers, self._headers_bytes = False, 0
        self._expect_within(ANSWER_S)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Take the next bytes for headers."""
        if self.parser.should_upgrade():
            return
        self._in_headers = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next headers."""
        self._expect_within(ANSWER_S if self.pipeline else HEADERS_S)
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing, and let the application hear of it."""
        self._forget()
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """End with the answer that is on its way, if all of its request is here soon."""
        super().shutdown()
        if self._lacks_body():
            self.loop.call_later(LAST_BODY_S, self._leave)

    def _lacks_body(self) -> bool:
        running = self._running
        return running is not None and running.more_body and not running.response_complete

    def _leave(self) -> None:
        if self._lacks_body():
            self._refuse(problems.stopping())

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _pass_over_upgrade(self, rest: bytes) -> None:
        """Parse the request again, without its wish."""
        if self.parser.get_method() == b"CONNECT":
            self._refuse(problems.bad_request("This is no proxy."))
            return
        kept = (pair for pair in self.headers if pair[0] not in {b"upgrade", b"connection"})
        lines = [
            self.parser.get_method() + b" " + self.url + b" HTTP/1.1",
            *(name + b": " + value for name, value in kept),
        ]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join(lines) + b"\r\n\r\n" + rest)

    def _expect_within(self, seconds: float) -> None:
        self._forget()
        self._deadline = self.loop.call_later(seconds, self._shed)

    def _forget(self) -> None:
        if self._deadline:
            self._deadline.cancel()

    def _shed(self) -> None:
        if self._running is None or self._running.response_complete:
            detail = f"The headers did not arrive within {HEADERS_S:g} seconds."
            self._refuse(Problem(HTTPStatus.REQUEST_TIMEOUT, "too_slow", detail))
        else:
            self.transport.abort()  # it does not take what it asked for

    def _refuse(self, problem: Problem) -> None:
        """Answer what no application hears of, and hang up."""
        request_id = uuid4().hex
        body = problem.to_json(request_id)
        head = (
            f"HTTP/1.1 {problem.status} {problem.status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\nX-Request-ID: {request_id}\r\nConnection: close\r\n"
        )
        if not self.transport.is_closing():
            self.transport.write(head.encode() + b"\r\n" + body)
            self.transport.close()
