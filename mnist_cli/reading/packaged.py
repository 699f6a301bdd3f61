"""A network in the package, with the manifest beside it that states its digest."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mnist_cli.core.errors import ModelError


@dataclass(frozen=True)
class Packaged:
    """A network that reading opens without being asked which.

    Attributes:
        folder: Holds `NAME.tflite` and `NAME.json`.
        name: What it is called.
    """

    folder: Path
    name: str

    @property
    def file(self) -> str:
        """Name of the network's file."""
        return f"{self.name}.tflite"

    def manifest(self) -> dict[str, Any]:
        """Return what is stated of it.

        Raises:
            ModelError: The manifest is missing or damaged.
        """
        return _manifest(self)

    def content(self) -> bytes:
        """Return the network's file, as `read` does; it is read once."""
        return _content(self)

    def read(self) -> bytes:
        """Read the network's file.

        Raises:
            ModelError: It is missing, or not the one that its manifest states.
        """
        path = self.folder / self.file
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ModelError(f"{path}: {error.strerror}.", hint="Install it anew.") from error
        if hashlib.sha256(content).hexdigest() != self.manifest()["files"][self.file]:
            raise ModelError(
                f"{path}: checksum mismatch, it was changed or damaged.", hint="Install it anew."
            )
        return content


@cache
def _manifest(packaged: Packaged) -> dict[str, Any]:
    path = packaged.folder / f"{packaged.name}.json"
    try:
        stated: dict[str, Any] = json.loads(path.read_bytes())
        stated["files"][packaged.file].encode()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{path}: damaged ({error!r}).", hint="Install it anew.") from error
    return stated


@cache
def _content(packaged: Packaged) -> bytes:
    return packaged.read()
