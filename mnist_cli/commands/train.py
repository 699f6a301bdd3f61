"""mnist train."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnist_cli import console
from mnist_cli.commands.opening import open_data
from mnist_cli.core import log, settings
from mnist_cli.core.config import MAX_SEED, TrainConfig
from mnist_cli.core.errors import RunNotFoundError, UsageError
from mnist_cli.core.recipes import RECIPES
from mnist_cli.options import ArtifactsOption, JsonOption

if TYPE_CHECKING:
    from mnist_cli.training.pipeline import TrainResult


class Arch(StrEnum):
    """Architectures that can be trained."""

    DENSE = "dense"
    CNN = "cnn"


class Recipe(StrEnum):
    """Recipes, by what they cost; the last makes the model that is in the package."""

    QUICK = "quick"
    STANDARD = "standard"
    BEST = "best"
    BUNDLED = "bundled"


class Distribute(StrEnum):
    """Where a run's batches are worked on."""

    NONE = "none"
    MIRRORED = "mirrored"
    MULTIWORKER = "multiworker"


OF_RECIPE = "the recipe's"


def train(
    context: typer.Context,
    run: Annotated[
        str | None,
        typer.Argument(help="With --resume: the run to go on with; the newest if left out."),
    ] = None,
    arch: Annotated[Arch | None, typer.Option(help="The network.", show_default="dense")] = None,
    recipe: Annotated[
        Recipe | None,
        typer.Option(
            help="How long it may take; bundled is the cnn of the package.", show_default="standard"
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="Passes over the images.", show_default=OF_RECIPE)
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Images a step.", show_default=OF_RECIPE)
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Peak rate.", show_default=OF_RECIPE)
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0, max=MAX_SEED, help="Decides split, weights, order, distortion.", show_default="0"
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="NAME=VALUE", help=f"Any figure of the recipe: {settings.WORDS}."
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            envvar="MNIST_DATA",
            help="mnist, an .npz file, a folder of IDX files, or a folder of pictures in 0/ to 9/.",
            show_default="mnist",
        ),
    ] = None,
    artifacts: ArtifactsOption = Path("artifacts"),
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a run that was stopped or killed.")
    ] = False,
    distribute: Annotated[
        Distribute,
        typer.Option(help="On one device, on all of this machine, or on the hosts in TF_CONFIG."),
    ] = Distribute.NONE,
    as_json: JsonOption = False,
) -> None:
    """Train a version into the store.

    5,000 of the training images are held out to validate on; the test images are not touched.
    """
    given = {
        "arch": arch,
        "recipe": recipe,
        "epochs": epochs,
        "batch_size": batch_size,
        "learning_rate": learning_rate,
        "seed": seed,
    } | settings.parse(changes or [])
    if run and not resume:
        raise UsageError(f"{run!r}: a run is named with --resume alone.")
    follows = _follows(distribute)
    if resume and not follows:
        run, config, data = _unfinished(artifacts, run, given, data, as_json=as_json)
    else:
        run, config = log.new_run_id(), new_config(given)
    dataset = open_data(data or "mnist", "train")
    log_path = log.to_file(context.obj or Path("logs"), "train", run)

    from mnist_cli.commands.train_display import watching
    from mnist_cli.training.pipeline import Job
    from mnist_cli.training.pipeline import train as train_version

    with watching(config.epochs) as on_progress:
        job = Job(config, dataset, artifacts, run, resume=resume)
        result = train_version(job, distribute.value, on_progress)
    if result:
        _show(result, as_json=as_json)
    if result and not as_json:
        console.result(f"log     {console.printable(str(log_path))}")


def new_config(given: dict[str, Any]) -> TrainConfig:
    """Return the recipe that is asked for, with the changes to it.

    Raises:
        UsageError: No run could be made of it.
    """
    changes = {name: value for name, value in given.items() if name not in {"arch", "recipe"}}
    arch: Arch = given["arch"] or Arch.DENSE
    recipe: Recipe = given["recipe"] or Recipe.STANDARD
    if (arch.value, recipe.value) not in RECIPES:
        raise UsageError(
            f"--arch {arch.value} has no recipe {recipe.value!r}.", hint="Try --arch cnn."
        )
    return RECIPES[arch.value, recipe.value].override(**changes)


def _unfinished(
    artifacts: Path, run: str | None, given: dict[str, Any], data: str | None, *, as_json: bool
) -> tuple[str, TrainConfig, str]:
    """Return name, config and data of a run to resume; one that is over is shown, and the end."""
    from mnist_cli import store
    from mnist_cli.training import runs

    try:
        unfinished = runs.find(artifacts, run)
    except RunNotFoundError:
        published = store.version_of_run(artifacts, run) if run else None
        if not published:
            raise
        from mnist_cli.training.pipeline import TrainResult

        log.event("training.already_complete", run=run, version=published.name)
        _show(TrainResult.of(published), as_json=as_json)
        raise typer.Exit from None
    unfinished.check(given)
    return unfinished.run, unfinished.config, data or unfinished.data_name


def _follows(distribute: Distribute) -> bool:
    """Whether this is a worker that gets its settings from the chief."""
    if distribute is not Distribute.MULTIWORKER:
        return False
    from mnist_cli.training import tf_config

    worker, _ = tf_config.read()
    return worker > 0


def _show(result: "TrainResult", *, as_json: bool) -> None:
    if as_json:
        console.result_json(result.to_record())
        return
    console.result(
        f"version {result.version}  {100 * result.val_accuracy:.2f} % on the images held out,"
        f" {result.epochs} epochs in {result.train_s:.1f} s"
    )
    console.result(f"model   {console.printable(result.path)}")
