"""mnist train."""

from dataclasses import dataclass
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

# settings that have an option of their own
SETTINGS = "arch", "recipe", "epochs", "patience", "batch_size", "learning_rate", "seed"


@dataclass(frozen=True)
class Options:
    """What `mnist train` takes, in the order of its help."""

    run: own.RunArgument = None
    arch: own.ArchOption = None
    recipe: own.RecipeOption = None
    epochs: own.EpochsOption = None
    patience: own.PatienceOption = None
    batch_size: own.BatchSizeOption = None
    learning_rate: own.LearningRateOption = None
    seed: own.SeedOption = None
    seeds: own.SeedsOption = None
    changes: own.ChangesOption = None
    show_settings: own.SettingsOption = False
    data: own.TrainingDataOption = None
    base: own.BaseOption = None
    labels: own.LabelsOption = None
    note: own.NoteOption = ""
    tensorboard: own.TensorboardOption = None
    promote: own.PromoteOption = False
    artifacts: shared.ArtifactsOption = Path("artifacts")
    resume: own.ResumeOption = False
    distribute: own.DistributeOption = "none"
    as_json: shared.JsonOption = False


@shared.fields_as_options
def train(context: typer.Context, asked: Options) -> None:
    """Train a version into the store.

    Of each data set 5,000 images, or a twelfth of fewer, are held out to validate on, and of one
    that is sorted by writers a sixth of these; the test images are not touched. What is held out
    is read once more, worn as digits on paper are, by the new version and by the one that reads
    pictures now. With --set validation_size=0 nothing is held out: it learns from all images.
    """
    given = _given(asked)
    if asked.show_settings:
        from mnist_cli.training.run_spec import by_recipe

        show_settings_of(by_recipe(**given), as_json=asked.as_json)
        return
    _check(asked)
    try:
        spec, seeds = _specified(asked, given)
    except RunNotFoundError:
        if not (asked.run and _tell_published(asked.run, asked)):
            raise
        return
    logs = context.obj or Path("logs")
    if asked.promote:
        _check_held_out(spec)
    if seeds:
        train_seeds(spec, seeds, logs, promote=asked.promote, as_json=asked.as_json)
    else:
        train_one(spec, logs, promote=asked.promote, as_json=asked.as_json)


def _given(asked: Options) -> dict[str, Any]:
    """Join the settings that have an option with those of --set."""
    changed = settings.parse(asked.changes or [])
    options = {name: getattr(asked, name) for name in SETTINGS}
    if twice := [name for name in changed if options.get(name) is not None]:
        raise UsageError(f"Given by its own option, and by --set: {', '.join(twice)}.")
    return options | changed


def _check(asked: Options) -> None:
    """Refuse what contradicts --resume, and a note that is too long."""
    if asked.run and not asked.resume:
        raise UsageError(f"{asked.run!r}: a run is named with --resume alone.")
    if (asked.base or asked.labels) and asked.resume:
        raise UsageError("--resume goes on as the run began, without --from and --labels.")
    if len(asked.note) > own.LONGEST_NOTE:
        raise UsageError(
            f"--note takes {own.LONGEST_NOTE} characters. Received: {len(asked.note)}."
        )


def _specified(asked: Options, given: dict[str, Any]) -> "tuple[RunSpec, list[int]]":
    """Return the run that is asked for, and the seeds to train it with, if there are several.

    Raises:
        RunNotFoundError: There is no such run to go on with.
    """
    others: dict[str, Any] = {
        "artifacts": asked.artifacts, "note": asked.note, "tensorboard": asked.tensorboard,
        "class_names": read_class_names(asked.labels) if asked.labels else None,
        "distribute": asked.distribute, "data": [str(path) for path in asked.data or []],
    }  # fmt: skip
    follows = _follows(asked.distribute)
    seeds = _seeds(asked.seeds, asked, given) if asked.seeds else []
    from mnist_cli.api.train import specify, specify_resumed

    if asked.resume and not follows:
        return specify_resumed(asked.run, given=given, **others), seeds
    return specify(given, base=None if follows else asked.base, **others), seeds


def _seeds(text: str, asked: Options, given: dict[str, Any]) -> list[int]:
    """Read --seeds, which is for new runs in one process that have no seed of their own."""
    is_new = not (asked.base or asked.resume or asked.distribute == "multiworker")
    if given["seed"] is not None or not is_new:
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


def _tell_published(run: str, asked: Options) -> bool:
    """Show what a run made that is over; return whether it made anything."""
    from mnist_cli.core.store import store
    from mnist_cli.training.result import TrainResult

    published = store.version_of_run(asked.artifacts, run)
    if published:
        log.event("training.already_complete", run=run, version=published.name)
        result = TrainResult.of(published)
        tell(result, asked.artifacts, promote=asked.promote, as_json=asked.as_json)
    return bool(published)


def _follows(distribute: Distribute) -> bool:
    """Whether this is a worker that gets its settings from the chief."""
    if distribute != "multiworker":
        return False
    from mnist_cli.training import tf_config

    worker, _ = tf_config.read()
    return worker > 0
