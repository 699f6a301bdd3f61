"""mnist train."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from mnist_cli.cli import options as shared
from mnist_cli.cli import train_options as own
from mnist_cli.cli.train_results import show_settings_of, tell
from mnist_cli.cli.train_runs import parse_seeds, train_one, train_seeds
from mnist_cli.core import log, settings
from mnist_cli.core.choices import Distribute
from mnist_cli.core.data.class_names import read_class_names
from mnist_cli.core.errors import RunNotFoundError, UsageError

if TYPE_CHECKING:
    from mnist_cli.training.run_spec import RunSpec


def train(
    context: typer.Context,
    run: own.RunArgument = None,
    arch: own.ArchOption = None,
    recipe: own.RecipeOption = None,
    epochs: own.EpochsOption = None,
    patience: own.PatienceOption = None,
    batch_size: own.BatchSizeOption = None,
    learning_rate: own.LearningRateOption = None,
    seed: own.SeedOption = None,
    seeds: own.SeedsOption = None,
    changes: own.ChangesOption = None,
    show_settings: own.SettingsOption = False,
    data: own.TrainingDataOption = None,
    base: own.BaseOption = None,
    labels: own.LabelsOption = None,
    note: own.NoteOption = "",
    tensorboard: own.TensorboardOption = None,
    promote: own.PromoteOption = False,
    artifacts: shared.ArtifactsOption = Path("artifacts"),
    resume: own.ResumeOption = False,
    distribute: own.DistributeOption = "none",
    as_json: shared.JsonOption = False,
) -> None:
    """Train a version into the store.

    Of each data set 5,000 images, or a twelfth of fewer, are held out to validate on, and of one
    that is sorted by writers a sixth of these; the test images are not touched. What is held out
    is read once more, worn as digits on paper are, by the new version and by the one that reads
    pictures now. With --set validation_size=0 nothing is held out: it learns from all images.
    """
    options = {
        "arch": arch, "recipe": recipe, "epochs": epochs, "patience": patience,
        "batch_size": batch_size, "learning_rate": learning_rate, "seed": seed,
    }  # fmt: skip
    given = _given(changes or [], options)
    if show_settings:
        from mnist_cli.training.run_spec import by_recipe

        show_settings_of(by_recipe(**given), as_json=as_json)
        return
    _check(run, resume=resume, is_new=bool(base or labels), note=note)
    names = read_class_names(labels) if labels else None
    others: dict[str, Any] = {
        "artifacts": artifacts, "class_names": names, "note": note, "tensorboard": tensorboard,
        "distribute": distribute, "data": [str(path) for path in data or []],
    }  # fmt: skip
    logs = context.obj or Path("logs")
    follows = _follows(distribute)
    is_plain = given["seed"] is None and not (base or resume or distribute == "multiworker")
    chosen = _seeds(seeds, is_plain=is_plain) if seeds else []
    from mnist_cli.api.train import specify, specify_resumed

    if resume and not follows:
        try:
            spec = specify_resumed(run, given=given, **others)
        except RunNotFoundError:
            if not (run and _tell_published(run, artifacts, promote=promote, as_json=as_json)):
                raise
            return
    else:
        spec = specify(given, base=None if follows else base, **others)
    if promote:
        _check_held_out(spec)
    if chosen:
        train_seeds(spec, chosen, logs, promote=promote, as_json=as_json)
    else:
        train_one(spec, logs, promote=promote, as_json=as_json)


def _given(assignments: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """Join the settings that have an option with those of --set."""
    changed = settings.parse(assignments)
    if twice := [name for name in changed if options.get(name) is not None]:
        raise UsageError(f"Given by its own option, and by --set: {', '.join(twice)}.")
    return options | changed


def _check(run: str | None, *, resume: bool, is_new: bool, note: str) -> None:
    """Refuse what contradicts --resume, and a note that is too long."""
    if run and not resume:
        raise UsageError(f"{run!r}: a run is named with --resume alone.")
    if is_new and resume:
        raise UsageError("--resume goes on as the run began, without --from and --labels.")
    if len(note) > own.LONGEST_NOTE:
        raise UsageError(f"--note takes {own.LONGEST_NOTE} characters. Received: {len(note)}.")


def _seeds(text: str, *, is_plain: bool) -> list[int]:
    """Read --seeds, which is for new runs in one process that have no seed of their own."""
    if not is_plain:
        raise UsageError(
            "--seeds goes without --seed, --set seed, --from, --resume and multiworker."
        )
    return parse_seeds(text)


def _check_held_out(spec: "RunSpec") -> None:
    """Refuse --promote where there is nothing to compare by."""
    if not spec.config.validation_size:
        raise UsageError(
            "--promote compares by images held out, and validation_size=0 holds none out.",
            hint="Leave --promote out; `mnist models promote N` chooses a version by hand.",
        )


def _tell_published(run: str, artifacts: Path, *, promote: bool, as_json: bool) -> bool:
    """Show what a run made that is over; return whether it made anything."""
    from mnist_cli.core.store import store
    from mnist_cli.training.result import TrainResult

    published = store.version_of_run(artifacts, run)
    if published:
        log.event("training.already_complete", run=run, version=published.name)
        tell(TrainResult.of(published), artifacts, promote=promote, as_json=as_json)
    return bool(published)


def _follows(distribute: Distribute) -> bool:
    """Whether this is a worker that gets its settings from the chief."""
    if distribute != "multiworker":
        return False
    from mnist_cli.training import tf_config

    worker, _ = tf_config.read()
    return worker > 0
