"""What every request passes: who may ask, its id, its answer's headers, its line in the log."""

import asyncio
import logging
import re
import time
import uuid
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_cli.core import log
from mnist_cli.server.access import Access
from mnist_cli.server.forwarding import Forwarding
from mnist_cli.server.metrics import Metrics
from mnist_cli.server.problems import MEDIA_TYPE, Problem, bug, stopping
from mnist_cli.server.templates import Templates

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
METHODS = {"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"}  # others count as one
LONGEST_LOGGED = 200  # characters

_POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    b" connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = [
    (b"content-security-policy", _POLICY),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-cache"),
]


def to_response(problem: Problem, scope: Scope) -> Response:
    """Return the answer that a problem is."""
    content = problem.to_json(scope["request_id"])
    return Response(content, problem.status, problem.headers, MEDIA_TYPE)


@dataclass(frozen=True)
class Gate:
    """The outermost ASGI application.

    Attributes:
        app: What answers.
        access: Who may ask.
        forwarding: What stands before the server.
        metrics: Counts requests.
        templates: Tell by which route to count each.
    """

    app: ASGIApp
    access: Access
    forwarding: Forwarding
    metrics: Metrics
    templates: Templates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.perf_counter()
        scope = self.forwarding.seen_by_client(scope)
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not REQUEST_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        scope["request_id"] = request_id
        answer = _Answer(send, request_id)
        with self.metrics.in_flight.track_inprogress():
            await self._answer(scope, headers, receive, answer)
        self._note(scope, headers, answer.status, time.perf_counter() - started)

    async def _answer(
        self, scope: Scope, headers: Headers, receive: Receive, answer: "_Answer"
    ) -> None:
        inner = {  # parts of answers are not given; the protocol leaves the body of HEAD out
            **scope,
            "method": "GET" if scope["method"] == "HEAD" else scope["method"],
            "headers": [pair for pair in scope["headers"] if pair[0] != b"range"],
        }
        try:
            path = _own_path(scope)
            self.access.check(scope["method"], path or "/", headers)
            # the page's own addresses are relative, to a path that ends so
            app = self.app if path else RedirectResponse(f"{scope['root_path']}/")
            await self._readable(app, headers)(inner, receive, answer)
            return
        except Problem as refusal:
            problem = refusal
        except asyncio.CancelledError:  # the time to answer before the server ends is over
            problem = stopping()
        except Exception as error:
            problem = bug(error)
            log.event(
                "server.bug",
                logging.ERROR,
                traceback=problem.trace,
                request_id=scope["request_id"],
            )
        if not answer.status:
            await self._readable(to_response(problem, scope), headers)(inner, receive, answer)

    def _readable(self, app: ASGIApp, headers: Headers) -> ASGIApp:
        """Have the page of a site that may ask read the answer, a refusal too."""
        if not self.access.origins or headers.get("origin") not in self.access.origins:
            return app
        return CORSMiddleware(
            app,
            allow_origins=sorted(self.access.origins),
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["Page-Count", "Retry-After", "X-Request-ID"],
        )

    def _note(self, scope: Scope, headers: Headers, status: int, duration_s: float) -> None:
        """Count a request, and log it."""
        method = scope["method"]
        counted = method if method in METHODS else "other"
        route = self.templates.of(_own_path(scope))
        self.metrics.count_request(counted, route, status, duration_s)
        log.event(
            "server.request",
            logging.DEBUG,  # a line for each would bury what matters on the terminal
            method=method[:LONGEST_LOGGED],
            path=scope["path"][:LONGEST_LOGGED],
            status=status,
            duration_s=duration_s,
            client=scope["client"][0] if scope["client"] else "",
            agent=headers.get("user-agent", "")[:LONGEST_LOGGED],
            request_id=scope["request_id"],
        )


class _Answer:
    """Sends an answer, with the headers that all have.

    Attributes:
        status: Of HTTP, once it is sent; 0 before.
    """

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._own = [*HEADERS, (b"x-request-id", request_id.encode())]
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Send a part of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message["headers"], *self._own]
        await self._send(message)


def _own_path(scope: Scope) -> str:
    """Return a request's path without what a proxy's clients have before it."""
    path: str = scope["path"]
    return path.removeprefix(scope["root_path"])
