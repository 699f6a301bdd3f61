"""Look through an HDF5 file of weights, in a process of its own: `python -m` with it on stdin.

Takes the file's name in messages. Prints its `model_config`, or why it is refused. A file that
crashes the HDF5 library ends the process in its own way.
"""

import io
import math
import sys

import h5py
import numpy as np

from mnist_cli.core.own_process import refuse

MAX_CONFIG_BYTES = 4 << 20
MAX_ITEMS = 10_000
# 20 million weights in up to 8 bytes each, and an optimiser's two slots beside each of them
MAX_ARRAYS_BYTES = 3 * 8 * 20_000_000


class RefusalError(Exception):
    """Why the file is refused."""


def look_through(file: h5py.File) -> bytes:
    """Check every array and attribute; return `model_config`, empty if there is none.

    Raises:
        RefusalError: An item points elsewhere, claims too much, or holds no finite numbers.
    """
    arrays = arrays_of(file)
    claimed = sum(math.prod(array.shape or (1,)) * array.dtype.itemsize for array in arrays)
    if claimed > MAX_ARRAYS_BYTES:
        raise RefusalError(
            f"its arrays claim {claimed} bytes; at most {MAX_ARRAYS_BYTES} are read."
        )
    for array in arrays:
        if array.shape is not None and not np.isfinite(array[()]).all():
            raise RefusalError(f"{array.name} holds numbers that are not finite.")
    config = file.attrs.get("model_config", b"")
    config = config if isinstance(config, bytes) else str(config).encode()
    if len(config) > MAX_CONFIG_BYTES:
        raise RefusalError(f"its config is larger than {MAX_CONFIG_BYTES} bytes.")
    return config


def arrays_of(file: h5py.File) -> list[h5py.Dataset]:
    """Walk through the groups, by hand: an error in a callback of HDF5's would be lost."""
    arrays: list[h5py.Dataset] = []
    waiting: list[h5py.Group] = [file]
    items = 0
    while waiting:
        group = waiting.pop()
        dict(group.attrs)  # Keras reads them: better that they break here
        for name in group:
            items += 1
            if items > MAX_ITEMS:  # or groups that hold each other
                raise RefusalError(f"it holds more than {MAX_ITEMS} items.")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise RefusalError(f"{name} points elsewhere.")
            item = group[name]
            if isinstance(item, h5py.Group):
                waiting.append(item)
            elif item.is_virtual or item.external:
                raise RefusalError(f"{name} points elsewhere.")
            elif item.dtype.kind not in "fiub":
                raise RefusalError(f"{name} holds {item.dtype}, not numbers.")
            else:
                dict(item.attrs)
                arrays.append(item)
    return arrays


def main() -> None:
    """Check what stands on stdin."""
    try:
        with h5py.File(io.BytesIO(sys.stdin.buffer.read()), "r") as file:
            sys.stdout.buffer.write(look_through(file))
    except RefusalError as refusal:
        refuse(f"{sys.argv[1]}: {refusal}")


if __name__ == "__main__":
    main()
