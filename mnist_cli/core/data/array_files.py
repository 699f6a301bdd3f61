"""Arrays in `.mat` and HDF5 files, which another process reads, and in folders of `.npy`."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from mnist_cli.core.choices import Split
from mnist_cli.core.data.array_check import is_older_mat
from mnist_cli.core.data.data_files import read_npy_pair
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.data.image_arrays import to_dataset
from mnist_cli.core.data.named_arrays import find_pair
from mnist_cli.core.errors import DatasetError, NotInstalledError
from mnist_cli.core.own_process import answer_of

TIMEOUT_S = 120


def read_arrays(source: str, split: Split) -> Dataset:
    """Read images and labels of a `.mat` or HDF5 file.

    Raises:
        DatasetError: The file is damaged, or holds something else.
        NotInstalledError: SciPy is not there, which reads MATLAB's older files.
    """
    path = Path(source)
    if is_older_mat(path) and find_spec("scipy") is None:
        raise NotInstalledError("A .mat file of MATLAB before 7.3", "SciPy", "mat")
    answer = answer_of(
        *("core.data.array_check", str(path), split),
        timeout_s=TIMEOUT_S,
        error=DatasetError,
        late=f"{path}: it can't be read in {TIMEOUT_S} s.",
        ended=f"{path}: damaged (the library that reads it ended).",
    )
    head, _, data = answer.partition(b"\n")
    document = json.loads(head)
    arrays, at = [], 0
    for form in document["arrays"]:
        array = np.frombuffer(data, form["dtype"], int(np.prod(form["shape"])), at)
        arrays.append(array.reshape(form["shape"]))
        at += array.nbytes
    images, labels = to_dataset(str(path), *arrays)
    return Dataset(source, split, images, labels, has_halves=document["is_split"])


def read_npy_folder(source: str, split: Split) -> Dataset:
    """Read images and labels of a folder of `.npy` files.

    Raises:
        DatasetError: They are damaged, or hold something else.
    """
    folder = Path(source)
    there = (path.stem for path in folder.glob("*.npy"))
    names, is_split = find_pair(there, split, str(folder))
    images, labels = read_npy_pair(*(folder / f"{name}.npy" for name in names))
    return Dataset(source, split, images, labels, has_halves=is_split)
