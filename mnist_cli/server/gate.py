"""What every request passes: who may ask, its id, its answer's headers, its line in the log."""

import asyncio
import logging
import re
import time
import uuid

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mnist_cli.core import log
from mnist_cli.server.access import Access
from mnist_cli.server.forwarding import Forwarding
from mnist_cli.server.metrics import Metrics
from mnist_cli.server.problems import MEDIA_TYPE, Problem, bug, stopping

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


class Gate:
    """The outermost ASGI application.

    Args:
        app: What answers.
        access: Who may ask.
        forwarding: What stands before the server.
        metrics: Counts requests.
    """

    def __init__(
        self, app: ASGIApp, access: Access, forwarding: Forwarding, metrics: Metrics
    ) -> None:
        self._app = app
        self._access = access
        self._forwarding = forwarding
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        scope = self._forwarding.seen_by_client(scope)
        headers = Headers(scope=scope)
        request_id = headers.get("x-request-id", "")
        if not REQUEST_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        scope["request_id"] = request_id
        method = scope["method"]
        scope = {  # parts of answers are not given; the protocol leaves the body of HEAD out
            **scope,
            "method": "GET" if method == "HEAD" else method,
            "headers": [pair for pair in scope["headers"] if pair[0] != b"range"],
        }
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = (b"x-request-id", request_id.encode())
                message["headers"] = [*message["headers"], *HEADERS, own]
            await send(message)

        try:
            path = scope["path"].removeprefix(scope["root_path"])
            self._access.check(method, path or "/", headers)
            # the page's own addresses are relative, to a path that ends so
            app = self._app if path else RedirectResponse(f"{scope['root_path']}/")
            await app(scope, receive, answer)
        except Problem as problem:
            await to_response(problem, scope)(scope, receive, answer)
        except asyncio.CancelledError:  # the time to answer before the server ends is over
            if not status:
                await to_response(stopping(), scope)(scope, receive, answer)
        except Exception as error:
            ours = bug(error)
            log.event("server.bug", logging.ERROR, traceback=ours.trace, request_id=request_id)
            if not status:
                await to_response(ours, scope)(scope, receive, answer)
        duration_s = time.perf_counter() - started
        route = getattr(scope.get("route"), "path", "other")
        counted = method if method in METHODS else "other"
        self._metrics.count_request(counted, route, status, duration_s)
        log.event(
            "server.request",
            logging.DEBUG,  # a line for each would bury what matters on the terminal
            method=method[:LONGEST_LOGGED],
            path=scope["path"][:LONGEST_LOGGED],
            status=status,
            duration_s=duration_s,
            client=scope["client"][0] if scope["client"] else "",
            agent=headers.get("user-agent", "")[:LONGEST_LOGGED],
            request_id=request_id,
        )
