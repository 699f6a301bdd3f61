"""The finder from its settings to the files that the package holds.

FOLDER/
    finder.tflite, finder.weights.npz, finder.json
                        the network to read with, its weights to go on from, and how it came about
    checkpoints/        of the training, with run.json: its settings, written first
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mnist_cli.core import log
from mnist_cli.core.errors import CheckpointError, ConflictError
from mnist_cli.core.files import storage_errors, write_bytes, write_json
from mnist_cli.core.finder_maps import GREATEST
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.signals import signals_heard
from mnist_cli.core.tensorflow import disk_errors
from mnist_cli.synthesis.print import fonts
from mnist_cli.synthesis.sources import Source, records_of
from mnist_cli.training.environment import asset_record
from mnist_cli.training.finder.measure import measure
from mnist_cli.training.finder.network import FinderConfig
from mnist_cli.training.finder.train import CHECKPOINTS, FIGURES, train_finder
from mnist_cli.training.finder.weights import WEIGHTS_FILE, averaged
from mnist_cli.training.page_networks import to_litert
from mnist_cli.training.runs import RUN_FILE, locked
from mnist_cli.training.unfolding import weights_content

TFLITE, MANIFEST = "finder.tflite", "finder.json"  # as reading looks for them
PAGES = 200  # of digits held out, to measure with


def make_finder(
    config: FinderConfig,
    training: Source,
    held_out: Source,
    folder: Path,
    *,
    begin_from: Path | None = None,
    processes: int = 1,
    pages: int = PAGES,
) -> dict[str, Any]:
    """Train the finder and publish it; what an earlier call with the same settings did is kept.

    Args:
        config: The network, and for how long.
        training: Digits to write pages with.
        held_out: Other digits, for the pages that it is measured on.
        folder: Gets the files.
        begin_from: Weights, or a finder's `.tflite` file, to begin with; drawn, if left out.
        processes: How many make pages.
        pages: How many to measure with at the end.

    Returns:
        What `finder.json` states.

    Raises:
        WeightsNotFoundError, ModelError: The weights to begin with are missing, or do not fit.
        ConflictError: The folder is of other settings or things, or held by another process.
        CheckpointError: Its checkpoints are damaged.
        TrainingError: The loss stopped being a number.
        ProcessLostError: A process that makes pages was killed.
        StorageError: The disk is full, or the folder can't be written.
        StoppedError: A signal came. The steps that were done are kept.
    """
    settings = settings_of(config, training, held_out, begin_from)
    with _begun(folder, settings), signals_heard() as check_stop:
        if (folder / MANIFEST).exists():
            log.event("finder.already_complete", folder=str(folder))
            return _read(folder / MANIFEST)
        train_finder(config, training, held_out, folder, begin_from, processes, check_stop)
        return publish(config, held_out, folder, settings, pages)


def settings_of(
    config: FinderConfig, training: Source, held_out: Source, begin_from: Path | None
) -> dict[str, Any]:
    """Return what decides the network that comes out, but for fonts, versions and machine.

    Raises:
        WeightsNotFoundError: There are no weights to begin with.
    """
    settings: dict[str, Any] = {"config": asdict(config), "begun_from": None}
    if begin_from:
        content = weights_content(begin_from, f"{WEIGHTS_FILE} or the {TFLITE}")
        settings["begun_from"] = hashlib.sha256(content).hexdigest()
    return settings | records_of(training, held_out)


def publish(
    config: FinderConfig, held_out: Source, folder: Path, settings: dict[str, Any], pages: int
) -> dict[str, Any]:
    """Write the network for reading beside its weights, and then how it came about.

    Args:
        config: The network.
        held_out: Digits that it did not learn from.
        folder: Holds the weights and their figures.
        settings: What decided them, from `settings_of`.
        pages: How many to measure with.

    Returns:
        What `finder.json` states.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    with storage_errors(folder), disk_errors(), np.load(folder / WEIGHTS_FILE) as arrays:
        content = to_litert(averaged(config, list(arrays.values())), (1, None, None, 1))
    trained = _read(folder / FIGURES)
    found = measure(
        LiteRTModel(content, shape=(GREATEST, GREATEST, 1)).run,
        *(held_out.open(), pages, config.seed + 2, config.side),
    )
    names = sorted({Path(font.path).name for font in fonts()})
    files = {TFLITE: content, WEIGHTS_FILE: (folder / WEIGHTS_FILE).read_bytes()}
    names_digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    document = asset_record(files) | {
        "seed": config.seed,
        "steps": trained["step"],
        **settings,
        "fonts": {"n": len(names), "sha256": names_digest},
        "figures": {"losses": trained["held_out"], **found},
        "train_s": trained.get("train_s"),
    }
    write_bytes(folder / TFLITE, content)
    write_json(folder / MANIFEST, document)
    log.event("finder.published", folder=str(folder), steps=trained["step"], **found)
    return document


@contextmanager
def _begun(folder: Path, settings: dict[str, Any]) -> Iterator[None]:
    """Hold the folder, after its settings were written, or found to be these."""
    checkpoints = folder / CHECKPOINTS
    with storage_errors(folder):
        if folder.exists() and not checkpoints.is_dir() and any(folder.iterdir()):
            raise ConflictError(
                f"{str(folder)!r} exists and holds no {CHECKPOINTS}/.", hint="Choose another place."
            )
        checkpoints.mkdir(parents=True, exist_ok=True)
    with locked(checkpoints, repr(str(folder))):
        if (checkpoints / "checkpoint").exists() or (folder / MANIFEST).exists():
            _compare(folder, _read(checkpoints / RUN_FILE), json.loads(json.dumps(settings)))
        else:
            write_json(checkpoints / RUN_FILE, settings)
        yield


def _compare(folder: Path, began: dict[str, Any], given: dict[str, Any]) -> None:
    """Refuse settings that are not those a folder was begun with."""
    was, now = ({**part, **part.get("config", {}), "config": None} for part in (began, given))
    others = [name for name in now if was.get(name) != now[name]]
    if others:
        raise ConflictError(
            f"{str(folder)!r} was begun with other {', '.join(others)}.",
            hint="Choose another place, or what its checkpoints/run.json states.",
        )


def _read(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError) as error:
        raise CheckpointError(
            f"{path}: damaged ({error}).", hint="Train into another folder."
        ) from error
