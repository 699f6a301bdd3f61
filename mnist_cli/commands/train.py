"""mnist train."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mnist_cli import console
from mnist_cli.commands.opening import open_data
from mnist_cli.core import log
from mnist_cli.core.config import MAX_SEED, RECIPES
from mnist_cli.options import ArtifactsOption, DataOption, JsonOption


class Arch(StrEnum):
    """Architectures that can be trained."""

    DENSE = "dense"


class Recipe(StrEnum):
    """Recipes, by what they cost."""

    QUICK = "quick"
    STANDARD = "standard"


def train(
    context: typer.Context,
    arch: Annotated[Arch, typer.Option(help="The network.")] = Arch.DENSE,
    recipe: Annotated[Recipe, typer.Option(help="How long it may take.")] = Recipe.STANDARD,
    epochs: Annotated[
        int | None,
        typer.Option(min=1, help="Passes over the images; the recipe's own if left out."),
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Images a step; the recipe's own if left out.")
    ] = None,
    learning_rate: Annotated[
        float | None, typer.Option(min=0, help="Peak rate; the recipe's own if left out.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=MAX_SEED, help="Decides split, weights, order, distortion.")
    ] = 0,
    data: DataOption = "mnist",
    artifacts: ArtifactsOption = Path("artifacts"),
    as_json: JsonOption = False,
) -> None:
    """Train a version into the store.

    5,000 of the training images are held out to validate on; the test images are not touched.
    """
    config = RECIPES[arch.value, recipe.value].override(
        epochs=epochs, batch_size=batch_size, learning_rate=learning_rate, seed=seed
    )
    dataset = open_data(data, "train")
    run = log.new_run_id()
    log_path = log.to_file(context.obj or Path("logs"), "train", run)

    from mnist_cli.commands.train_display import watching
    from mnist_cli.training.pipeline import train as train_version

    with watching(config.epochs) as on_progress:
        result = train_version(config, dataset, artifacts, run, on_progress)
    if as_json:
        console.result_json(result.to_record())
        return
    console.result(
        f"version {result.version}  {100 * result.val_accuracy:.2f} % on the images held out,"
        f" {result.epochs} epochs in {result.train_s:.1f} s"
    )
    console.result(f"model   {console.printable(result.path)}")
    console.result(f"log     {console.printable(str(log_path))}")
