"""The state of a run after an epoch: written whole, read back to the same bits.

A checkpoint is one file: a line with the sha256 of the rest, then an `.npz` of every variable and
a JSON document of what isn't one. The newest two are kept, so that a damaged one has a successor
to none and a predecessor to go on from.
"""

import hashlib
import io
import json
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.errors import CheckpointError
from mnist_cli.core.files import storage_errors, write_bytes
from mnist_cli.training.history import EpochRecord

KEPT = 2
SCHEMA = 1

_NAME = re.compile(r"epoch-([0-9]{6})\.ckpt", re.ASCII)


@dataclass(frozen=True)
class State:
    """Where a run stands between two epochs.

    Attributes:
        epoch: Finished epochs.
        variables: Every variable of network and optimiser, in their order.
        best_weights: The weights to publish if no later epoch validates better.
        history: A record an epoch.
        train_s: Seconds in the loop so far.
    """

    epoch: int
    variables: list[NDArray[Any]]
    best_weights: list[NDArray[np.float32]] = field(default_factory=list)
    history: list[EpochRecord] = field(default_factory=list)
    train_s: float = 0.0


def save(folder: Path, state: State) -> None:
    """Write a checkpoint, whole or not at all, and delete all but the newest two.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    write_bytes(folder / f"epoch-{state.epoch:06}.ckpt", to_bytes(state))
    with storage_errors(folder):
        for path in _newest_first(folder)[KEPT:]:
            path.unlink(missing_ok=True)


def load(folder: Path) -> State:
    """Read the newest checkpoint that is whole; a damaged one is passed over, and said.

    Raises:
        CheckpointError: There is none.
    """
    for path in _newest_first(folder):
        try:
            return from_bytes(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("training.checkpoint_damaged", path=str(path), reason=str(error))
    raise CheckpointError(f"{folder}: no checkpoint that is whole.", hint="Train anew.")


def exists(folder: Path) -> bool:
    """Whether there is a checkpoint, whole or not."""
    return folder.is_dir() and bool(_newest_first(folder))


def to_bytes(state: State) -> bytes:
    """Return what a checkpoint's file holds."""
    rest = {"schema": SCHEMA, "epoch": state.epoch, "train_s": state.train_s}
    document = json.dumps(rest | {"history": [asdict(record) for record in state.history]})
    arrays: dict[str, NDArray[Any]] = {"document": np.frombuffer(document.encode(), np.uint8)}
    arrays |= {f"variable_{n:04}": array for n, array in enumerate(state.variables)}
    arrays |= {f"weights_{n:04}": array for n, array in enumerate(state.best_weights)}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    content = buffer.getvalue()
    return hashlib.sha256(content).hexdigest().encode() + b"\n" + content


def from_bytes(file: bytes) -> State:
    """Return the state that a checkpoint's file holds.

    Raises:
        ValueError, KeyError, TypeError: It is damaged, or of another version of this tool.
    """
    digest, _, content = file.partition(b"\n")
    if hashlib.sha256(content).hexdigest().encode() != digest:
        raise ValueError("checksum mismatch")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        document = json.loads(arrays["document"].tobytes())
        if document["schema"] != SCHEMA:
            raise ValueError(f"schema {document['schema']}: of another version of this tool")
        return State(
            epoch=document["epoch"],
            variables=[arrays[name] for name in arrays.files if name.startswith("variable_")],
            best_weights=[arrays[name] for name in arrays.files if name.startswith("weights_")],
            history=[EpochRecord(**record) for record in document["history"]],
            train_s=document["train_s"],
        )


def _newest_first(folder: Path) -> list[Path]:
    return sorted((p for p in folder.iterdir() if _NAME.fullmatch(p.name)), reverse=True)
