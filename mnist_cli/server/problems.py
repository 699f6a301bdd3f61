"""Failures as `application/problem+json` (RFC 9457), each with what a client can do about it."""

import json
import math
import traceback
from collections.abc import Iterable
from http import HTTPStatus

from mnist_cli.core.errors import (
    MnistError,
    NotAPictureError,
    NotInstalledError,
    PictureMemoryError,
    PictureTooLargeError,
    StorageError,
)

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 500  # characters


class Problem(Exception):  # noqa: N818  it is what RFC 9457 calls it
    """An answer that is no success; it goes from a worker to the server as it is.

    Args:
        status: Of HTTP.
        code: A word for programs, as `too_large`.
        detail: A sentence for people; it never repeats what was sent.
        headers: What HTTP wants beside it, as `Retry-After`.
        trace: Of a bug, where it happened; for the log alone.
    """

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        headers: dict[str, str] | None = None,
        trace: str = "",
    ) -> None:
        super().__init__(status, code, detail, headers, trace)
        self.status, self.code, self.detail = status, code, detail
        self.headers = headers or {}
        self.trace = trace

    def to_json(self, request_id: str) -> bytes:
        """Return the document; `error` is where clients of the inference protocol look."""
        detail = self.detail[:LONGEST_DETAIL]
        document = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": detail,
            "code": self.code,
            "request_id": request_id,
            "error": detail,
        }
        return json.dumps(document).encode()


_STATUSES: dict[type[MnistError], HTTPStatus] = {
    NotAPictureError: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    PictureMemoryError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    PictureTooLargeError: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    StorageError: HTTPStatus.INSUFFICIENT_STORAGE,
    NotInstalledError: HTTPStatus.NOT_IMPLEMENTED,
}


def of_error(error: MnistError) -> Problem:
    """Return the Problem that a failure in reading is."""
    status = _STATUSES.get(type(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    sentence = error.message[:1].upper() + error.message[1:]
    return Problem(status, error.code, f"{sentence} {error.hint}".strip())


def bad_request(detail: str) -> Problem:
    """Return what a body that is malformed meets."""
    return Problem(HTTPStatus.BAD_REQUEST, "malformed", detail)


def unusable(detail: str, code: str = "unusable") -> Problem:
    """Return what a body meets that is well-formed and makes no sense."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail)


def check_names(given: Iterable[str], known: Iterable[str], where: str) -> None:
    """Let names through that mean something: a slip of the pen should not pass unheard.

    Args:
        given: As a client wrote them.
        known: Those that there are.
        where: For people, what they stand in.

    Raises:
        Problem: One of them means nothing.
    """
    names = list(known)
    if not set(given) <= set(names):
        there = f"There may be {', '.join(names)}." if names else "There may be none."
        raise unusable(f"A name in the {where} is not known. {there}", "unknown_name")


def too_large(detail: str) -> Problem:
    """Return what more than a limit meets; the connection is not kept."""
    headers = {"Connection": "close"}
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", detail, headers)


def wrong_media_type(expected: str) -> Problem:
    """Return what a body of another kind meets."""
    detail = f"The Content-Type must be {expected}."
    return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong_media_type", detail)


def wrong_encoding(expected: str) -> Problem:
    """Return what a body meets that is packed in another way."""
    detail = f"The Content-Encoding must be one of {expected}, or left out."
    headers = {"Accept-Encoding": expected}
    return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "wrong_encoding", detail, headers)


def not_over_the_network() -> Problem:
    """Return what a request meets that would change which versions are loaded."""
    detail = (
        "Versions are loaded from the command line alone: write them into the file that"
        " `mnist serve --load-from FILE` was given, a line each, and send the server SIGHUP."
    )
    return Problem(HTTPStatus.FORBIDDEN, "not_over_the_network", detail)


def busy(wait_s: float = 1) -> Problem:
    """Return what a request meets that can't be queued any more; there is room after `wait_s`."""
    detail = "Too much is waiting to be read. Try again in a moment."
    headers = {"Retry-After": f"{max(1, math.ceil(wait_s))}"}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", detail, headers)


def stopping() -> Problem:
    """Return what a request meets that is not answered before the server ends."""
    detail = "The server stops before this is read. Send it again later."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "stopping", detail, {"Retry-After": "1"})


def bug(error: Exception) -> Problem:
    """Return what a request meets that led to a bug of ours."""
    trace = "".join(traceback.format_exception(error))
    detail = "A bug of the server's: its log tells more, under the request's id."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", detail, trace=trace)
