"""What an ONNX file that this tool exported says of itself, in its metadata."""

import json
from collections.abc import Mapping
from pathlib import Path

from mnist_cli.core.errors import MnistError, ModelError
from mnist_cli.core.store.manifest import check_note

MARK = "sha256_of_the_network"  # what a file has that this tool wrote, and others have not


def as_note(temperature: float, class_names: tuple[str, ...], sha256: str) -> dict[str, str]:
    """Return the metadata: what the file takes and gives, its temperature, its classes."""
    return {
        "input": "0 for paper, 1 for ink; the digit as MNIST has it, 20 px in the middle of 28",
        "output": "probabilities; ln p / temperature, through a softmax, calibrates them",
        "temperature": str(temperature),
        "class_names": json.dumps(class_names, ensure_ascii=False),
        MARK: sha256,
    }


def read_note(path: Path, metadata: Mapping[str, str]) -> tuple[float, tuple[str, ...]] | None:
    """Return the temperature and what the classes are called; None for a file of others.

    Raises:
        ModelError: The file is of this tool, and what it says is damaged.
    """
    if MARK not in metadata:
        return None
    try:
        return check_note(float(metadata["temperature"]), json.loads(metadata["class_names"]))
    except (KeyError, ValueError, RecursionError, MnistError) as error:
        raise ModelError(
            f"{path}: what `mnist export` wrote into its metadata was damaged.",
            hint="Export it again.",
        ) from error
