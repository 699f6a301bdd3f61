"""Versions of models on disk: whole, numbered, never changed.

artifacts/1/          a version: mnist_model.keras, .h5, .tflite, model.json, history.csv
artifacts/.training/  what is not finished
artifacts/aliases.json
"""

import csv
import errno
import hashlib
import io
import json
import math
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.errors import ModelError, ModelNotFoundError, StorageError
from mnist_cli.core.files import storage_errors, sync, write_json

MANIFEST = "model.json"
TFLITE, KERAS, H5 = "mnist_model.tflite", "mnist_model.keras", "mnist_model.h5"
HISTORY = "history.csv"
ALIASES = "aliases.json"
HIGHEST = ".highest_number"
DEFAULT_ARTIFACTS = Path("artifacts")
BUNDLED = Path(__file__).parent / "assets" / "bundled"

_NUMBER = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
_MODEL_SUFFIXES = {".keras", ".h5"}


@dataclass(frozen=True)
class Version:
    """A finished version.

    Attributes:
        name: Its number in the store, or `bundled`.
        path: Its folder.
        manifest: What `model.json` says.
    """

    name: str
    path: Path
    manifest: dict[str, Any]

    @property
    def sha256(self) -> str:
        """Digest of the model that is read with, as the manifest states it."""
        return str(self.manifest["files"][TFLITE])

    @property
    def temperature(self) -> float:
        """What calibrates the model's confidence."""
        return float(self.manifest["temperature"])

    @property
    def size_bytes(self) -> int:
        """What the version takes on disk."""
        return sum(entry.stat().st_size for entry in self.path.iterdir() if entry.is_file())

    def read(self, name: str) -> bytes:
        """Read one of the version's files, after its digest.

        Raises:
            ModelError: The file is missing or is not what was published.
        """
        try:
            content = (self.path / name).read_bytes()
        except OSError as error:
            raise ModelError(f"{self.path / name}: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != self.manifest["files"].get(name):
            raise ModelError(
                f"{self.path / name}: checksum mismatch, the file was changed or damaged.",
                hint="Use another version (`mnist models list`), or train anew.",
            )
        return content

    def read_history(self) -> list[dict[str, float]]:
        """Return the rows of `history.csv`, after its digest."""
        rows = csv.DictReader(io.StringIO(self.read(HISTORY).decode()))
        return [{key: float(value) for key, value in row.items()} for row in rows]


def resolve(reference: str | None, artifacts: Path) -> Version | Path:
    """Find the model that a reference means.

    Args:
        reference: A version number, an alias, a version's folder, or a `.keras` or `.h5` file.
            None is `champion`, else `latest`, else `bundled`.
        artifacts: The store's folder; it may be missing.

    Returns:
        A version, or the path of a model file.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: What answers is damaged or no model.
    """
    aliases = read_aliases(artifacts)
    if reference is None:
        reference = next((a for a in ("champion", "latest", "bundled") if a in aliases), "latest")
    if reference in aliases:
        return open_version(aliases[reference])
    path = artifacts / reference if _NUMBER.fullmatch(reference) else Path(reference)
    try:
        exists, is_folder = path.exists(), path.is_dir()
    except (OSError, ValueError) as error:  # too long a name, a NUL in it
        raise ModelNotFoundError(reference) from error
    if not exists:
        raise ModelNotFoundError(reference)
    if is_folder:
        return open_version(path)
    if path.suffix.lower() not in _MODEL_SUFFIXES:
        raise ModelError(
            f"{reference}: a model is a .keras or .h5 file, or a version's folder.",
            hint="A .tflite is read only from a version's folder, with its manifest.",
        )
    return path


def read_aliases(artifacts: Path) -> dict[str, Path]:
    """Return the folder that each alias stands for; one without a version is left out.

    `latest` and `bundled` are computed, the others are in `aliases.json`.

    Raises:
        ModelError: `aliases.json` is damaged.
    """
    path = artifacts / ALIASES
    try:
        stored = json.loads(path.read_bytes()) if path.exists() else {}
        aliases = {name: artifacts / _number(value) for name, value in stored.items()}
    except (OSError, ValueError, AttributeError, RecursionError) as error:
        raise ModelError(f"{path}: damaged ({error}).", hint="Delete it to go on.") from error
    aliases = {name: path for name, path in aliases.items() if (path / MANIFEST).is_file()}
    if numbers := version_numbers(artifacts):
        aliases["latest"] = artifacts / str(numbers[-1])
    if (BUNDLED / MANIFEST).exists():
        aliases["bundled"] = BUNDLED
    return aliases


def version_numbers(artifacts: Path) -> list[int]:
    """Return the numbers of the versions in a store, ascending."""
    if not artifacts.is_dir():
        return []
    return sorted(
        int(entry.name)
        for entry in artifacts.iterdir()
        if _NUMBER.fullmatch(entry.name) and (entry / MANIFEST).exists() and not entry.is_symlink()
    )


def list_versions(artifacts: Path) -> list[Version]:
    """Open every version in a store, by number; a damaged one is left out, and said."""
    versions = []
    for number in version_numbers(artifacts):
        try:
            versions.append(open_version(artifacts / str(number)))
        except ModelError as error:
            log.warning("store.version_left_out", version=str(number), reason=error.message)
    return versions


def open_version(folder: Path) -> Version:
    """Read a version's manifest.

    Raises:
        ModelNotFoundError: There is no manifest.
        ModelError: The manifest is damaged, or the folder a link to somewhere else.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise ModelNotFoundError(str(folder))
    if folder.is_symlink() or path.is_symlink():
        raise ModelError(f"{folder}: a link; a version is a folder of its own.")
    try:
        manifest = json.loads(path.read_bytes())
        name = "bundled" if folder == BUNDLED else folder.resolve().name
        version = Version(name, folder, manifest)
        _check_manifest(version)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ModelError(f"{path}: the manifest is damaged ({error!r}).") from error
    return version


def _check_manifest(version: Version) -> None:
    """Touch all that is read of a manifest, so that a damaged one is found out at once."""
    manifest = version.manifest
    if not 0 < version.temperature < math.inf:
        raise ValueError(f"temperature {version.temperature}")
    if not all(isinstance(digest, str) for digest in manifest["files"].values()):
        raise TypeError("files without digests")
    int(manifest["metrics"]["chosen_epoch"])
    manifest["data"]["name"], manifest["data"]["sha256"], version.sha256
    to_record(version, {})


def _number(value: object) -> str:
    if not isinstance(value, str) or not _NUMBER.fullmatch(value):
        raise ValueError(f"{value!r} is no version number")
    return value


def version_beside(path: Path) -> Version | None:
    """Return the version that a model's file belongs to, if it lies in one's folder.

    Raises:
        ModelError: The file is not what was published.
    """
    if not (path.parent / MANIFEST).is_file():
        return None
    version = open_version(path.parent)
    if path.name not in version.manifest["files"]:
        return None
    version.read(path.name)
    return version


def to_record(version: Version, aliases: dict[str, Path]) -> dict[str, Any]:
    """Return a version's entry in `models list --json`."""
    manifest = version.manifest
    config = manifest["config"]
    return {
        "version": version.name,
        "aliases": sorted(name for name, path in aliases.items() if path == version.path),
        "arch": config["model"]["arch"],
        "recipe": config["recipe"],
        "seed": config["seed"],
        "val_accuracy": manifest["metrics"]["val_accuracy"],
        "test_accuracy": _test_accuracy(version),
        "size_bytes": version.size_bytes,
        "created": manifest["created"],
    }


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
    if not _NUMBER.fullmatch(folder.name) or not (folder / MANIFEST).is_file():
        return
    version = open_version(folder)
    if model["sha256"] not in version.manifest["files"].values():
        return
    path = _test_accuracy_path(version)
    with suppress(OSError, StorageError):
        path.parent.mkdir(exist_ok=True)
        write_json(path, {"test_accuracy": accuracy, "sha256": version.sha256})


def _test_accuracy(version: Version) -> float | None:
    try:
        noted = json.loads(_test_accuracy_path(version).read_bytes())
        return float(noted["test_accuracy"]) if noted["sha256"] == version.sha256 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _test_accuracy_path(version: Version) -> Path:
    return version.path.parent / ".evaluations" / f"{version.name}.json"


@contextmanager
def unfinished_run(artifacts: Path, run: str) -> Iterator[Path]:
    """Make `.training/RUN`, probing that the store can be written; remove it at the end.

    Raises:
        StorageError: The store can't be written.
    """
    folder = artifacts / ".training" / run
    with storage_errors(folder):
        try:
            folder.mkdir(parents=True)
        except FileNotFoundError:  # another run that ended took the empty .training away
            folder.mkdir(parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):
            folder.parent.rmdir()


def publish(folder: Path, manifest: dict[str, Any], artifacts: Path) -> Version:
    """Turn a finished folder into the next version, by one rename.

    Args:
        folder: Holds the version's files, on the disk of `artifacts`.
        manifest: What `model.json` is to say; the files' digests are added.
        artifacts: The store.

    Raises:
        StorageError: The disk is full, or the store can't be written.
    """
    with storage_errors(artifacts):
        digests = {entry.name: _seal(entry) for entry in sorted(folder.iterdir())}
        write_json(folder / MANIFEST, manifest | {"files": digests})
        number = 1 + max([*version_numbers(artifacts), _highest_number(artifacts)])
        while not _moved(folder, artifacts / str(number)):  # another process took that number
            number += 1
        sync(artifacts)
        write_json(artifacts / HIGHEST, number)
    return open_version(artifacts / str(number))


def _highest_number(artifacts: Path) -> int:
    """Return the highest number ever given: that of a deleted version is not given again."""
    try:
        return int(json.loads((artifacts / HIGHEST).read_bytes()))
    except (OSError, ValueError, TypeError):
        return 0


def _moved(folder: Path, target: Path) -> bool:
    try:
        folder.rename(target)
    except OSError as error:
        if error.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR}:
            return False
        raise
    return True


def _seal(path: Path) -> str:
    """Bring a file to the disk and return its digest."""
    sync(path)
    path.chmod(0o644)
    return hashlib.sha256(path.read_bytes()).hexdigest()
