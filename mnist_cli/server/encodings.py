"""Bodies and answers that are packed on their way, by gzip or deflate (RFC 9110, section 8.4.1)."""

import asyncio
import zlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.middleware.gzip import GZipResponder, IdentityResponder
from starlette.types import ASGIApp, Receive, Scope, Send

from mnist_cli.server import problems

LEVEL = 4  # of 9: answers of numbers get no smaller by more, and take thrice as long
LEAST_BYTES = 1_024  # of an answer that is packed
PIECE_BYTES = 1 << 18  # that are unpacked at once, in about a millisecond

_WINDOWS = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}


def unpacked(chunks: AsyncGenerator[bytes, None], encoding: str) -> AsyncGenerator[bytes, None]:
    """Return a body as it was before it was packed, in pieces, however much each chunk becomes.

    Args:
        chunks: As they come.
        encoding: Of the header `Content-Encoding`.

    Raises:
        Problem: It is packed otherwise, damaged, or cut off.
    """
    encoding = encoding.strip().lower().removeprefix("x-")
    if encoding in {"identity", ""}:
        return chunks
    if encoding not in _WINDOWS:
        raise problems.wrong_encoding(", ".join(_WINDOWS))
    return _unpacked(chunks, encoding)


async def _unpacked(
    chunks: AsyncGenerator[bytes, None], encoding: str
) -> AsyncGenerator[bytes, None]:
    unpacker = zlib.decompressobj(_WINDOWS[encoding])
    try:
        async for chunk in chunks:
            left = chunk
            while left:
                yield unpacker.decompress(left, PIECE_BYTES)
                left = unpacker.unconsumed_tail
                if unpacker.unused_data:
                    raise problems.bad_request("Something follows the packed body.")
                await asyncio.sleep(0)  # others may be answered
    except zlib.error as error:
        raise problems.bad_request(f"The body is not packed by {encoding}.") from error
    if not unpacker.eof:
        raise problems.bad_request("The packed body is cut off.")


class _DeflateResponder(GZipResponder):
    content_encoding = "deflate"

    @property
    def compressor(self) -> "zlib._Compress":
        if self._compressor is None:
            self._compressor = zlib.compressobj(self.compresslevel, zlib.DEFLATED, zlib.MAX_WBITS)
        return self._compressor


_RESPONDERS = {"gzip": GZipResponder, "deflate": _DeflateResponder}


@dataclass(frozen=True)
class Packing:
    """Packs answers as their clients ask for it; Starlette's own heeds no weight, and no deflate.

    Attributes:
        app: What answers.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        accepted = Headers(scope=scope).get("accept-encoding", "")
        if not accepted:  # a program; what it gets, anybody may be given, so nothing varies
            await self.app(scope, receive, send)
            return
        encoding = preferred(accepted)
        responder = IdentityResponder(self.app, LEAST_BYTES)
        if encoding:
            responder = _RESPONDERS[encoding](self.app, LEAST_BYTES, LEVEL)
        await responder(scope, receive, send)


def preferred(accepted: str) -> str:
    """Return how a client wants to have its answer packed, of its `Accept-Encoding`; or nothing."""
    weights = {}
    for entry in accepted.lower().split(","):
        name, _, weight = entry.replace(" ", "").partition(";q=")
        try:
            weights[name.removeprefix("x-")] = float(weight or 1)
        except ValueError:
            continue
    own = {name: weights.get(name, weights.get("*", 0)) for name in _RESPONDERS}
    best = max(own, key=own.__getitem__)
    return best if own[best] > 0 and own[best] >= weights.get("identity", 0) else ""
