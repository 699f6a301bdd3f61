"""Data sets as `--data` names them: MNIST, files and folders."""

from mnist_cli.core.choices import Split
from mnist_cli.core.data import dataset
from mnist_cli.core.data.dataset import Dataset


def open_data(source: str, split: Split) -> Dataset:
    """Load one split of the data set that `--data` names.

    Raises:
        DatasetNotFoundError: Nothing is there.
        DatasetError: What is there is damaged, of another shape, or too large.
        NotInstalledError: Parquet needs a library that is not installed.
    """
    if source == "mnist":
        return dataset.load_mnist(split)
    from mnist_cli.core.data.data_sources import load
    from mnist_cli.reading.digit_image import read_digit_image
    from mnist_cli.reading.image import decode
    from mnist_cli.reading.orientation import upright

    return upright(load(source, split, read_digit_image, lambda content: decode(content).grey))
