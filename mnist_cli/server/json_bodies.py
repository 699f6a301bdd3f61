"""JSON in bodies: parsed strictly, pictures in base64, and written."""

import base64
import binascii
import json
from collections.abc import Callable
from typing import Any

from pydantic_core import ErrorDetails, ValidationError, from_json

from mnist_cli.server import problems

_encode = json.JSONEncoder(allow_nan=False).encode  # `json.dumps` would make one at each call
_PLAIN = {  # where pydantic's words name classes of ours, or are about its own work
    "missing": "It is missing",
    "model_attributes_type": "It must be an object",
    "model_type": "It must be an object",
    "too_long": "There may be {max_length} at most",
    "too_short": "There must be {min_length} at least",
}


def parse(body: bytes, what: str = "body") -> Any:
    """Parse JSON, strictly: without NaN, and not nested for its own sake.

    Raises:
        Problem: `what` is none.
    """
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise problems.bad_request(f"The {what} is not valid JSON.") from error


def validated(validate: Callable[[Any], Any], given: Any) -> Any:
    """Return what pydantic makes of a body, or of a document.

    Raises:
        Problem: It is of another form.
    """
    try:
        return validate(given)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part)[:40] for part in first["loc"])
        raise problems.unusable(f"{place or 'The body'}: {words_of(first)}.") from error


def words_of(error: ErrorDetails) -> str:
    """Return in plain words what is wrong; they say what there may be, and not what was sent."""
    plain = _PLAIN.get(error["type"])
    return plain.format(**error.get("ctx", {})) if plain else error["msg"]


def decoded(text: object) -> bytes:
    """Return the bytes of a picture in JSON."""
    if not isinstance(text, str):
        raise problems.unusable("A picture must be a string of base64.")
    if text.startswith("data:"):  # as a browser's canvas gives it
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise problems.unusable("A picture is not valid base64 (RFC 4648, section 4).") from error


def json_bytes(document: Any) -> bytes:
    """Return a document as JSON."""
    return _encode(document).encode()
