"""The Open Inference Protocol over gRPC: the same service, on a port of its own."""

import asyncio
import logging
import os
import time
import uuid
from http import HTTPStatus
from pathlib import Path
from typing import Any

os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its core writes to stderr what a client does

import grpc
from google.protobuf.json_format import ParseDict
from google.protobuf.message import DecodeError
from starlette.datastructures import Headers

from mnist_cli.core import log
from mnist_cli.core.errors import ServerError
from mnist_cli.server import problems
from mnist_cli.server.gate import REQUEST_ID
from mnist_cli.server.grpc_calls import Call, calls_of
from mnist_cli.server.keys import Keys
from mnist_cli.server.limits import (
    BODY_S,
    DRAIN_S,
    MAX_BODY_BYTES,
    MAX_HEADERS_BYTES,
    MAX_WAITING,
)
from mnist_cli.server.problems import Problem
from mnist_cli.server.protobuf import SERVICE, message
from mnist_cli.server.service import Service
from mnist_cli.server.tls import tls_context

_FREE = frozenset({"ServerLive", "ServerReady"})  # of keys, as over HTTP
_GIVEN_UP = 499  # by the client, before it was answered: nginx's number
_CODES = {
    HTTPStatus.UNAUTHORIZED: grpc.StatusCode.UNAUTHENTICATED,
    HTTPStatus.FORBIDDEN: grpc.StatusCode.PERMISSION_DENIED,
    HTTPStatus.NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    HTTPStatus.REQUEST_TIMEOUT: grpc.StatusCode.DEADLINE_EXCEEDED,
    HTTPStatus.SERVICE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT: grpc.StatusCode.DEADLINE_EXCEEDED,
    HTTPStatus.INTERNAL_SERVER_ERROR: grpc.StatusCode.INTERNAL,
}  # what else there is, is the client's fault


class GrpcServer:
    """Answers calls until it is stopped.

    Args:
        service: Does the work.
        host: A name or address of this machine.
        port: 0 is any that is free.
        keys: One of which is needed, but by probes.
        tls: A certificate and its key, as PEM; without them nothing is encrypted.

    Attributes:
        port: Where it listens, once it is started.
    """

    def __init__(
        self,
        service: Service,
        host: str,
        port: int,
        keys: Keys | None = None,
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        self._service = service
        self._keys = keys
        self._tls = tls
        self._certificate: Any = None  # as gRPC takes it
        self._host = f"[{host}]" if ":" in host else host
        self.port = port
        self._server: Any = None

    @property
    def address(self) -> str:
        """As clients take it."""
        return f"{self._host}:{self.port}"

    async def start(self) -> None:
        """Listen.

        Raises:
            ServerError: The port is taken, or not allowed.
        """
        self._server = grpc.aio.server(
            options=[
                ("grpc.max_receive_message_length", MAX_BODY_BYTES),
                ("grpc.max_metadata_size", MAX_HEADERS_BYTES),
                ("grpc.so_reuseport", 0),  # else two servers would share a port, unheard
            ],
            maximum_concurrent_rpcs=MAX_WAITING,
        )
        calls = calls_of(self._service)
        handlers = {name: self._handler(name, call) for name, call in calls.items()}
        generic = grpc.method_handlers_generic_handler(SERVICE, handlers)
        self._server.add_generic_rpc_handlers((generic,))
        try:
            self.port = self._listening()
        except RuntimeError as error:
            raise ServerError(
                f"Can't listen on {self.address} for gRPC.",
                hint="Is it used by another program? --grpc-port 0 takes any that is free.",
            ) from error
        await self._server.start()

    def _listening(self) -> int:
        if self._tls is None:
            return int(self._server.add_insecure_port(self.address))
        self.renew_certificate()
        credentials = grpc.dynamic_ssl_server_credentials(
            self._certificate, lambda: self._certificate
        )
        return int(self._server.add_secure_port(self.address, credentials))

    def renew_certificate(self) -> None:
        """Encrypt by what is in the files now, from the next connection on.

        Raises:
            ServerError: It is of no use; then the old one stays.
        """
        if self._tls:
            tls_context(*self._tls)  # gRPC itself would say nothing
            certificate, key = (path.read_bytes() for path in self._tls)
            self._certificate = grpc.ssl_server_certificate_configuration([(key, certificate)])

    async def stop(self) -> None:
        """Answer what is on its way, and end."""
        if self._server is not None:
            await self._server.stop(DRAIN_S)

    def _handler(self, name: str, call: Call) -> Any:
        """Return what answers a call, which begins before its message is there.

        So who has no key is refused at once, and a message that never comes is not waited for: a
        unary handler of gRPC's begins only with the message, and meanwhile takes another's place.
        """

        async def answer(_: Any, context: Any) -> Any:
            return await self._answer(name, call, context)

        if name == "ModelInfer":  # a worker unpacks and packs it
            return grpc.stream_unary_rpc_method_handler(answer)
        response = message(f"{name}Response")
        return grpc.stream_unary_rpc_method_handler(
            answer,
            request_deserializer=message(f"{name}Request").FromString,
            response_serializer=lambda told: ParseDict(told, response()).SerializeToString(),
        )

    async def _answer(self, name: str, call: Call, context: Any) -> Any:
        """Answer a call; it is counted and logged as a request over HTTP is."""
        begun, status = time.perf_counter(), _GIVEN_UP
        metadata = dict(context.invocation_metadata())
        request_id = str(metadata.get("x-request-id", ""))
        if not REQUEST_ID.fullmatch(request_id):
            request_id = uuid.uuid4().hex
        trailing = {"x-request-id": request_id}
        try:
            if name in _FREE:  # whose messages are empty
                answer = await call(None)
            else:
                if self._keys:
                    self._keys.check(Headers({key: str(value) for key, value in metadata.items()}))
                answer = await call(await _received(context))
            status = HTTPStatus.OK
            return answer
        except Exception as error:
            problem = error if isinstance(error, Problem) else problems.bug(error)
            if not isinstance(error, Problem):
                log.event(
                    "server.bug", logging.ERROR, traceback=problem.trace, request_id=request_id
                )
            status = problem.status
            trailing |= {name.lower(): value for name, value in problem.headers.items()}
            code = _CODES.get(problem.status, grpc.StatusCode.INVALID_ARGUMENT)
            await context.abort(code, problem.detail, tuple(trailing.items()))
        finally:
            context.set_trailing_metadata(tuple(trailing.items()))
            duration_s = time.perf_counter() - begun
            agent = str(metadata.get("user-agent", ""))
            self._note(name, status, duration_s, context.peer(), agent, request_id)

    def _note(
        self, name: str, status: int, duration_s: float, client: str, agent: str, request_id: str
    ) -> None:
        """Count a call, and log it."""
        route = f"/{SERVICE}/{name}"
        self._service.metrics.count_request("gRPC", route, status, duration_s)
        log.event(
            "server.request",
            logging.DEBUG,
            method="gRPC",
            path=route,
            status=status,
            duration_s=duration_s,
            client=client,
            agent=agent[:200],
            request_id=request_id,
        )


async def _received(context: Any) -> Any:
    """Return the one message of a call.

    Raises:
        Problem: It comes too slowly, not at all, or is another.
    """
    try:
        async with asyncio.timeout(BODY_S):
            request = await context.read()
    except TimeoutError as error:
        raise Problem(
            HTTPStatus.REQUEST_TIMEOUT,
            "too_slow",
            f"The message did not arrive within {BODY_S:g} seconds.",
        ) from error
    except DecodeError as error:
        raise problems.bad_request("The message is not that of the call.") from error
    if request is grpc.aio.EOF:
        raise problems.bad_request("The call has no message.")
    return request
