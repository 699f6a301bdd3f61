"""Which pictures the arguments of `predict` mean, one after the other, never all at once."""

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnist_cli.core import log
from mnist_cli.core.errors import PictureError, PictureNotFoundError
from mnist_cli.core.files import open_regular
from mnist_cli.core.outputs import PICTURE_SUFFIXES, holds_results
from mnist_cli.core.text import is_address
from mnist_cli.core.unfinished import UNFINISHED
from mnist_cli.reading import documents, tiff_pages
from mnist_cli.reading.picture_file import not_found, read_file

HEIC_SUFFIXES = frozenset({".heic", ".heif"})


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
    """Tell by its suffix whether a file of a folder is one, or a document of several."""
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122  Path takes longer
    return suffix in PICTURE_SUFFIXES or suffix in {*HEIC_SUFFIXES, documents.SUFFIX}


def find_pictures(
    arguments: Iterable[str], is_wanted: Callable[[str], bool] = is_picture
) -> Iterator[Source]:
    """Yield each picture's source; a folder or a glob without pictures gives one with an error.

    A PDF, and a TIFF of several pages, gives one for each of its pages, as `scan.pdf#3`. What a
    folder holds besides is told; folders in it that hold results of this tool are passed over.

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
        elif is_address(argument) and not os.path.lexists(path):
            yield Source(argument, error=not_found(argument))  # a Path would take a slash away
        elif glob.has_magic(argument) and not os.path.lexists(path):
            yield from _at_least_one(_matching(argument), argument)
        else:
            yield from _pages(path, argument)


def _matching(pattern: str) -> Iterator[Path]:
    """Yield the files that a glob means, by name; its `**` does not go into links to folders."""
    from wcmatch import glob as globs  # takes a twentieth of a second to load

    matches = map(Path, sorted(globs.iglob(pattern, flags=globs.GLOBSTAR)))
    return (path for path in matches if not path.is_dir())


def _pages(path: Path, name: str) -> Iterator[Source]:
    """Yield a picture's source, or one for each page of a document."""
    try:
        count = _count_pages(path)
    except PictureError as error:
        yield Source(name, error=error)
        return
    if not count:
        yield Source(name, path)
    for number in range(1, count + 1):
        yield Source(f"{name}#{number}", Path(f"{path}#{number}"))


def _count_pages(path: Path) -> int:
    """Return how many pages a PDF has, or a TIFF of several; 0 of any other picture.

    Raises:
        PictureError: As of `documents.count_pages`.
    """
    suffix = path.suffix.lower()
    if suffix == documents.SUFFIX:
        return documents.count_pages(read_file(path))
    count = 0
    if suffix in tiff_pages.SUFFIXES:
        with suppress(OSError, ValueError), open_regular(path) as file:  # reading says what it is
            count = documents.checked_count(len(tiff_pages.pages_in(file)))
    return count if count > 1 else 0


def _in_folder(folder: Path, is_wanted: Callable[[str], bool]) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder, onerror=_say):
        folders.sort()
        if Path(parent) != folder and holds_results(names):
            log.event("predict.results_passed_over", folder=parent)
            folders.clear()
            continue
        wanted = sorted(filter(is_wanted, names))
        whole = {name for name in names if not name.startswith(UNFINISHED)}
        if others := sorted(whole - set(wanted)):
            log.event("predict.passed_over", folder=parent, files=len(others), first=others[:3])
        for name in wanted:
            yield Path(parent, name)


def _say(error: OSError) -> None:
    log.warning("predict.folder_left_out", folder=str(error.filename), reason=str(error.strerror))


def _at_least_one(paths: Iterable[Path], argument: str) -> Iterator[Source]:
    found = False
    for path in paths:
        found = True
        yield from _pages(path, str(path))
    if not found:
        suffixes = sorted({*PICTURE_SUFFIXES, *HEIC_SUFFIXES, documents.SUFFIX})
        hint = f"Pictures end in {', '.join(suffixes)}."
        yield Source(argument, error=PictureNotFoundError("no picture there.", hint=hint))
