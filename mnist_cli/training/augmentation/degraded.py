"""Who reads pictures better: the version that was just made, or the one that reads them now."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import TFLITE, Version
from mnist_cli.core.tensorflow import tf
from mnist_cli.evaluation.significance import mcnemar_p_value
from mnist_cli.training.augmentation.degradations import degrade

DEGRADATIONS = RECIPES[
    "cnn", "bundled"
].degradations  # what pictures do to digits, as far as this tool knows
BATCH = 1_000  # images that are worn at once


def measure_degraded(
    content: bytes,
    class_names: tuple[str, ...],
    images: NDArray[np.float32],
    labels: NDArray[np.uint8],
    artifacts: Path,
) -> dict[str, Any]:
    """Let the new version, and the one that reads pictures, read images worn as in pictures.

    They are those that the new version held out. The other may have learnt from some of them,
    which flatters it.

    Args:
        content: The new version's `.tflite`.
        class_names: What its ten classes are called.
        images: (V, 28, 28, 1) float32 in [0, 1].
        labels: (V,) uint8, 0-9.
        artifacts: The store whose champion reads pictures; else the package's version does.

    Returns:
        Counts, as `model.json` holds them; those of the reader are left out where it is damaged or
        tells other classes.
    """
    worn = _worn(images)
    right = _read_right(content, worn, labels)
    record: dict[str, Any] = {"n": len(labels), "right": int(right.sum())}
    try:
        reader = _reader(artifacts, class_names)
        others = _read_right(reader.read(TFLITE), worn, labels)
    except ModelError as error:
        log.event("training.reader_not_measured", reason=error.message)
        return record
    return record | {
        "reader": reader.name,
        "reader_sha256": reader.sha256,
        "reader_right": int(others.sum()),
        "p_value": mcnemar_p_value(int((others & ~right).sum()), int((right & ~others).sum())),
    }


def _reader(artifacts: Path, class_names: tuple[str, ...]) -> Version:
    """Find the version that reads pictures.

    Raises:
        ModelError: It is damaged, or of other classes.
    """
    reader = store.resolve(None, artifacts, store.READERS).version
    if reader is None or reader.class_names != class_names:
        raise ModelError("What reads pictures tells other classes.")
    return reader


def _worn(images: NDArray[np.float32]) -> NDArray[np.float32]:
    """Wear images, the same ones each time in the same way."""
    parts = [
        degrade(
            tf.constant(images[at : at + BATCH]), tf.constant([0, at], tf.int64), DEGRADATIONS
        ).numpy()
        for at in range(0, len(images), BATCH)
    ]
    return np.concatenate(parts)


def _read_right(
    content: bytes, images: NDArray[np.float32], labels: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """Return (V,) where a version's `.tflite` reads the true digit."""
    return np.asarray(LiteRTModel(content).run(images).argmax(axis=1) == labels)
