"""From a config and images to a published version."""

import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnist_cli.core import log
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ConflictError, LearntNothingError, StoppedError, StorageError
from mnist_cli.core.files import storage_errors
from mnist_cli.core.metrics import is_chance
from mnist_cli.core.signals import signals_heard
from mnist_cli.core.store import store, versions
from mnist_cli.core.store.publish import publish
from mnist_cli.export.version import export_version
from mnist_cli.training import checkpoint, runs
from mnist_cli.training.augmentation.degraded import measure_degraded
from mnist_cli.training.base import read_weights
from mnist_cli.training.checkpoint import State
from mnist_cli.training.devices import device_in_use
from mnist_cli.training.distribute import Cluster, join
from mnist_cli.training.fit import Fit, Progress, fit
from mnist_cli.training.history import write_history
from mnist_cli.training.manifest import make_manifest
from mnist_cli.training.result import TrainResult
from mnist_cli.training.run_spec import RunSpec
from mnist_cli.training.tensorboard import EventFile


def train(
    spec: RunSpec,
    dataset: Dataset,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> TrainResult | None:
    """Train, calibrate, export and publish.

    Args:
        spec: What is run.
        dataset: Training images.
        on_progress: Called a few times a second.

    Returns:
        None on a worker that is not the chief: the chief alone publishes.

    Raises:
        StorageError: The store, or the folder for TensorBoard, can't be written; found out before
            the first epoch.
        RunNotFoundError: There is no such run to resume.
        CheckpointError: None of its checkpoints is whole.
        ConflictError: Another process holds the run, or it began with other images.
        TrainingError: The loss stopped being a number, or nothing was learnt.
        ClusterError: Another worker was lost.
        StoppedError: A signal came. Nothing is published then; the checkpoints stay.
    """
    cluster = join(spec.distribute)
    with signals_heard() as check_stop:  # from here on: TensorFlow takes SIGTERM as it joins
        if not cluster.is_chief:
            _follow(spec, dataset, cluster, on_progress, check_stop)
            return None
        document = spec.to_dict(dataset) | spec.wishes()
        with runs.locked_run(spec.artifacts, spec.run, document, resume=spec.resume) as folder:
            if published := store.version_of_run(spec.artifacts, spec.run):
                return TrainResult.of(published)  # the process was killed just after that
            with _hinting_at_resume(spec, folder):
                trained = _lead(spec, dataset, cluster, folder, on_progress, check_stop)
                result = TrainResult.of(_publish(spec, dataset, trained, folder, check_stop))
    log.event("training.published", **result.to_record())
    return result


def _lead(
    spec: RunSpec,
    dataset: Dataset,
    cluster: Cluster,
    folder: Path,
    on_progress: Callable[[Progress], None],
    check_stop: Callable[[], None],
) -> Fit:
    """Train as the chief, or alone: with checkpoints."""
    state = start = checkpoint.load(folder) if spec.resume else None
    if spec.version and not state:
        start = State(0, [], read_weights(spec.version, spec.config))
    curves = None
    if spec.tensorboard:
        curves = EventFile(spec.tensorboard / spec.run, state.history if state else [])
    _log_start(spec, dataset, state)
    with cluster.losses_told():
        if cluster.workers > 1:
            cluster.share(json.dumps({"run": spec.run} | spec.to_dict(dataset)).encode())
            cluster.share(checkpoint.to_bytes(start) if start else b"")
        return fit(
            spec.config,
            dataset,
            strategy=cluster.strategy,
            state=start,
            on_state=_Keeper(folder, curves).keep,
            on_progress=on_progress,
            check_stop=check_stop,
        )


@dataclass
class _Keeper:
    """Writes checkpoints; a full disk is said once, and tried again after each epoch.

    Attributes:
        folder: Of the run.
        curves: What TensorBoard opens, if it is wanted.
        is_failing: Whether the last checkpoint could not be written.
    """

    folder: Path
    curves: EventFile | None
    is_failing: bool = False

    def keep(self, state: State) -> None:
        """Write the state after an epoch.

        Raises:
            StorageError: The one before the first epoch can't be written.
        """
        if self.curves:
            self.curves.add(state.history)
        try:
            checkpoint.save(self.folder, state)
            write_history(self.folder / versions.HISTORY, state.history)
        except StorageError as error:
            if state.epoch == 0:
                raise
            level = logging.DEBUG if self.is_failing else logging.WARNING
            reason = error.message
            log.event("training.checkpoint_failed", level, epoch=state.epoch, reason=reason)
            self.is_failing = True
        else:
            if self.is_failing:
                log.event("training.checkpoint_written_again", epoch=state.epoch)
            self.is_failing = False


def _follow(
    spec: RunSpec,
    dataset: Dataset,
    cluster: Cluster,
    on_progress: Callable[[Progress], None],
    check_stop: Callable[[], None],
) -> None:
    """Train as a worker: config and state are the chief's, and nothing is written."""
    with cluster.losses_told():
        chief = json.loads(cluster.share(b""))
        content = cluster.share(b"")
        if chief["data"]["sha256"] != dataset.sha256:
            raise ConflictError("This worker has other images than the chief.", hint="See --data.")
        spec = replace(spec, run=chief["run"], config=TrainConfig.from_dict(chief["config"]))
        state = checkpoint.from_bytes(content) if content else None
        _log_start(spec, dataset, state if state and state.variables else None)
        fit(
            spec.config,
            dataset,
            strategy=cluster.strategy,
            state=state,
            on_progress=on_progress,
            check_stop=check_stop,
        )
    log.event("training.left_to_chief", worker=cluster.worker)


def _publish(
    spec: RunSpec, dataset: Dataset, trained: Fit, folder: Path, check_stop: Callable[[], None]
) -> versions.Version:
    made = folder / runs.VERSION_FOLDER
    with storage_errors(made):
        made.mkdir()
        export_version(trained.model, made, trained.images, check_stop)
        write_history(made / versions.HISTORY, trained.history)
        content = (made / versions.TFLITE).read_bytes()
    _check_learnt(spec, trained, made)
    worn = None
    if trained.val_n:
        worn = measure_degraded(
            content, spec.class_names, trained.images, trained.labels, spec.artifacts
        )
    check_stop()
    return publish(made, make_manifest(spec, dataset, trained, worn), spec.artifacts)


def _check_learnt(spec: RunSpec, trained: Fit, made: Path) -> None:
    """Refuse to publish what reads at the level of chance; its folder stays with the run.

    Raises:
        LearntNothingError: It does.
    """
    labels = trained.labels
    right = int((trained.probabilities.argmax(axis=1) == labels).sum())
    if not is_chance(right, labels):
        return
    runs.keep_aside(made.parent)
    commonest = int(np.bincount(labels).max())
    record = trained.history[trained.chosen_epoch - 1]
    loss = record.loss if record.val_loss is None else record.val_loss
    which = "held out" if trained.val_n else "that it was trained on"
    raise LearntNothingError(
        f"Nothing was learnt: {right:,} of {len(labels):,} images {which} are read right, where"
        f" always naming the commonest class would read {commonest:,} (loss {loss:,.4g}). It is"
        f" not published; its model and history are kept in '{made}'.",
        hint="The usual causes: too few epochs, labels in another order than the images, a learning"
        f" rate that is too high (it was {spec.config.learning_rate:g}), pixels of another range"
        " than 0 to 255.",
    )


@contextmanager
def _hinting_at_resume(spec: RunSpec, folder: Path) -> Iterator[None]:
    """Say how to go on with a run that something stopped."""
    try:
        yield
    except (StoppedError, StorageError) as error:
        if checkpoint.exists(folder):
            error.hint = f"Go on with `mnist train --resume {spec.run}`."
        raise


def _log_start(spec: RunSpec, dataset: Dataset, state: State | None) -> None:
    config = spec.config
    log.event(
        "training.resumed" if state else "training.start",
        run=spec.run,
        arch=config.model.arch,
        recipe=config.recipe,
        epochs=config.epochs,
        epochs_done=state.epoch if state else 0,
        images=len(dataset),
        data=dataset.name,
        seed=config.seed,
        device=device_in_use(),
        **({"base": spec.base["version"]} if spec.base else {}),
    )
