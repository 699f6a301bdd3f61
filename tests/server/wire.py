"""Requests and answers as they go over the wire, however wrong they are."""

import http.client
import json
import socket
from dataclasses import dataclass
from typing import Any

PREDICT = "/v1/predict"
INFER = "/v2/models/mnist/infer"
MARKER = "zQxJ"  # what requests hold and no answer may repeat

JSON = "application/json"
FORM = "multipart/form-data; boundary=edge"
END = b"--edge--\r\n"


def part(content: bytes, name: str = "three.png", more: str = "") -> bytes:
    """Return a part of a form, up to the next boundary."""
    head = f'--edge\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n{more}\r\n'
    return head.encode() + content + b"\r\n"


def as_json(document: object) -> bytes:
    """Return a POST of JSON as it goes over the wire."""
    return post(json.dumps(document).encode(), JSON)


def post(body: bytes, kind: str = "image/png", target: str = PREDICT, **headers: str) -> bytes:
    """Return a POST as it goes over the wire; a header's name has `_` for `-`."""
    told = {"Host": "127.0.0.1", "Content_Type": kind} | headers
    if "Transfer_Encoding" not in headers:
        told.setdefault("Content_Length", str(len(body)))
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items() if value]
    return f"POST {target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1") + body


def get(target: str, method: str = "GET", **headers: str) -> bytes:
    """Return a request without a body as it goes over the wire."""
    told = {"Host": "127.0.0.1"} | headers
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items()]
    return f"{method} {target} HTTP/1.1\r\n{''.join(lines)}\r\n".encode("latin-1")


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def check_problem(self, *statuses: int) -> dict[str, Any]:
        """Return the problem that it is, as the contract has one."""
        assert self.status in statuses
        assert self.headers["Content-Type"] == "application/problem+json"
        problem: dict[str, Any] = self.json()
        assert problem.keys() >= {"type", "title", "status", "detail", "code", "request_id"}
        assert problem["status"] == self.status
        assert problem["request_id"] == self.headers["X-Request-ID"]
        assert 0 < len(problem["detail"]) <= 500
        assert len(self.body) <= 2_048
        assert MARKER not in self.body.decode()
        return problem


def receive(connection: socket.socket, method: str = "POST") -> Answer:
    """Read one answer."""
    with http.client.HTTPResponse(connection, method=method) as response:
        response.begin()
        return Answer(response.status, response.headers, response.read())
