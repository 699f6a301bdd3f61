"""Read images and labels of a `.mat` or HDF5 file, in a process of its own: `python -m`.

Takes the file and the split, and prints a line of JSON, then the bytes of both arrays; or prints
why the file is refused, and ends with 3. A file that crashes a library, or fills the memory, ends
this process alone.
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.data_files import MAX_BYTES, check_ratio
from mnist_cli.core.data.image_arrays import check_images_shape, check_labels_shape
from mnist_cli.core.data.named_arrays import find_pair
from mnist_cli.core.errors import DatasetError
from mnist_cli.core.models.hdf5_check import RefusalError, arrays_of
from mnist_cli.core.own_process import limit_memory, refuse

MEMORY = 4 << 30  # bytes of address space: the largest arrays twice, and libraries
BY_DIGIT = 10  # arrays, as train0 to train9

Arrays = dict[str, NDArray[Any]]


def is_older_mat(path: Path) -> bool:
    """Tell whether this is a `.mat` of MATLAB before 7.3: from then on they are HDF5 files."""
    return path.suffix.lower() == ".mat" and not h5py.is_hdf5(path)


def read_mat(path: str) -> Arrays:
    """Read all arrays of numbers of a `.mat`, also those in structures."""
    import scipy.io  # not installed by default

    arrays: Arrays = {}
    for name, value in scipy.io.loadmat(path).items():
        _flatten(name, value, arrays)
    check_ratio(path, sum(array.nbytes for array in arrays.values()), Path(path).stat().st_size)
    return arrays


def _flatten(name: str, value: Any, into: Arrays) -> None:
    if not isinstance(value, np.ndarray):
        return
    if value.dtype.names and value.size == 1:
        for field in value.dtype.names:
            _flatten(f"{name}/{field}", value[field].flat[0], into)
    elif value.dtype.kind in "uifb":
        into[name] = value


def joined(arrays: Arrays, split: str) -> Arrays:
    """Make images and labels of an array for each digit, as `train0` to `train9`, if it is so."""
    own = [arrays.get(f"{split}{digit}") for digit in range(BY_DIGIT)]
    parts = [array for array in own if array is not None and array.ndim == 2]
    if len(parts) < BY_DIGIT:
        return arrays
    labels = np.repeat(np.arange(BY_DIGIT, dtype=np.uint8), [len(array) for array in parts])
    return {f"{split}_images": np.concatenate(parts), f"{split}_labels": labels}


def read_hdf5(path: str, split: str) -> Arrays:
    """Read the images and labels of a split, and nothing else."""
    with h5py.File(path, "r") as file:
        held = {array.name.strip("/"): array for array in arrays_of(file)}
        names, _ = find_pair(held, split, path)
        for name in names:
            size = math.prod(held[name].shape) * held[name].dtype.itemsize
            if size > MAX_BYTES:
                raise RefusalError(f"{name} has {size} bytes; at most {MAX_BYTES} are read.")
            check_ratio(f"{path}: {name}", size, held[name].id.get_storage_size())
        return {name: held[name][()] for name in names}


def read(path: str, split: str) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    """Return a document that says what follows, and the images and labels."""
    older = is_older_mat(Path(path))
    arrays = joined(read_mat(path), split) if older else read_hdf5(path, split)
    names, is_split = find_pair(arrays, split, path)
    for name, check_shape in zip(names, (check_images_shape, check_labels_shape), strict=True):
        check_shape(f"{path}: {name}", arrays[name].shape)
    chosen = [np.ascontiguousarray(arrays[name]) for name in names]
    forms = [{"shape": array.shape, "dtype": array.dtype.str} for array in chosen]
    return {"is_split": is_split, "arrays": forms}, chosen


def main() -> None:
    """Read the file that the arguments name."""
    limit_memory(MEMORY)
    path, split = sys.argv[1:]
    try:
        document, arrays = read(path, split)
    except DatasetError as refusal:
        refuse(refusal.message, refusal.hint)
    except RefusalError as refusal:
        refuse(f"{path}: {refusal}")
    except MemoryError:
        refuse(f"{path}: it takes more memory than data sets of digits do.")
    except Exception as error:  # each way of packing arrays has errors of its own
        refuse(f"{path}: damaged, or no images and labels ({error}).")
    sys.stdout.buffer.write(json.dumps(document).encode() + b"\n")
    for array in arrays:
        sys.stdout.buffer.write(array.data)


if __name__ == "__main__":
    main()
