"""What several commands open: data sets, versions, weights."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from mnist_cli.core.data.dataset import Dataset, Split
    from mnist_cli.core.store.versions import Version


def open_data(source: str, split: "Split") -> "Dataset":
    """Load one split of the data set that `--data` names.

    Raises:
        DatasetNotFoundError: Nothing is there.
        DatasetError: What is there is damaged, of another shape, or too large.
        NotInstalledError: Parquet needs a library that is not installed.
    """
    from mnist_cli.core.data import dataset

    if source == "mnist":
        return dataset.load_mnist(split)
    from mnist_cli.core.data.data_sources import load
    from mnist_cli.reading.image import decode
    from mnist_cli.reading.orientation import upright
    from mnist_cli.reading.reader import read_digit_image

    return upright(load(source, split, read_digit_image, lambda content: decode(content).grey))


def open_training_data(sources: list[str]) -> "Dataset":
    """Load the training images of one data set or of several, put together.

    Raises:
        DatasetNotFoundError: One is not there.
        DatasetError: One is damaged, of another shape, too large, or given twice.
    """
    from mnist_cli.core.data import dataset

    return dataset.put_together([open_data(source, "train") for source in sources])


def open_version(reference: str | None, artifacts: Path) -> "Version":
    """Find a version, for what needs its manifest or history.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: The reference is a model's file, not a version.
    """
    from mnist_cli.core.errors import ModelError
    from mnist_cli.core.store import store

    found = store.resolve(reference, artifacts)
    if isinstance(found, Path):
        raise ModelError(
            f"{found}: a file has no history or manifest.", hint="Give a version or its folder."
        )
    return found


def open_versions(references: "Sequence[str]", artifacts: Path, most: int) -> "list[Version]":
    """Find the versions that are to be compared.

    Args:
        references: What each `--model` says; none for the newest of the store.
        artifacts: The store.
        most: How many there may be.

    Raises:
        UsageError: There are fewer than two of them, or more than `most`.
        ModelNotFoundError: Nothing answers to a reference.
        ModelError: A reference is a model's file, not a version.
    """
    from mnist_cli.core.errors import UsageError
    from mnist_cli.core.store import store

    if not references:
        found = store.list_versions(artifacts)[-most:]
    else:
        opened = (open_version(reference, artifacts) for reference in references)
        found = list({version.path.resolve(): version for version in opened}.values())
    if not 2 <= len(found) <= most:
        raise UsageError(
            f"Two to {most} versions can be compared. Received: {len(found)}.",
            hint="Give --model for each of them, or none for the newest in the store.",
        )
    return found


def open_weights(
    reference: str | None, artifacts: Path
) -> "tuple[NDArray[np.float32], dict[str, str | None]]":
    """Read the first layer's weights of a version or a model's file, without TensorFlow.

    Returns:
        (U, H, W) float32, and the model's version and digest.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: The file is damaged, or its first layer does not look at pixels.
    """
    from mnist_cli.core.models.model_file import first_kernels
    from mnist_cli.core.store import store, versions

    found = store.resolve(reference, artifacts)
    path = found if isinstance(found, Path) else found.path / versions.H5
    version = store.version_beside(path)
    kernels, sha256 = first_kernels(path)
    return kernels, {"version": version.name if version else None, "sha256": sha256}
