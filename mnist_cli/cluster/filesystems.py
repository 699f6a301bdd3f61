"""Files and folders that may lie anywhere: paths, and URLs of whatever fsspec reaches."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import fsspec

from mnist_cli.core import log
from mnist_cli.core.errors import MnistError, PictureError, StorageError
from mnist_cli.core.files import write_atomically
from mnist_cli.core.outputs import holds_results
from mnist_cli.core.unfinished import temporary_folder

NEW = ".new-"  # begins the names of unfinished files
_STATE = ("size", "mtime", "ETag", "LastModified", "last_modified")  # as file systems name them


def is_url(place: str) -> bool:
    """Tell a URL from a path."""
    return "://" in place


def absolute(place: str) -> str:
    """Return a place as other processes find it, whatever folder they stand in."""
    return place if is_url(place) else os.path.abspath(place)  # noqa: PTH100  no symlink goes


@contextmanager
def reached(place: str) -> Iterator[None]:
    """Tell what goes wrong on the way to a place, whatever library it comes from."""
    try:
        yield
    except MnistError:
        raise
    except ImportError as error:  # fsspec names the package that it takes
        raise StorageError(f"Can't reach {place!r}: {error}.") from error
    except Exception as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise StorageError(
            f"Can't reach {place!r}: {reason}.",
            hint="Check the address, the network and the permissions.",
        ) from error


def located(place: str) -> tuple[Any, str]:
    """Return what reaches a place, and the place's name there."""
    options = {"use_listings_cache": False}
    if place.startswith(("http://", "https://")):
        from mnist_cli.cluster import web  # it needs aiohttp, which other places don't

        options |= web.options()
    found: tuple[Any, str] = fsspec.core.url_to_fs(place, **options)
    return found


def find(url: str, is_wanted: Callable[[str], bool]) -> Iterator[str]:
    """Yield the files that a URL means: itself, what its glob matches, or a folder's wanted ones.

    Raises:
        StorageError: It can't be reached.
    """
    with reached(url):
        files, name = located(url)
        root = url.rstrip("/").removesuffix(name)  # with the host, which fsspec would drop
        if files.isdir(name):
            for folder, folders, names in files.walk(name):
                folders.sort()
                if folder != name and holds_results(names):
                    log.event("predict.results_passed_over", folder=f"{root}{folder}")
                    folders.clear()
                    continue
                for file in filter(is_wanted, sorted(names)):
                    yield f"{root}{folder}/{file}"
        elif files.exists(name):
            yield url
        elif set("*?[") & set(url):
            yield from (root + match for match in sorted(files.glob(name)))


def state(place: str) -> str:
    """Return what differs once a file was changed: size, time, ETag, whatever is known of it."""
    with suppress(Exception):  # whoever reads it will say so
        files, name = located(place)
        known = files.info(name)
        return repr([known.get(key) for key in _STATE])
    return ""


@contextmanager
def opened(place: str, *, text: bool = False) -> Iterator[IO[Any]]:
    """Open a file to read from its beginning to its end.

    Raises:
        FileNotFoundError: Nothing is there.
        PictureError: It is a pipe or a device, which may have no end.
    """
    if not is_url(place) and Path(place).exists() and not Path(place).is_file():
        raise PictureError(f"{place!r}: not a regular file.")
    files, name = located(place)
    form = {"encoding": "utf-8-sig", "errors": "surrogateescape", "newline": ""} if text else {}
    try:
        file = files.open(name, "r" if text else "rb", **form)
    except FileNotFoundError as error:
        if isinstance(error.__cause__, OSError):  # so fsspec calls a server that does not answer
            raise error.__cause__ from None
        raise
    with file:
        yield file


def read(place: str) -> bytes | None:
    """Return what is in a file; None if it is missing.

    Raises:
        StorageError: It can't be reached.
    """
    with reached(place):
        try:
            with opened(place) as file:
                return bytes(file.read())
        except FileNotFoundError:
            return None


def names_in(folder: str) -> list[str]:
    """Return the names of what is in a folder; none, where it is missing.

    Raises:
        StorageError: It can't be reached.
    """
    with reached(folder):
        files, name = located(folder)
        found = files.ls(name, detail=False) if files.isdir(name) else []
        return [path.rstrip("/").rpartition("/")[2] for path in found]


def write(place: str, fill: Callable[[Path], object]) -> None:
    """Let `fill` write a local file, and bring it to its place, whole or not at all.

    Raises:
        StorageError: The disk is full, or the place can't be written or reached.
    """
    if not is_url(place):
        write_atomically(Path(place), fill)
        return
    files, name = located(place)
    folder, _, own_name = name.rpartition("/")
    new = f"{folder}/{NEW}{uuid4().hex}"  # not every kind of place takes a file whole or not at all
    with temporary_folder() as around:
        local = around / own_name
        fill(local)
        with reached(place):
            files.put_file(str(local), new)
            files.mv(new, name)


def make_folder(folder: str) -> None:
    """Make a folder, its parents too, unless it is there.

    Raises:
        StorageError: It can't be made.
    """
    with reached(folder):
        files, name = located(folder)
        files.makedirs(name, exist_ok=True)


def remove(folder: str, names: Iterable[str]) -> None:
    """Delete files of a folder.

    Raises:
        StorageError: It can't be done.
    """
    with reached(folder):
        files, name = located(folder)
        for each in names:
            with suppress(FileNotFoundError):
                files.rm_file(f"{name}/{each}")
