"""Which versions a server loads, found anew each time it is asked to."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_cli.core import log
from mnist_cli.core.errors import UsageError
from mnist_cli.core.models.conventions import Convention
from mnist_cli.reading.opening import check_unstated, open_classifier

if TYPE_CHECKING:
    from mnist_cli.server.loaded import Found, OpenSeveral


def find_all(
    reference: str | None,
    load: list[str],
    load_from: Path | None,
    artifacts: Path,
    convention: Convention,
) -> "OpenSeveral":
    """Find the versions that are meant now, and return what opens just these.

    Args:
        reference: What reads pictures, as `--model` has it.
        load: What can be asked beside it, by number or alias.
        load_from: A file of more of these; `#` begins a comment.
        artifacts: The store.
        convention: Of the model that reads pictures.

    Raises:
        ModelNotFoundError: One of them is not there.
        UsageError: What is to be loaded is no version, or the file can't be read.
    """
    from mnist_cli.server.loaded import OpenSeveral

    first = _find(reference, artifacts, convention)
    found = {first.version: first}
    for one in (*load, *_lines(load_from)):
        other = _version(one, artifacts)
        found.setdefault(other.version, other)
    return OpenSeveral(tuple(found.values()))


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--load-from {str(path)!r:.80} can't be read as text.") from error
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]


def _version(reference: str, artifacts: Path) -> "Found":
    from mnist_cli.server.loaded import FILE

    found = _find(reference, artifacts, Convention())
    if found.version == FILE:
        raise UsageError(
            f"--load takes versions of the store. Received: {reference!r:.80}.",
            hint="Give a number or an alias; --model takes a file.",
        )
    return found


def _find(reference: str | None, artifacts: Path, convention: Convention) -> "Found":
    """Find a model; a version's file is read here, so that a worker can be replaced after it."""
    from mnist_cli.core.store import store
    from mnist_cli.core.store.versions import TFLITE
    from mnist_cli.reading.classifier import LiteRTClassifier
    from mnist_cli.server.loaded import FILE, Found

    found = store.resolve(reference, artifacts, store.READERS)
    log.event("model.found", path=str(found.path))
    threads = 1  # there is a worker for each core
    version = found.whole
    if version is None:
        opens = partial(open_classifier, str(found.path), artifacts, threads, convention)
        return Found(FILE, (), opens)
    check_unstated(version, convention)
    path = version.path.resolve()
    aliases = store.read_aliases(artifacts)
    own = tuple(name for name, folder in aliases.items() if folder.resolve() == path)
    content = version.read(TFLITE)
    return Found(version.name, own, partial(LiteRTClassifier, version, threads, content))
