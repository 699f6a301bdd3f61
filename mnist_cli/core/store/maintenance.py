"""What becomes of published versions: an alias is given to one, others are deleted.

artifacts/.deleted/  what is out of sight of every reader, and not yet removed
"""

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mnist_cli.core import log
from mnist_cli.core.errors import (
    ConflictError,
    ModelError,
    ModelNotFoundError,
    StorageError,
    UsageError,
)
from mnist_cli.core.files import locked, storage_errors, sync, write_json
from mnist_cli.core.store import store
from mnist_cli.core.store.publish import highest_number
from mnist_cli.core.store.versions import BUNDLED, MANIFEST, TFLITE, Version, open_version

COMPUTED_ALIASES = ("latest", "bundled")


@dataclass(frozen=True)
class Deletion:
    """What was deleted.

    Attributes:
        versions: Numbers of the versions.
        aliases: Names that meant them, and mean nothing now.
        size_bytes: What they took on disk.
    """

    versions: list[str]
    aliases: list[str]
    size_bytes: int


def promote(artifacts: Path, version: Version, alias: str) -> str | None:
    """Let an alias mean a version from now on, in one step for whoever reads.

    Args:
        artifacts: The store.
        version: One of its versions; with `champion` the package's, too: then there is none.
        alias: Up to 32 letters, digits, `-` and `_`, the first a letter.

    Returns:
        The number that the alias meant before, if any.

    Raises:
        UsageError: The alias is no such name, computed, or differs by its case alone from another.
        ModelError: The version is of elsewhere, or its model is not what was published.
        StorageError: The store can't be written.
    """
    if alias.lower() in COMPUTED_ALIASES:
        raise UsageError(f"{alias!r} is computed, and can't be given.", hint="Choose another name.")
    if not store.is_alias(alias):
        raise UsageError(
            f"An alias is a letter, then at most 31 letters, digits, - and _. Received: {alias!r}."
        )
    is_bundled = version.path == BUNDLED and alias == store.CHAMPION
    if not is_bundled and version.path.resolve() != artifacts.resolve() / version.name:
        raise ModelError(
            f"Version {version.name} is not in this store.", hint="See `mnist models list`."
        )
    if is_bundled and alias not in store.stored_aliases(artifacts):  # it is so already
        return None
    with storage_errors(artifacts / store.ALIASES), locked(artifacts):
        version.read(TFLITE)
        stored = store.stored_aliases(artifacts)
        for other in stored:
            if other != alias and other.lower() == alias.lower():
                raise UsageError(f"There is an alias {other!r}.", hint=f"Take that, not {alias!r}.")
        given = {} if is_bundled else {alias: version.name}
        others = {name: number for name, number in stored.items() if name != alias}
        write_json(artifacts / store.ALIASES, others | given)
    log.event("store.promoted", version=version.name, alias=alias, before=stored.get(alias))
    return stored.get(alias)


def find_deletable(artifacts: Path, numbers: list[str], *, force: bool) -> list[Version]:
    """Find versions that may be deleted; of a damaged one the manifest is left empty.

    Args:
        artifacts: The store.
        numbers: Versions' numbers.
        force: Also those that are needed.

    Raises:
        UsageError: There is something else than a number.
        ModelNotFoundError: There is no such version.
        ConflictError: One is needed: by an alias, a process that reads, a run.
        ModelError: `aliases.json` is damaged.
    """
    for number in numbers:
        if not store.is_number(number):
            raise UsageError(f"Versions are deleted by their numbers. Received: {number!r}.")
        if int(number) not in store.version_numbers(artifacts):
            raise ModelNotFoundError(number, hint="See `mnist models list`.")
    doomed = [_opened(artifacts / number) for number in dict.fromkeys(numbers)]
    aliases = store.stored_aliases(artifacts)
    for version in doomed:
        if not force and (need := _need(version, aliases)):
            raise ConflictError(
                f"Version {version.name} {need}.", hint="Pass --force to delete it."
            )
    return doomed


def delete(artifacts: Path, numbers: list[str], *, force: bool = False) -> Deletion:
    """Delete versions: whoever reads meets a whole version or none, also if this is killed.

    Their aliases and noted accuracies go too; their numbers are never given again. Args and
    errors as for `find_deletable`.

    Raises:
        StorageError: The store can't be written, or not all could be removed from the disk.
    """
    trash = artifacts / store.DELETED
    with storage_errors(artifacts), locked(artifacts):
        doomed = find_deletable(artifacts, numbers, force=force)
        names = [version.name for version in doomed]
        size_bytes = sum(version.size_bytes for version in doomed)
        highest = highest_number(artifacts)
        trash.mkdir(exist_ok=True)
        for version in doomed:
            version.path.rename(trash / f"{version.name}-{log.new_run_id()}")
        sync(artifacts)
        for file in trash.glob("*/*"):  # first of all: on a full disk nothing can be written else
            if not file.is_dir():
                file.unlink()
        write_json(artifacts / store.HIGHEST, highest)
        aliases = _drop_aliases(artifacts, names)
        for version in doomed:
            version.test_accuracy_path.unlink(missing_ok=True)
        shutil.rmtree(trash)  # also what a kill left there
    log.event("store.deleted", versions=names, aliases=aliases)
    return Deletion(names, aliases, size_bytes)


def record_test_accuracy(artifacts: Path, model: dict[str, str | None], accuracy: float) -> None:
    """Note what a version of this store reached on MNIST's test images.

    The note lies beside the versions: they never change. A store that can't be written does
    without.

    Args:
        artifacts: The store.
        model: Version and digest, as records have them; a model from elsewhere is passed over.
        accuracy: A fraction in [0, 1].
    """
    folder = artifacts / str(model["version"])
    if not store.is_number(folder.name) or not (folder / MANIFEST).is_file():
        return
    version = open_version(folder)
    if model["sha256"] not in version.manifest["files"].values():
        return
    path = version.test_accuracy_path
    with suppress(OSError, StorageError):
        path.parent.mkdir(exist_ok=True)
        write_json(path, {"test_accuracy": accuracy, "sha256": version.sha256})


def _opened(folder: Path) -> Version:
    try:
        return open_version(folder)
    except ModelError:
        return Version(folder.name, folder, {})


def _need(version: Version, aliases: dict[str, str]) -> str:
    """Say who needs a version, as far as that can be told; nothing if nobody does."""
    if names := sorted(name for name, number in aliases.items() if number == version.name):
        return f"is what {' and '.join(names)} stands for"
    if version.is_held:
        return "is in use by another process"
    run = version.manifest.get("run")
    if isinstance(run, str) and (version.path.parent / store.UNFINISHED / run).is_dir():
        return f"came of run {run}, which is not finished"
    return ""


def _drop_aliases(artifacts: Path, numbers: list[str]) -> list[str]:
    """Forget the aliases of versions, and return them."""
    stored = store.stored_aliases(artifacts)
    gone = sorted(alias for alias, number in stored.items() if number in numbers)
    if gone:
        kept = {alias: number for alias, number in stored.items() if alias not in gone}
        write_json(artifacts / store.ALIASES, kept)
    return gone
