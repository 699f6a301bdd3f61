"""What each call of the Open Inference Protocol is answered with over gRPC."""

from collections.abc import Awaitable, Callable
from typing import Any

from mnist_cli.server import problems
from mnist_cli.server.classify import MODEL
from mnist_cli.server.infer_proto import InferProto
from mnist_cli.server.inference import (
    check,
    model_metadata,
    repository_index,
    server_metadata,
    statistics,
)
from mnist_cli.server.service import Service

Call = Callable[[Any], Awaitable[Any]]  # of a request, a message; returns a document or bytes


def calls_of(service: Service) -> dict[str, Call]:
    """Return what each call of the protocol is answered with."""

    async def infer(request: bytes) -> bytes:
        with service.bodies.held(len(request)):
            job = InferProto(request)
            return (await service.classify(job, job.version)).body

    async def refuse(_: Any) -> dict[str, Any]:
        raise problems.not_over_the_network()

    changes = {"RepositoryModelLoad": refuse, "RepositoryModelUnload": refuse}
    return {"ModelInfer": infer} | _health_calls(service) | _telling_calls(service) | changes


def _health_calls(service: Service) -> dict[str, Call]:
    """Return those that tell whether server and model can answer."""

    async def live(_: Any) -> dict[str, Any]:
        return {"live": True}

    async def ready(_: Any) -> dict[str, Any]:
        return {"ready": not service.failure}

    async def model_ready(request: Any) -> dict[str, Any]:
        check(service, request.name, request.version or None)
        return {"ready": not service.failure}

    return {"ServerLive": live, "ServerReady": ready, "ModelReady": model_ready}


def _telling_calls(service: Service) -> dict[str, Call]:
    """Return those that tell what server and model are, and what they did."""

    async def server(_: Any) -> dict[str, Any]:
        return server_metadata().model_dump()

    async def model(request: Any) -> dict[str, Any]:
        check(service, request.name, request.version or None)
        return model_metadata(service).model_dump()

    async def stats(request: Any) -> dict[str, Any]:
        version = request.version or None
        check(service, request.name or MODEL, version)
        return statistics(service, version).model_dump()

    async def index(request: Any) -> dict[str, Any]:
        entries = repository_index(service, ready=request.ready)
        return {"models": [entry.model_dump() for entry in entries]}

    return {
        "ServerMetadata": server,
        "ModelMetadata": model,
        "ModelStatistics": stats,
        "RepositoryIndex": index,
    }
