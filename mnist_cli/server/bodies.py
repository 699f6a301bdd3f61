"""A request's body, received within limits; and the pictures of a `multipart/form-data` one."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus

from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mnist_cli.server import problems
from mnist_cli.server.encodings import unpacked
from mnist_cli.server.jobs import NAMELESS
from mnist_cli.server.limits import (
    BODY_S,
    DISCARD_S,
    MAX_BODIES_BYTES,
    MAX_BODY_BYTES,
    MAX_DISCARDED_BYTES,
    MAX_FIELDS,
    MAX_PICTURES,
)
from mnist_cli.server.problems import Problem

LONGEST_NAME = 255  # characters of a file's name that its record repeats
SHEETS_FORM = "form"  # the part in which the form of the sheets stands


@dataclass(frozen=True)
class Sent:
    """What a `multipart/form-data` body holds.

    Attributes:
        pictures: Name and bytes of each.
        form: JSON of the form that they are sheets of; None without one.
    """

    pictures: tuple[tuple[str, bytes], ...]
    form: bytes | None = None


class Bodies:
    """How much memory the bodies take that are being received, or wait for their answer.

    Args:
        wait_s: Tells how long it takes until those that wait are answered, in seconds.
    """

    def __init__(self, wait_s: Callable[[], float]) -> None:
        self._wait_s = wait_s
        self._held_bytes = 0

    @contextmanager
    def of(self, request: Request) -> Iterator["Body"]:
        """Yield a request's body; until the block ends it counts."""
        body = Body(request, self)
        try:
            yield body
        finally:
            self._held_bytes -= body.received_bytes

    @contextmanager
    def held(self, count: int) -> Iterator[None]:
        """Count bytes that have come all at once, until the block ends.

        Raises:
            Problem: All together are too many.
        """
        try:
            self.hold(count)
            yield
        finally:
            self._held_bytes -= count

    def hold(self, count: int) -> None:
        """Count bytes that have come.

        Raises:
            Problem: All together are too many.
        """
        self._held_bytes += count
        if self._held_bytes > MAX_BODIES_BYTES:
            raise problems.busy(self._wait_s())


def media_type(request: Request) -> str:
    """Return what kind of body a request says that it has, without parameters; it may be empty."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


class Body:
    """One request's body, not received yet."""

    def __init__(self, request: Request, bodies: Bodies) -> None:
        self._request = request
        self._bodies = bodies
        self.received_bytes = 0

    async def read(self) -> bytes:
        """Return the whole body.

        Raises:
            Problem: It is too large, comes too slowly, or the memory for bodies is taken.
        """
        return b"".join([chunk async for chunk in self._chunks()])

    async def read_form(self) -> Sent:
        """Return what a `multipart/form-data` body holds: files, and perhaps a form of sheets.

        Nothing is written to disk, and a name is never taken for a path.

        Raises:
            Problem: As for `read`; or it is malformed, cut off, or holds no picture.
        """
        tail = b""

        async def watched() -> AsyncGenerator[bytes, None]:
            nonlocal tail
            async with aclosing(self._chunks()) as chunks:
                async for chunk in chunks:
                    tail = (tail + chunk)[-256:]
                    yield chunk

        headers = self._request.headers
        async with aclosing(watched()) as stream:
            most = {"max_files": MAX_PICTURES + 1, "max_fields": MAX_FIELDS}
            parser = _InMemory(headers, stream, **most, max_part_size=MAX_BODY_BYTES)
            try:
                form = await parser.parse()
            except (MultiPartException, MultipartParseError, KeyError, ValueError) as error:
                raise problems.bad_request(
                    f"The form is malformed, or has more than {MAX_PICTURES} files."
                ) from error
        if not tail.rstrip(b"\r\n").endswith(b"--"):
            raise problems.bad_request("The form is cut off.")
        return await _sent(form)

    async def pictures_or_json(self, *kinds: str) -> Sent | bytes:
        """Return the pictures that the body is, or holds as files; of JSON the whole body.

        Args:
            kinds: Media types that a picture may be of, beside `image/*`.

        Raises:
            Problem: As for `read` and `read_form`; or it is of another media type.
        """
        kind = media_type(self._request)
        if kind.startswith("image/") or kind in kinds:
            return Sent(((NAMELESS, await self.read()),))
        if kind == "multipart/form-data":
            return await self.read_form()
        if kind == "application/json":
            return await self.read()
        expected = ", ".join(["image/*", *kinds, "multipart/form-data"])
        raise problems.wrong_media_type(f"{expected} or application/json")

    async def _chunks(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes, unpacked; it is bounded as what it was before as well."""
        encoding = self._request.headers.get("content-encoding", "identity")
        async with (
            aclosing(self._arriving()) as arriving,
            aclosing(unpacked(arriving, encoding)) as pieces,
        ):
            async for piece in pieces:
                self.received_bytes += len(piece)
                self._bodies.hold(len(piece))
                if self.received_bytes > MAX_BODY_BYTES:
                    await self._refuse()
                yield piece

    async def _arriving(self) -> AsyncGenerator[bytes, None]:
        """Yield the body as it comes, packed or not."""
        headers = self._request.headers
        # the protocol's parser let nothing but digits through
        if int(headers.get("content-length", "0")) > MAX_BODY_BYTES:
            await self._refuse()
        deadline = asyncio.get_running_loop().time() + BODY_S
        arrived_bytes, more = 0, True
        while more:
            try:
                async with asyncio.timeout_at(deadline):
                    message = await self._request.receive()
            except TimeoutError as error:
                raise Problem(
                    HTTPStatus.REQUEST_TIMEOUT,
                    "too_slow",
                    f"The body did not arrive within {BODY_S:g} seconds.",
                    {"Connection": "close"},
                ) from error
            if message["type"] == "http.disconnect":
                raise problems.bad_request("The body is cut off.")
            chunk, more = message.get("body", b""), message.get("more_body", False)
            arrived_bytes += len(chunk)
            if arrived_bytes > MAX_BODY_BYTES:
                await self._refuse()
            yield chunk

    async def _refuse(self) -> None:
        """Take the rest of a body that is too large, or its sender would not hear why.

        A connection that is closed with data unread is reset, and the answer on it lost. A client
        that waits to be asked for the body hears at once.
        """
        left = 0 if "expect" in self._request.headers else MAX_DISCARDED_BYTES
        with suppress(TimeoutError):
            async with asyncio.timeout(DISCARD_S):
                while left > 0:
                    message = await self._request.receive()
                    left -= len(message.get("body", b""))
                    if not message.get("more_body", False):
                        break
        raise problems.too_large(f"The body is over {MAX_BODY_BYTES >> 20} MB.")


class _InMemory(MultiPartParser):
    """Starlette's parser, without files on disk: a body's size is limited anyway.

    Names are UTF-8, or else Latin-1, and not what a form's charset claims: of Python's codecs some
    make what is no text (`unicode_escape`), others take minutes for a name of a megabyte (`idna`).
    """

    spool_max_size = MAX_BODY_BYTES + 1

    def on_part_begin(self) -> None:
        """Begin a part of the form."""
        self._charset = "utf-8"
        super().on_part_begin()


async def _sent(data: FormData) -> Sent:
    """Tell pictures from the form of the sheets."""
    forms, files = data.getlist(SHEETS_FORM), []
    for name, value in data.multi_items():
        if name != SHEETS_FORM and isinstance(value, UploadFile):
            files.append(value)
    if not files:
        raise problems.unusable("The form holds no file: send one or several pictures.")
    if len(files) > MAX_PICTURES:
        raise problems.too_large(f"At most {MAX_PICTURES} pictures a request.")
    if len(forms) > 1:
        raise problems.unusable("Sheets have one form: send one part of the name form.")
    pictures = [((file.filename or NAMELESS)[:LONGEST_NAME], await file.read()) for file in files]
    if not forms:
        return Sent(tuple(pictures))
    (form,) = forms
    return Sent(tuple(pictures), form.encode() if isinstance(form, str) else await form.read())
