"""From a config and images to a published version."""

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mnist_cli import store, versions
from mnist_cli.core import log
from mnist_cli.core.config import NORMALISATION_VERSION, TrainConfig
from mnist_cli.core.dataset import Dataset
from mnist_cli.core.errors import ConflictError, StoppedError, StorageError
from mnist_cli.core.files import storage_errors
from mnist_cli.core.metrics import fit_temperature
from mnist_cli.export.version import export_version
from mnist_cli.training import checkpoint, runs
from mnist_cli.training.checkpoint import State
from mnist_cli.training.distribute import Cluster, Distribute, join
from mnist_cli.training.fit import Fit, Progress, fit
from mnist_cli.training.history import write_history
from mnist_cli.training.precision import has_bfloat16
from mnist_cli.training.signals import signals_heard

LIBRARIES = ("mnist-cli", "tensorflow", "keras", "numpy", "ai-edge-litert")


@dataclass(frozen=True)
class Job:
    """What to train, and where it goes.

    Attributes:
        config: The recipe, with every change made to it.
        dataset: Training images.
        artifacts: The store that gets the new version.
        run: Name of the run, from `log.new_run_id`.
        resume: Go on from the run's newest checkpoint.
    """

    config: TrainConfig
    dataset: Dataset
    artifacts: Path
    run: str
    resume: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return what decides the bits that come out: config, data, libraries, threads."""
        return {
            "config": self.config.to_dict(),
            "data": {
                "name": self.dataset.name,
                "n": len(self.dataset),
                "sha256": self.dataset.sha256,
            },
            "versions": {"python": platform.python_version()}
            | {name: version(name) for name in LIBRARIES},
            "machine": {
                "system": platform.platform(),
                "cpus": len(os.sched_getaffinity(0)),
                "bfloat16": has_bfloat16(),
            },
        }


@dataclass(frozen=True)
class TrainResult:
    """What `mnist train` reports."""

    version: str
    path: str
    run: str
    val_accuracy: float
    epochs: int
    train_s: float
    images_per_s: float

    @classmethod
    def of(cls, published: versions.Version) -> "TrainResult":
        """Read it out of a version's manifest."""
        manifest = published.manifest
        return cls(
            version=published.name,
            path=str(published.path),
            run=manifest["run"],
            val_accuracy=manifest["metrics"]["val_accuracy"],
            epochs=manifest["config"]["epochs"],
            train_s=manifest["metrics"]["train_s"],
            images_per_s=manifest["metrics"]["images_per_s"],
        )

    def to_record(self) -> dict[str, Any]:
        """Return the document of `train --json`."""
        rounded = {"train_s": round(self.train_s, 2), "images_per_s": round(self.images_per_s, 1)}
        return asdict(self) | {"val_accuracy": round(self.val_accuracy, 6)} | rounded


def train(
    job: Job,
    distribute: Distribute = "none",
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> TrainResult | None:
    """Train, calibrate, export and publish.

    Args:
        job: What to train.
        distribute: On which devices; see `distribute.join`.
        on_progress: Called a few times a second.

    Returns:
        None on a worker that is not the chief: the chief alone publishes.

    Raises:
        StorageError: The store can't be written; found out before the first epoch.
        RunNotFoundError: There is no such run to resume.
        CheckpointError: None of its checkpoints is whole.
        ConflictError: Another process holds the run, or it began with other images.
        TrainingError: The loss stopped being a number.
        ClusterError: Another worker was lost.
        StoppedError: A signal came. Nothing is published then; the checkpoints stay.
    """
    cluster = join(distribute)
    with signals_heard() as check_stop:  # from here on: TensorFlow takes SIGTERM as it joins
        if not cluster.is_chief:
            _follow(job, cluster, on_progress, check_stop)
            return None
        with runs.held(job.artifacts, job.run, job.to_dict(), resume=job.resume) as folder:
            if published := store.version_of_run(job.artifacts, job.run):
                return TrainResult.of(published)  # the process was killed just after that
            with _hinting_at_resume(job, folder):
                trained = _lead(job, cluster, folder, on_progress, check_stop)
                result = TrainResult.of(_publish(job, trained, folder, check_stop))
    log.event("training.published", **result.to_record())
    return result


def _lead(
    job: Job,
    cluster: Cluster,
    folder: Path,
    on_progress: Callable[[Progress], None],
    check_stop: Callable[[], None],
) -> Fit:
    """Train as the chief, or alone: with checkpoints."""
    state = checkpoint.load(folder) if job.resume else None

    def keep(state: State) -> None:
        try:
            checkpoint.save(folder, state)
            write_history(folder / versions.HISTORY, state.history)
        except StorageError as error:
            if state.epoch == 0:
                raise
            log.warning("training.checkpoint_failed", epoch=state.epoch, reason=error.message)

    _log_start(job, state)
    with cluster.losses_told():
        if cluster.workers > 1:
            cluster.share(json.dumps({"run": job.run} | job.to_dict()).encode())
            cluster.share(checkpoint.to_bytes(state) if state else b"")
        return fit(
            job.config,
            job.dataset,
            strategy=cluster.strategy,
            state=state,
            on_state=keep,
            on_progress=on_progress,
            check_stop=check_stop,
        )


def _follow(
    job: Job,
    cluster: Cluster,
    on_progress: Callable[[Progress], None],
    check_stop: Callable[[], None],
) -> None:
    """Train as a worker: config and state are the chief's, and nothing is written."""
    with cluster.losses_told():
        chief = json.loads(cluster.share(b""))
        content = cluster.share(b"")
        if chief["data"]["sha256"] != job.dataset.sha256:
            raise ConflictError("This worker has other images than the chief.", hint="See --data.")
        job = replace(job, run=chief["run"], config=TrainConfig.from_dict(chief["config"]))
        state = checkpoint.from_bytes(content) if content else None
        _log_start(job, state)
        fit(
            job.config,
            job.dataset,
            strategy=cluster.strategy,
            state=state,
            on_progress=on_progress,
            check_stop=check_stop,
        )
    log.event("training.left_to_chief", worker=cluster.worker)


def _publish(
    job: Job, trained: Fit, folder: Path, check_stop: Callable[[], None]
) -> versions.Version:
    made = folder / runs.VERSION_FOLDER
    with storage_errors(made):
        made.mkdir()
        export_version(trained.model, made, trained.val_images, check_stop)
        write_history(made / versions.HISTORY, trained.history)
    return store.publish(made, _manifest(job, trained), job.artifacts)


@contextmanager
def _hinting_at_resume(job: Job, folder: Path) -> Iterator[None]:
    """Say how to go on with a run that something stopped."""
    try:
        yield
    except (StoppedError, StorageError) as error:
        if checkpoint.exists(folder):
            error.hint = f"Go on with `mnist train --resume {job.run}`."
        raise


def _log_start(job: Job, state: State | None) -> None:
    config = job.config
    log.event(
        "training.resumed" if state else "training.start",
        run=job.run,
        arch=config.model.arch,
        recipe=config.recipe,
        epochs=config.epochs,
        epochs_done=state.epoch if state else 0,
        images=len(job.dataset),
        data=job.dataset.name,
        seed=config.seed,
    )


def _manifest(job: Job, trained: Fit) -> dict[str, Any]:
    """Say how the version came about; the store adds the files' digests."""
    return {
        "schema": 1,
        "created": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "run": job.run,
        "parameters": trained.model.count_params(),
        "metrics": {
            "val_accuracy": trained.val_accuracy,
            "val_n": len(trained.val_labels),
            "chosen_epoch": trained.chosen_epoch,
            "train_s": round(trained.train_s, 2),
            "images_per_s": round(trained.images_per_s, 1),
        },
        "normalisation": NORMALISATION_VERSION,
        "temperature": fit_temperature(trained.val_probabilities, trained.val_labels),
    } | job.to_dict()
