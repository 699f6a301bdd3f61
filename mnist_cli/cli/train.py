"""mnist train."""

from pathlib import Path
from typing import Annotated, Any

import typer

from mnist_cli.cli import plan
from mnist_cli.cli.options import ArtifactsOption, JsonOption
from mnist_cli.cli.plan import Plan
from mnist_cli.cli.train_options import (
    LONGEST_NOTE,
    ArchOption,
    BaseOption,
    BatchSizeOption,
    ChangesOption,
    Distribute,
    DistributeOption,
    EpochsOption,
    LabelsOption,
    LearningRateOption,
    NoteOption,
    PatienceOption,
    PromoteOption,
    RecipeOption,
    ResumeOption,
    SeedOption,
    SeedsOption,
    SettingsOption,
    TensorboardOption,
    TrainingDataOption,
)
from mnist_cli.cli.train_results import show_settings_of, tell
from mnist_cli.cli.train_runs import Wanted, train_one, train_seeds
from mnist_cli.cli.train_seeds import parse_seeds
from mnist_cli.core import log, settings
from mnist_cli.core.data.class_names import read_class_names
from mnist_cli.core.errors import RunNotFoundError, UsageError


def train(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(help="With --resume: the run to go on with; the newest if left out."),
    ] = None,
    arch: ArchOption = None,
    recipe: RecipeOption = None,
    epochs: EpochsOption = None,
    patience: PatienceOption = None,
    batch_size: BatchSizeOption = None,
    learning_rate: LearningRateOption = None,
    seed: SeedOption = None,
    seeds: SeedsOption = None,
    changes: ChangesOption = None,
    show_settings: SettingsOption = False,
    data: TrainingDataOption = None,
    base: BaseOption = None,
    labels: LabelsOption = None,
    note: NoteOption = "",
    tensorboard: TensorboardOption = None,
    promote: PromoteOption = False,
    artifacts: ArtifactsOption = Path("artifacts"),
    resume: ResumeOption = False,
    distribute: DistributeOption = Distribute.NONE,
    as_json: JsonOption = False,
) -> None:
    """Train a version into the store.

    Of each data set 5,000 images, or a twelfth of fewer, are held out to validate on, and of one
    that is sorted by writers a sixth of these; the test images are not touched. What is held out
    is read once more, worn as digits on paper are, by the new version and by the one that reads
    pictures now.
    """
    given = {
        "arch": arch,
        "recipe": recipe,
        "epochs": epochs,
        "patience": patience,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
    }
    changed = settings.parse(changes or [])
    if twice := [name for name in changed if given.get(name) is not None]:
        raise UsageError(f"Given by its own option, and by --set: {', '.join(twice)}.")
    given |= changed
    if show_settings:
        show_settings_of(plan.by_recipe(given, []).config, as_json=as_json)
        return
    if run and not resume:
        raise UsageError(f"{run!r}: a run is named with --resume alone.")
    if (base or labels) and resume:
        raise UsageError("--resume goes on as the run began, without --from and --labels.")
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"--note takes {LONGEST_NOTE} characters. Received: {len(note)}.")
    wanted = Wanted(
        context.obj or Path("logs"),
        artifacts,
        distribute.value,
        class_names=read_class_names(labels) if labels else None,
        note=note,
        tensorboard=tensorboard,
        resume=resume,
        promote=promote,
        as_json=as_json,
    )
    names = [str(path) for path in data or []]
    if seeds:
        is_single = given["seed"] is not None or base or resume
        if is_single or distribute is Distribute.MULTIWORKER:
            raise UsageError(
                "--seeds goes without --seed, --set seed, --from, --resume and multiworker."
            )
        train_seeds(parse_seeds(seeds), given, names, wanted)
    elif _follows(distribute):
        train_one(plan.by_recipe(given, names), wanted)
    else:
        train_one(_plan(given, names, base, run, wanted), wanted)


def _plan(
    given: dict[str, Any], data: list[str], base: str | None, run: str | None, wanted: Wanted
) -> Plan:
    """Return what is to be done; a run to resume that is over is shown, and that is all."""
    artifacts = wanted.artifacts
    if not wanted.resume:
        return (
            plan.from_version(base, artifacts, given, data) if base else plan.by_recipe(given, data)
        )
    try:
        return plan.unfinished(artifacts, run, given, data)
    except RunNotFoundError:
        from mnist_cli.core.store import store

        published = store.version_of_run(artifacts, run) if run else None
        if not published:
            raise
        from mnist_cli.training.result import TrainResult

        log.event("training.already_complete", run=run, version=published.name)
        result = TrainResult.of(published)
        tell(result, artifacts, promote=wanted.promote, as_json=wanted.as_json)
        raise typer.Exit from None


def _follows(distribute: Distribute) -> bool:
    """Whether this is a worker that gets its settings from the chief."""
    if distribute is not Distribute.MULTIWORKER:
        return False
    from mnist_cli.training import tf_config

    worker, _ = tf_config.read()
    return worker > 0
