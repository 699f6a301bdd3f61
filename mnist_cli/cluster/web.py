"""What is asked of servers of HTTP: no more is held than was asked for, and none is waited for."""

import re
from typing import Any

import aiohttp
import fsspec

STALL_S = 30.0  # seconds without a byte, or a connection, after which nothing more is expected
ANSWER_S = 300.0  # the same for a whole answer, one part of a large file
MOST_WITHOUT_RANGE = 16 << 20  # bytes: of a listing

_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


class _Answer(aiohttp.ClientResponse):
    """An answer; of a server that ignores which bytes it was asked for, only those are taken."""

    async def read(self) -> bytes:
        """Return the body, up to the limit.

        Raises:
            ValueError: It was asked for as a whole, and is larger.
        """
        asked = _RANGE.fullmatch(self.request_info.headers.get("Range", ""))
        most = int(asked[2]) - int(asked[1]) + 1 if asked else MOST_WITHOUT_RANGE
        parts, left = [], most
        while left and (part := await self.content.read(left)):
            parts.append(part)
            left -= len(part)
        if not asked and not left:
            raise ValueError(f"an answer of more than {most >> 20} MB")
        self._body = b"".join(parts)  # where `text` and `json` look for it
        return self._body


def options() -> dict[str, Any]:
    """Return what fsspec is to open servers with, beside what it is configured to."""
    own = {
        "response_class": _Answer,
        "timeout": aiohttp.ClientTimeout(ANSWER_S, sock_connect=STALL_S, sock_read=STALL_S),
    }
    return {"client_kwargs": fsspec.config.conf.get("http", {}).get("client_kwargs", {}) | own}
