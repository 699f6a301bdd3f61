"""Which pictures the arguments of `predict` mean, one after the other, never all at once."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from mnist_cli.core import log
from mnist_cli.core.errors import PictureError, PictureNotFoundError
from mnist_cli.core.files import PICTURE_SUFFIXES


@dataclass(frozen=True)
class Source:
    """Where a picture comes from.

    Attributes:
        name: What the user calls it: a path, or `-`.
        path: Its file; None for standard input.
        error: Why there is none.
    """

    name: str
    path: Path | None = None
    error: PictureError | None = None


def is_picture(name: str) -> bool:
    """Tell by its suffix whether a file of a folder is one."""
    return os.path.splitext(name)[1].lower() in PICTURE_SUFFIXES  # noqa: PTH122  Path takes longer


def find_pictures(
    arguments: Iterable[str], is_wanted: Callable[[str], bool] = is_picture
) -> Iterator[Source]:
    """Yield each picture's source; a folder or a glob without pictures gives one with an error.

    Args:
        arguments: Files, folders (read with their subfolders, by name), globs, or `-`.
        is_wanted: Tells by its name whether a folder's file is meant.
    """
    for argument in arguments:
        path = Path(argument)
        if argument == "-":
            yield Source(argument)
        elif os.path.isdir(argument):  # noqa: PTH112  Path raises where a name is too long
            yield from _at_least_one(_in_folder(path, is_wanted), argument)
        elif glob.has_magic(argument) and not os.path.lexists(path):
            names = glob.glob(argument, recursive=True)  # noqa: PTH207  it may be absolute
            matches = (Path(name) for name in sorted(names))
            yield from _at_least_one((p for p in matches if not p.is_dir()), argument)
        else:
            yield Source(argument, path)


def _in_folder(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_say):
        folders.sort()
        for name in sorted(filter(is_wanted, names)):
            yield Path(parent, name)


def _say(error: OSError) -> None:
    log.warning("predict.folder_left_out", folder=str(error.filename), reason=str(error.strerror))


def _at_least_one(paths: Iterable[Path], argument: str) -> Iterator[Source]:
    found = False
    for path in paths:
        found = True
        yield Source(str(path), path)
    if not found:
        hint = f"Pictures end in {', '.join(sorted(PICTURE_SUFFIXES))}."
        yield Source(argument, error=PictureNotFoundError("no picture there.", hint=hint))
