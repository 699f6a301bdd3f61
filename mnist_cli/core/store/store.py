"""Versions of models on disk: whole, numbered, never changed.

artifacts/1/          a version: mnist_model.keras, .h5, .tflite, model.json, history.csv
artifacts/.training/  what is not finished
artifacts/aliases.json
"""

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.errors import ModelError, ModelNotFoundError, StorageError
from mnist_cli.core.files import read_regular
from mnist_cli.core.models.model_kinds import kind_of
from mnist_cli.core.store.versions import (
    BUNDLED,
    DAMAGED,
    MANIFEST,
    Model,
    Version,
    open_version,
    to_record,
)
from mnist_cli.core.text import is_address

ALIASES = "aliases.json"
HIGHEST = ".highest_number"  # that was ever given
DELETED = ".deleted"  # what is being deleted, NUMBER-ID
UNFINISHED = ".training"
NAMED = 8  # versions that a hint names, at most
DEFAULT_ARTIFACTS = Path("artifacts")

CHAMPION = "champion"
READERS = (CHAMPION, "bundled")  # what reads pictures where nothing is named
NEWEST = ("latest", "bundled")  # what is measured, drawn and exported then

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_ALIAS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}", re.ASCII)


def resolve(reference: str | None, artifacts: Path, default: Sequence[str] = NEWEST) -> Model:
    """Find the model that a reference means.

    Args:
        reference: A version number, an alias, a version's folder, or a model's file or folder as
            `kind_of` knows them. None is the first of `default` that there is.
        artifacts: The store's folder; it may be missing.
        default: Aliases: `NEWEST`, or `READERS` of what reads pictures.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: What answers is damaged or no model; or a version's file is not what was
            published.
    """
    path = find(reference, artifacts, default)
    is_version = path.is_dir() and kind_of(path) is None
    return Model(path, open_version(path) if is_version else _version_beside(path))


def find(reference: str | None, artifacts: Path, default: Sequence[str] = NEWEST) -> Path:
    """Find a version's folder or a model's file, as `resolve` does, and leave it unopened."""
    aliases = read_aliases(artifacts)
    if reference is None:
        reference = next((alias for alias in default if alias in aliases), default[0])
    if reference in aliases:
        return aliases[reference]
    path = artifacts / reference if _NUMBER.fullmatch(reference) else Path(reference)
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except PermissionError as error:
        raise ModelError(f"{path}: {error.strerror}.") from error
    except (OSError, ValueError) as error:  # too long a name, a NUL in it
        raise ModelNotFoundError(reference) from error
    if not exists:
        why = ": it is an address" if is_address(reference) else ""
        there = [*map(str, version_numbers(artifacts)[-NAMED:]), *sorted(aliases)]
        raise ModelNotFoundError(reference, why, ", ".join(there))
    if not is_folder:
        kind_of(path)
    return path


def find_version(reference: str | None, artifacts: Path) -> Version:
    """Find a version, for what needs its manifest or history.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: The reference is a model's file, not a version.
    """
    found = resolve(reference, artifacts)
    if found.whole is None:
        raise ModelError(
            f"{found.path}: a file has no history or manifest.",
            hint="Give a version or its folder.",
        )
    return found.whole


def read_aliases(artifacts: Path) -> dict[str, Path]:
    """Return the folder that each alias stands for; one without a version is left out, and said.

    `latest` and `bundled` are computed, the others are in `aliases.json`.

    Raises:
        ModelError: `aliases.json` is damaged.
    """
    stored = stored_aliases(artifacts)
    numbers = version_numbers(artifacts)
    aliases = {}
    for name, number in stored.items():
        if int(number) in numbers:
            aliases[name] = artifacts / number
        else:
            log.warning("store.alias_left_out", alias=name, reason=f"there is no version {number}")
    if numbers:
        aliases["latest"] = artifacts / str(numbers[-1])
    if (BUNDLED / MANIFEST).exists():
        aliases["bundled"] = BUNDLED
    return aliases


def stored_aliases(artifacts: Path) -> dict[str, str]:
    """Return the number behind each alias in `aliases.json`.

    Raises:
        ModelError: The file is damaged.
        StorageError: It can't be read.
    """
    path = artifacts / ALIASES
    try:
        stored = json.loads(read_regular(path), object_pairs_hook=_once_each)
        for name, value in stored.items():
            if not is_alias(name):
                raise ValueError(f"{name!r:.60} is no alias")
            if not isinstance(value, str) or not is_number(value):
                raise ValueError(f"{value!r} is no version number")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise StorageError(f"Can't read {str(path)!r}: {error.strerror}.") from error
    except DAMAGED as error:
        raise ModelError(
            f"{path}: damaged ({error}).", hint="Mend it; or delete it to go on without aliases."
        ) from error
    return dict(stored)


def _once_each(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Return an object of JSON in which no two names are the same but for their case."""
    names: set[str] = set()
    for name, _ in pairs:
        if name.lower() in names:
            raise ValueError(f"{name!r} is there twice, the case of letters apart")
        names.add(name.lower())
    return dict(pairs)


def is_alias(name: str) -> bool:
    """Tell whether this can be an alias: up to 32 letters, digits, - and _, a letter first."""
    return bool(_ALIAS.fullmatch(name))


def is_number(reference: str) -> bool:
    """Tell whether this is a version's number."""
    return bool(_NUMBER.fullmatch(reference))


def version_numbers(artifacts: Path) -> list[int]:
    """Return the numbers of the versions in a store, ascending."""
    if not artifacts.is_dir():
        return []
    return sorted(
        int(entry.name)
        for entry in artifacts.iterdir()
        if _NUMBER.fullmatch(entry.name) and not entry.is_symlink() and _has_manifest(entry)
    )


def _has_manifest(folder: Path) -> bool:
    """Tell whether a folder is a version; one that can't be looked into is, for all we know."""
    try:
        return (folder / MANIFEST).exists()
    except PermissionError:
        return True


def list_versions(artifacts: Path) -> list[Version]:
    """Open every version in a store, by number; a damaged one is left out, and said."""
    versions = []
    for number in version_numbers(artifacts):
        try:
            versions.append(open_version(artifacts / str(number)))
        except ModelError as error:
            log.warning("store.version_left_out", version=str(number), reason=error.message)
    return versions


def list_records(artifacts: Path) -> list[dict[str, Any]]:
    """Return each version's entry in a list; one that is deleted meanwhile is left out."""
    aliases = read_aliases(artifacts)
    records = []
    for version in list_versions(artifacts):
        with suppress(FileNotFoundError):
            records.append(to_record(version, aliases))
    return records


def _version_beside(path: Path) -> Version | None:
    """Return the version that a model's file belongs to, if it lies in one's folder."""
    if not (path.parent / MANIFEST).is_file():
        return None
    version = open_version(path.parent)
    if path.name not in version.manifest["files"]:
        return None
    version.read(path.name)
    return version


def version_of_run(artifacts: Path, run: str) -> Version | None:
    """Return the version that a run published, if it did."""
    found = (v for v in list_versions(artifacts) if v.manifest.get("run") == run)
    return next(found, None)
