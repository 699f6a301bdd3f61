"""One version of a model: a folder with its manifest, whose files are checked before use."""

import csv
import fcntl
import hashlib
import io
import json
import os
import weakref
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnist_cli.core.config import with_current_names
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.errors import ClassNamesError, ModelError, ModelNotFoundError
from mnist_cli.core.files import open_regular, read_regular
from mnist_cli.core.models.model_kinds import SAVED_MODEL_MARK
from mnist_cli.core.outputs import VERSION_MARK
from mnist_cli.core.store.manifest import check_manifest

MANIFEST = VERSION_MARK
TFLITE, KERAS, H5 = "mnist_model.tflite", "mnist_model.keras", "mnist_model.h5"
HISTORY = "history.csv"
LARGEST_FILE = 1 << 30  # bytes of a version's file
BUNDLED = Path(__file__).parents[2] / "assets" / "bundled"

# what reading a JSON file raises that somebody damaged or wrote by hand
DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


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
    def class_names(self) -> tuple[str, ...]:
        """What its ten classes are called."""
        return tuple(self.manifest.get("class_names", DIGITS))

    @property
    def size_bytes(self) -> int:
        """What the version takes on disk.

        Raises:
            FileNotFoundError: It was deleted meanwhile.
        """
        with os.scandir(self.path) as entries:
            files = (entry for entry in entries if entry.is_file(follow_symlinks=False))
            size_bytes = sum(entry.stat().st_size for entry in files)
        (self.path / MANIFEST).stat()  # a folder that was moved away lists fewer files, or none
        return size_bytes

    @property
    def test_accuracy_path(self) -> Path:
        """Where `evaluate` notes the accuracy on MNIST's test images: beside the version."""
        return self.path.parent / ".evaluations" / f"{self.name}.json"

    @property
    def test_accuracy(self) -> float | None:
        """What was noted of this very model, or None."""
        try:
            noted = json.loads(read_regular(self.test_accuracy_path))
            return float(noted["test_accuracy"]) if noted["sha256"] == self.sha256 else None
        except DAMAGED:
            return None

    def hold(self, reader: object) -> None:
        """Tell other processes, by a lock on the manifest, that `reader` needs this while it lives.

        Where files can't be locked, nobody is told.
        """
        with suppress(OSError):
            handle = os.open(self.path / MANIFEST, os.O_RDONLY)
            weakref.finalize(reader, os.close, handle)
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)

    @property
    def is_held(self) -> bool:
        """Whether anyone reads with it, as far as that can be told."""
        try:
            with open_regular(self.path / MANIFEST) as manifest:
                fcntl.flock(manifest, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def read(self, name: str) -> bytes:
        """Read one of the version's files, after its digest.

        Raises:
            ModelError: The file is missing or is not what was published.
        """
        try:
            content = read_regular(self.path / name, LARGEST_FILE)
        except OSError as error:
            raise ModelError(f"{self.path / name}: {error.strerror}.") from error
        if hashlib.sha256(content).hexdigest() != self.manifest["files"].get(name):
            raise ModelError(
                f"{self.path / name}: checksum mismatch, the file was changed or damaged.",
                hint="Use another version (`mnist models list`), or train anew.",
            )
        return content

    def read_history(self) -> list[dict[str, float]]:
        """Return the rows of `history.csv`, without what is empty, after its digest.

        Raises:
            ModelError: The file is missing, or not what was published, or has too few rows.
        """
        content = self.read(HISTORY)
        try:
            rows = csv.DictReader(io.StringIO(content.decode()))
            history = [{key: float(value) for key, value in row.items() if value} for row in rows]
        except (ValueError, TypeError) as error:
            raise ModelError(f"{self.path / HISTORY}: holds no rows of numbers.") from error
        if len(history) < (chosen := self.manifest["metrics"]["chosen_epoch"]):
            raise ModelError(
                f"{self.path / HISTORY}: holds {len(history)} epochs; {MANIFEST} says that the"
                f" weights are of epoch {chosen}."
            )
        return history


@dataclass(frozen=True)
class Model:
    """A model that a reference means, unopened.

    Attributes:
        path: A version's folder, or a model's file or SavedModel.
        version: The version that it is, or whose file it is; None for a model of the user's.
    """

    path: Path
    version: Version | None

    @property
    def whole(self) -> Version | None:
        """The version, unless one of its files was named."""
        return self.version if self.version and self.version.path == self.path else None


def open_version(folder: Path) -> Version:
    """Read a version's manifest.

    Raises:
        ModelNotFoundError: There is no manifest.
        ModelError: The manifest is damaged or no regular file, or the folder a link to somewhere.
    """
    path = folder / MANIFEST
    try:
        if not path.exists():
            raise _no_version(folder)
    except OSError as error:  # a folder of somebody else's
        raise ModelError(f"{path}: {error.strerror}.") from error
    if folder.is_symlink() or path.is_symlink():
        raise ModelError(f"{folder}: a link; a version is a folder of its own.")
    try:
        manifest = json.loads(read_regular(path))
        if "config" in manifest:
            manifest["config"] = with_current_names(manifest["config"])
        name = "bundled" if folder == BUNDLED else folder.resolve().name
        check_manifest(manifest)
        if TFLITE not in manifest["files"]:
            raise ValueError(f"files has no {TFLITE}")
    except OSError as error:
        raise ModelError(f"{path}: {error.strerror}.") from error
    except (*DAMAGED, ClassNamesError) as error:
        raise ModelError(
            f"{path}: the manifest is damaged ({error}).",
            hint="Use another version (`mnist models list`), or train anew.",
        ) from error
    return Version(name, folder, manifest)


def _no_version(folder: Path) -> ModelNotFoundError:
    error = ModelNotFoundError(str(folder), f": the folder holds no {MANIFEST}")
    if models := [str(path.parent) for path in sorted(folder.glob(f"*/{SAVED_MODEL_MARK}"))]:
        error.hint = f"Give the SavedModel in it: {', '.join(models[:4])}."
    return error


def to_record(version: Version, aliases: dict[str, Path]) -> dict[str, Any]:
    """Return a version's entry in `models list --json`."""
    manifest = version.manifest
    config, metrics = manifest["config"], manifest["metrics"]
    worn, folds = metrics.get("worn"), metrics.get("folds")
    return {
        "version": version.name,
        "aliases": sorted(name for name, path in aliases.items() if path == version.path),
        "arch": config["model"]["arch"],
        "recipe": config["recipe"],
        "seed": config["seed"],
        "epochs": metrics.get("epochs", config.get("epochs")),
        "parameters": manifest.get("parameters"),
        "set": manifest.get("changes", []),
        "note": manifest.get("note"),
        "val_accuracy": metrics["val_accuracy"],
        "folds_accuracy": folds["right"] / folds["n"] if folds else None,
        "worn_accuracy": worn["right"] / worn["n"] if worn else None,
        "created": manifest["created"],
        "test_accuracy": version.test_accuracy,
        "size_bytes": version.size_bytes,
    }
