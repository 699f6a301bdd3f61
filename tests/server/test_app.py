"""What becomes of a bug of ours: a service that was not started is one."""

import asyncio
import re

import httpx
import pytest

from mnist_cli.server.access import Access
from mnist_cli.server.app import create_app
from mnist_cli.server.processes import OpenClassifier
from mnist_cli.server.service import Service
from tests.conftest import Events
from tests.server.conftest import DIGIT
from tests.server.wire import MARKER, PREDICT


def never() -> OpenClassifier:
    raise NotImplementedError


def ask(method: str, path: str) -> httpx.Response:
    """Ask an application whose service was not started."""

    async def sent() -> httpx.Response:
        app = httpx.ASGITransport(create_app(Service(never, 1), Access()))
        headers = {"Content-Type": "image/png", "X-Request-ID": "told"}
        async with httpx.AsyncClient(transport=app, base_url="http://localhost") as client:
            return await client.request(method, path, content=DIGIT, headers=headers)

    return asyncio.run(sent())


@pytest.mark.parametrize(("method", "path"), [("POST", PREDICT), ("GET", "/v2/models/mnist")])
def test_a_bug_is_a_problem_that_tells_nothing_and_a_trace_in_the_log(
    events: Events, method: str, path: str
) -> None:
    answer = ask(method, path)

    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "internal"
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"] == "told"
    assert "Error" not in answer.json()["detail"]
    (bug,) = events.of("server.bug")
    assert bug["request_id"] == "told"
    assert "Traceback" in bug["traceback"]
    (request,) = events.of("server.request")
    assert request["status"] == 500


def test_no_route_for_programs_takes_a_name_that_means_nothing() -> None:
    paths = ask("GET", "/openapi.json").json()["paths"]
    asked = [(path, method) for path, methods in paths.items() for method in methods]
    strict = [(path, method) for path, method in asked if path.startswith(("/v1/", "/v2"))]
    targets = [(method.upper(), re.sub(r"{\w+}", "mnist", path)) for path, method in strict]
    codes = {asked: ask(asked[0], f"{asked[1]}?{MARKER}=1").json() for asked in targets}

    assert len(codes) > 10
    assert {one["code"] for one in codes.values()} == {"unknown_name"}
