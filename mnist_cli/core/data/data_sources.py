"""The one place that opens a data set of the user's, whatever it is made of."""

from dataclasses import replace
from pathlib import Path

from mnist_cli.core import log
from mnist_cli.core.choices import Split
from mnist_cli.core.data.array_files import read_arrays, read_npy_folder
from mnist_cli.core.data.csv_file import read_csv
from mnist_cli.core.data.data_files import read_non_digits, read_npz
from mnist_cli.core.data.data_kinds import ARRAYS, KINDS, PARQUET, PICKLES, TABLES
from mnist_cli.core.data.dataset import Dataset, no_images
from mnist_cli.core.data.idx_files import find_idx, read_idx
from mnist_cli.core.data.image_arrays import Decode
from mnist_cli.core.data.named_arrays import split_of
from mnist_cli.core.data.picture_folders import PictureReader, folders_of_digits, read_pictures
from mnist_cli.core.errors import DatasetError, DatasetNotFoundError, NotInstalledError
from mnist_cli.core.text import is_address

DEEP = 2  # folders in a folder that are looked through, as Hugging Face has them


def load(source: str, split: Split, read_picture: PictureReader, decode: Decode) -> Dataset:
    """Load one split of a file or folder of any kind that `--data` takes.

    Args:
        source: An `.npz` with Keras's keys; a `.csv` with a row an image; a `.parquet`, or
            a folder of them, as Hugging Face's; a `.mat` or HDF5 file; a folder of IDX files, as
            MNIST's, EMNIST's, QMNIST's or torchvision's, of `.npy` pairs, or of a `.csv` each to
            train and to test with; a folder of pictures in `0/` to `9/`, or of such folders, one
            a writer.
        split: Which half of it. A folder of pictures has no halves, nor has what names none.
        read_picture: Turns a picture's path into (28, 28) uint8.
        decode: Turns a picture's bytes into (H, W) uint8.

    Raises:
        DatasetNotFoundError: Nothing is there.
        DatasetError: What is there is damaged, of another shape, or too large.
        NotInstalledError: Parquet needs a library that is not installed.
    """
    try:
        path = Path(source)
        if path.is_dir():
            return _from_folder(path, source, split, read_picture, decode)
        if path.is_file():
            return _from_file(path, source, split, decode)
    except OSError as error:  # a folder that may not be looked into, a name that is too long
        raise DatasetError(f"{source}: {error.strerror}.") from error
    if is_address(source):
        raise DatasetNotFoundError(
            f"{source!r} is an address, not a file or a folder.", hint="Download it first."
        )
    raise DatasetNotFoundError(f"No data set at {source!r}.", hint=f"Pass {KINDS}.")


def _from_file(path: Path, source: str, split: Split, decode: Decode) -> Dataset:
    name = path.name.lower()
    if name.endswith(PICKLES):
        raise DatasetError(
            f"{source}: a pickle, which can run any program as it is opened.",
            hint=_from_pickle(path),
        )
    if "-ubyte" in name or name.endswith(".npy"):
        raise DatasetError(
            f"{source} is one file of two, of images and of labels.",
            hint=f"Give the folder that holds both: {str(path.parent)!r}.",
        )
    if name.endswith(TABLES):
        return Dataset(source, split, *read_csv(path), has_halves=False)
    if name.endswith(PARQUET):
        return _from_parquet([path], source, split, decode, has_halves=False)
    if name.endswith(ARRAYS):
        return read_arrays(source, split)
    images, labels = read_npz(path, split)
    none = read_non_digits(path) if split == "train" else no_images()
    return Dataset(source, split, images, labels, non_digits=none)


def _from_pickle(path: Path) -> str:
    """Say how to convert what old tutorials have: halves to train, to validate, to test with."""
    opened = f"gzip.open({path.name!r})" if path.suffix == ".gz" else f"open({path.name!r}, 'rb')"
    return (
        "If you trust it, make an .npz of it in Python: import gzip, pickle, numpy as np;"
        f" a, _, b = pickle.load({opened}, encoding='latin1');"
        " np.savez('mnist.npz', x_train=a[0], y_train=a[1], x_test=b[0], y_test=b[1])"
    )


def _from_folder(
    folder: Path, source: str, split: Split, read_picture: PictureReader, decode: Decode
) -> Dataset:
    if pictures := folders_of_digits(folder):
        # folders that are named as halves, as mnist_png's, are no writers'
        own, has_halves = _of_split(pictures, split, folder)
        found = read_pictures(own[0] if has_halves else folder, source, split, read_picture)
        return replace(found, has_halves=has_halves)
    if idx := find_idx(folder, split):
        return Dataset(source, split, *read_idx(*idx))
    if shards := _files(folder, (PARQUET,)):
        own, has_halves = _of_split(shards, split, folder)
        return _from_parquet(own, source, split, decode, has_halves=has_halves)
    if tables := _files(folder, TABLES):
        own, has_halves = _of_split(tables, split, folder)
        if len(own) > 1:
            first = ", ".join(map(str, own[:4]))
            raise DatasetError(f"{source} holds several .csv files.", hint=f"Give one: {first}.")
        return Dataset(source, split, *read_csv(own[0]), has_halves=has_halves)
    if any(folder.glob("*.npy")):
        return read_npy_folder(source, split)
    wanted = f"{'train' if split == 'train' else 't10k'}-images-idx3-ubyte"
    raise DatasetNotFoundError(
        f"{source!r} holds no {wanted} (or .gz), no .parquet, .csv or .npy files, and no folders"
        " 0/ to 9/.",
        hint=f"Give {KINDS}.",
    )


def _files(folder: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """Return the files with such a name in the folder, or in the folders in it, by name."""
    for depth in range(DEEP + 1):
        found = sorted(
            path for path in folder.glob("*/" * depth + "*") if path.name.lower().endswith(suffixes)
        )
        if found:
            return found
    return []


def _of_split(paths: list[Path], split: Split, folder: Path) -> tuple[list[Path], bool]:
    """Return the paths of a split, and whether they are a half; all, if no name tells of one.

    A file that names none belongs to what the folder around it names.
    """
    splits = {path: _split_named(path.relative_to(folder)) for path in paths}
    if not any(splits.values()):
        return paths, False
    if neither := [str(path) for path, half in splits.items() if half is None]:
        log.warning("data.of_no_half", data=str(folder), left_out=neither[:4], count=len(neither))
    own = [path for path in paths if splits[path] == split]
    if not own:
        held = ", ".join(str(path.relative_to(folder)) for path in paths[:4])
        raise DatasetNotFoundError(
            f"{str(folder)!r} holds nothing to {split} with, by its name. Received: {held}.",
            hint="Give one of them by its name.",
        )
    return own, True


def _split_named(path: Path) -> str | None:
    """Return which split a path means, by its last part that means one."""
    parts = (path.stem, *(parent.name for parent in path.parents))
    return next(filter(None, map(split_of, parts)), None)


def _from_parquet(
    paths: list[Path], source: str, split: Split, decode: Decode, *, has_halves: bool
) -> Dataset:
    try:
        import pyarrow as pa  # noqa: F401
    except ImportError as error:
        raise NotInstalledError("Parquet", "PyArrow", "parquet") from error
    from mnist_cli.core.data.parquet_file import read_parquet

    return Dataset(source, split, *read_parquet(paths, decode), has_halves=has_halves)
