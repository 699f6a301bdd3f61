"""Keys that a client proves itself with: a file of them, one a line."""

import hashlib
import hmac
import os
import stat
from http import HTTPStatus
from pathlib import Path

from starlette.datastructures import Headers

from mnist_cli.core.errors import ServerError, ServerFileNotFoundError
from mnist_cli.server.problems import Problem

SHORTEST = 16  # characters: 64 bits in hexadecimal, which nobody guesses over a network
_HOW = "A key can be made by `openssl rand -hex 32`."


class Keys:
    """Keys, any of which opens.

    Args:
        path: A file with one a line; empty lines and those with a `#` are passed over.

    Raises:
        ServerError: It can't be read, others can read it, or it holds no key, or a bad one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digests = _digests(path)

    def renew(self) -> None:
        """Read the file again; where it is of no use now, the old keys stay.

        Raises:
            ServerError: As when it was read first.
        """
        self._digests = _digests(self._path)

    def check(self, headers: Headers) -> None:
        """Let in who has a key: `Authorization: Bearer KEY`, or `X-API-Key: KEY`.

        Raises:
            Problem: It has none, or one that is not known.
        """
        scheme, _, told = headers.get("authorization", "").partition(" ")
        given = [headers.get("x-api-key", ""), told if scheme.lower() == "bearer" else ""]
        if not any(self._knows(key.strip()) for key in given):
            known = "This key is not known." if any(given) else "A key is needed."
            raise Problem(
                HTTPStatus.UNAUTHORIZED,
                "key_refused" if any(given) else "key_missing",
                f"{known} Send `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
                {"WWW-Authenticate": 'Bearer realm="mnist"'},
            )

    def _knows(self, key: str) -> bool:
        """Compare with all of them in the same time, whichever it is."""
        digest = hashlib.sha256(key.encode()).digest()
        return sum(hmac.compare_digest(digest, known) for known in self._digests) > 0


def _digests(path: Path) -> tuple[bytes, ...]:
    """Return SHA-256 of each key, so that all that are compared have the same length."""
    try:
        lines = [line.strip() for line in read_private(path).decode("ascii").splitlines()]
    except UnicodeDecodeError as error:
        raise ServerError(f"{path}: a key is letters and digits.", hint=_HOW) from error
    keys = {at: line for at, line in enumerate(lines, 1) if line and not line.startswith("#")}
    if not keys:
        raise ServerError(f"{path} holds no key.", hint=_HOW)
    for number, key in keys.items():
        if len(key) < SHORTEST or not key.isprintable() or " " in key:
            raise ServerError(
                f"{path}, line {number}: a key has at least {SHORTEST} characters, and no space.",
                hint=_HOW,
            )
    return tuple(hashlib.sha256(key.encode()).digest() for key in keys.values())


def read_private(path: Path) -> bytes:
    """Return what is in a file that its owner, and at most its group, can read.

    Raises:
        ServerFileNotFoundError: It is not there.
        ServerError: It can't be read, or anybody on this machine can read it.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read()
    except FileNotFoundError as error:
        raise ServerFileNotFoundError(str(path)) from error
    except OSError as error:
        raise ServerError(f"Can't read {str(path)!r}: {error.strerror}.") from error
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ServerError(
            f"Anybody on this machine can read or write {str(path)!r}.",
            hint=f"Keep it from others: chmod 600 {path}",
        )
    return content
