"""The files of a version, out of a trained Keras model, checked against each other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.zip_dates import fitting_dates
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.models.model import forward, open_model
from mnist_cli.core.outputs import check_space
from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.store.versions import H5, KERAS, TFLITE
from mnist_cli.core.tensorflow import disk_errors

PARITY = 1e-5  # largest difference of a probability between two formats of one model


def export_version(
    model: Any,
    folder: Path,
    sample: NDArray[np.float32],
    check_stop: Callable[[], None] = lambda: None,
) -> None:
    """Write a model as `.keras`, `.h5` and `.tflite`, read each back, and compare.

    Args:
        model: A Keras model, (N, 28, 28, 1) to (N, 10).
        folder: Gets `mnist_model.keras`, `mnist_model.h5` and `mnist_model.tflite`.
        sample: (N, 28, 28, 1) float32 in [0, 1], images to compare answers on.
        check_stop: Called between formats; what it raises ends the export.

    Raises:
        ModelError: A format answers otherwise than the model does.
        OSError: The disk is full.
    """
    for name in (KERAS, H5):
        with native_output_hidden(), fitting_dates():
            model.save(folder / name)
        # the others are about as large; HDF5 ends the process where a disk is full
        check_space(folder, 2 * (folder / KERAS).stat().st_size)
        check_stop()
    with disk_errors(), native_output_hidden():  # it writes a SavedModel to a temporary folder
        model.export(folder / TFLITE, format="litert", verbose=False)
    check_stop()

    expected = forward(model, sample)
    answers = {name: forward(open_model(folder / name)[0], sample) for name in (KERAS, H5)}
    answers[TFLITE] = LiteRTModel((folder / TFLITE).read_bytes()).run(sample)
    for name, answer in answers.items():
        difference = float(np.abs(answer - expected).max())
        if not difference <= PARITY:
            raise ModelError(
                f"{name} answers otherwise than the trained model: "
                f"{difference:.2g} in probability, at most {PARITY:g} is allowed."
            )
