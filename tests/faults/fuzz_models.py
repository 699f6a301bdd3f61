"""What fuzzing begins with for model files, how it changes an archive, and where HDF5 is read."""

import io
import os
import re
import resource
import signal
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from random import Random

import atheris
import h5py

from mnist_cli.core import own_process
from mnist_cli.core.errors import ModelError
from mnist_cli.core.models import hdf5_check, model_file
from tests.faults import models

MAX_BYTES = 65_536
MAX_BYTES_HELD = 2 << 30
HANGING_S = 1  # of processor time; HDF5 follows some damaged files for ever, and is ended then

# small networks of several kinds, as Keras writes them
_SEEDS = """
import sys
from mnist_cli.core.tensorflow import keras
layers, folder = keras.layers, sys.argv[1]
nets = {
    "dense": [layers.AveragePooling2D(7), layers.Flatten(), layers.Dense(10, "softmax")],
    "conv": [
        layers.Rescaling(1 / 255), layers.Conv2D(2, 5, 8), layers.BatchNormalization(),
        layers.ReLU(), layers.Dropout(0.5), layers.GlobalMaxPooling2D(), layers.Dense(10),
    ],
}
for name, net in nets.items():
    model = keras.Sequential([keras.Input((28, 28, 1)), *net])
    if name == "dense":
        model.compile("adam", "sparse_categorical_crossentropy")
    model.save(f"{folder}/{name}.keras")
    model.save(f"{folder}/{name}.h5")
"""
_SIGNALS = signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGABRT, signal.SIGXCPU
_COUNTERS = [atheris._reserve_counter() for _ in range(1024)]  # of what HDF5 says


def lay_seeds(folder: Path) -> None:
    """Write small model files, some of them with what is refused."""
    subprocess.run([sys.executable, "-c", _SEEDS, folder], check=True, capture_output=True)
    good = folder / "dense.keras"
    for number, change in enumerate(
        [
            models.with_layer({"class_name": "Lambda", "config": {}, "module": "keras.layers"}),
            models.with_config(b"null"),
            models.with_member("assets/a"),
            models.with_array((20_000, 20_000)),
            models.with_config_twice,
            models.flipped,
        ]
    ):
        path = folder / f"bad-{number}.keras"
        path.write_bytes(good.read_bytes())
        change(path)


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Change bytes; of an archive, mostly in one member, so that it stays an archive."""
    if data.startswith(b"PK") and seed % 4:
        changed = _with_a_changed_member(data, Random(seed))  # noqa: S311
        if changed and len(changed) <= max_size:
            return changed
    mutated: bytes = atheris.Mutate(data, max_size)
    return mutated


def _with_a_changed_member(data: bytes, random: Random) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_BYTES:
                return b""
            members = [(name, archive.read(name)) for name in archive.namelist()]
        chosen = random.randrange(len(members))
        name, content = members[chosen]
        members[chosen] = name, atheris.Mutate(content, len(content) + 256)
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name, content in members:
                archive.writestr(name, content)
        return buffer.getvalue()
    except Exception:  # it is no archive any more
        return b""


def look_into_hdf5(path: Path, weights: bytes) -> bytes:
    """Stand for `model_file._look_into_hdf5`, in a child that is forked and not started.

    It takes a hundredth of the time, and what HDF5 says of a file counts as reached.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        _look(weights, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        answer = file.read()
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert used.ru_maxrss << 10 < MAX_BYTES_HELD, "it takes too much memory"
    if code == 0:
        return answer
    if code > 0:  # a crash, or an end after HANGING_S, leads nowhere
        said = re.sub(r"'[^']*'|\S*\d\S*", "", answer.decode(errors="replace"))
        kind = f"{code} {said if code == 1 else said.split()[-3:]}"
        atheris._trace_branch(_COUNTERS[zlib.crc32(kind.encode()) % len(_COUNTERS)])
    if code == own_process.REFUSED:
        raise ModelError(f"{path}: {answer.decode(errors='backslashreplace')}")
    raise ModelError(f"{path}: the model file is damaged (HDF5 can't read it).")


def _look(weights: bytes, writer: int) -> None:
    """Do in a child what `hdf5_check.main` does; its code is 1 where that leaves an error."""
    for number in _SIGNALS:  # libFuzzer hears them
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (HANGING_S, HANGING_S))
    code, answer = 1, b""
    try:
        with h5py.File(io.BytesIO(weights), "r") as file:
            code, answer = 0, hdf5_check.look_through(file)
    except hdf5_check.RefusalError as refusal:
        code, answer = own_process.REFUSED, str(refusal).encode()
    except Exception as error:
        code, answer = 1, repr(error).encode()
    finally:
        with os.fdopen(writer, "wb") as file:
            file.write(answer)
        os._exit(code)


vars(model_file)["_look_into_hdf5"] = look_into_hdf5
