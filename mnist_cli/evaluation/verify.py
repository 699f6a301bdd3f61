"""Whether versions still are what was published, and as good as their manifests say."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset, load_mnist, stratified_split
from mnist_cli.core.errors import ModelError, ModelNotFoundError, UsageError
from mnist_cli.core.store.versions import (
    BUNDLED,
    DAMAGED,
    H5,
    HISTORY,
    KERAS,
    MANIFEST,
    TFLITE,
    Version,
    open_version,
)
from mnist_cli.reading import finder, line_network
from mnist_cli.reading.classifier import LiteRTClassifier

TIE = 1e-4  # two digits this close in probability may change places on another machine

_ENTRIES = {
    "": ("schema", "run", "parameters", "normalisation", "config", "versions", "machine"),
    "metrics": ("val_n", "train_s", "images_per_s"),
    "config": tuple(TrainConfig().to_dict()),
    "data": ("n",),
    "files": (KERAS, H5, TFLITE, HISTORY),
}


@dataclass
class Verification:
    """What was found out about one version.

    Attributes:
        version: Its number, or `bundled`.
        files: Names of the files that are what was published.
        stated: The accuracy on the images held out that the manifest states, in [0, 1]; None where
            it states none, or they are not MNIST's.
        measured: What it is now; None if it can't be told.
        problems: What is wrong, a sentence each.
        notes: What could not be checked, and what the manifest lacks.
    """

    version: str
    files: list[str] = field(default_factory=list)
    stated: float | None = None
    measured: float | None = None
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def to_record(self) -> dict[str, Any]:
        """Return its entry in `models verify --json`."""
        return {"ok": not self.problems} | asdict(self)


def verify(folders: list[Path]) -> Iterator[Verification]:
    """Check versions one after the other.

    Args:
        folders: Of the versions; MNIST's training images are loaded once for all.

    Yields:
        What was found, in the same order.

    Raises:
        ModelNotFoundError: A folder is no version.
        DatasetError: The packaged MNIST is damaged.
    """
    mnist = load_mnist("train")
    digest = mnist.sha256
    for folder in folders:
        found = Verification(folder.name)
        try:
            version = open_version(folder)
        except ModelNotFoundError:
            raise
        except ModelError as error:
            found.problems.append(error.message)
        else:
            found.version = version.name
            version.hold(found)  # or it might be deleted meanwhile
            _check_files(version, found)
            if version.path == BUNDLED:
                _check_networks(found)
            _note_gaps(version, found)
            same = version.manifest["data"]["sha256"] == digest
            try:
                _check_answers(version, mnist if same else None, found)
            except ModelError as error:
                found.problems.append(error.message)
        yield found


def _check_files(version: Version, found: Verification) -> None:
    for name in version.manifest["files"]:
        try:
            version.read(name)
            found.files.append(name)
        except ModelError as error:
            found.problems.append(error.message)
    names = {entry.name for entry in version.path.iterdir()}
    found.notes += [
        f"{name}: not of the version"
        for name in sorted(names - {MANIFEST, *version.manifest["files"]})
    ]


def _check_networks(found: Verification) -> None:
    """Check the networks that find digits and look along lines, beside the bundled version."""
    for asset in (finder.ASSET, line_network.ASSET):
        try:
            asset.read()
        except ModelError as error:
            found.problems.append(f"{asset.name}: {error.message}")
        else:
            found.files.append(asset.file)


def _note_gaps(version: Version, found: Verification) -> None:
    """Note what the manifests of today have and this one has not."""
    for part, names in _ENTRIES.items():
        entries = version.manifest[part] if part else version.manifest
        found.notes += [
            f"{MANIFEST} lacks {part}{'.' if part else ''}{name}"
            for name in names
            if name not in entries
        ]


def _check_answers(version: Version, mnist: Dataset | None, found: Verification) -> None:
    """See that the model answers, and as well as stated where it was trained on MNIST.

    Raises:
        ModelError: It does not answer.
    """
    found.stated = version.manifest["metrics"]["val_accuracy"] if mnist else None
    if TFLITE not in found.files:
        found.notes.append("accuracy not measured: the model is not what was published")
        return
    classifier = LiteRTClassifier(version)
    if mnist is None:
        found.notes.append("trained on other images than MNIST; accuracy not measured")
        return
    if found.stated is None:
        found.notes.append("trained on all images, none held out; accuracy not measured")
        return
    try:
        config = TrainConfig.from_dict(version.manifest["config"])
    except (*DAMAGED, UsageError) as error:
        found.notes.append(f"accuracy not measured: the config is not understood ({error})")
        return
    _, held_out = stratified_split(mnist.labels, config.validation_size, config.seed)
    probabilities = classifier.probabilities(mnist.images[held_out])
    right = int((probabilities.argmax(axis=1) == mnist.labels[held_out]).sum())
    found.measured = right / len(held_out)
    second, best = np.sort(probabilities, axis=1)[:, -2:].T
    ties = int((best - second < TIE).sum())
    if abs(right - round(found.stated * len(held_out))) > ties:
        found.problems.append(
            f"reads {100 * found.measured:.2f} % of the {len(held_out):,} images held out,"
            f" not {100 * found.stated:.2f} % as stated"
        )
