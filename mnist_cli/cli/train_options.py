"""What `mnist train` can be told."""

from pathlib import Path
from typing import Annotated

import typer

from mnist_cli.cli.options import (
    MODEL_AND_DATA,
    OUTPUT,
    complete_settings,
    complete_versions,
)
from mnist_cli.core.choices import Arch, Distribute, Recipe
from mnist_cli.core.data.data_kinds import KINDS
from mnist_cli.core.ranges import MAX_SEED

LONGEST_NOTE = 500  # characters
RECIPE, RUN = "Recipe", "Run"  # groups that help shows options in
OF_RECIPE = "the recipe's"


ArchOption = Annotated[
    Arch | None, typer.Option(help="The network.", show_default="dense", rich_help_panel=RECIPE)
]
RecipeOption = Annotated[
    Recipe | None,
    typer.Option(
        help="How long it may take; bundled is the cnn of the package.",
        show_default="standard",
        rich_help_panel=RECIPE,
    ),
]
EpochsOption = Annotated[
    int | None,
    typer.Option(
        min=1, help="Passes over the images.", show_default=OF_RECIPE, rich_help_panel=RECIPE
    ),
]
PatienceOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        help="End early after so many epochs without a better validation accuracy.",
        show_default="never",
        rich_help_panel=RECIPE,
    ),
]
BatchSizeOption = Annotated[
    int | None,
    typer.Option(min=1, help="Images a step.", show_default=OF_RECIPE, rich_help_panel=RECIPE),
]
LearningRateOption = Annotated[
    float | None,
    typer.Option(min=0, help="Peak rate.", show_default=OF_RECIPE, rich_help_panel=RECIPE),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        min=0,
        max=MAX_SEED,
        help="Decides split, weights, order, distortion.",
        show_default="0",
        rich_help_panel=RECIPE,
    ),
]
SeedsOption = Annotated[
    str | None,
    typer.Option(
        metavar="A,B,...",
        help="Train with each of these seeds, as 0,1,2, and tell mean and deviation.",
        show_default=False,
        rich_help_panel=RECIPE,
    ),
]
ChangesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        autocompletion=complete_settings,
        help="Any figure of the recipe; --settings explains them.",
        rich_help_panel=RECIPE,
    ),
]
SettingsOption = Annotated[
    bool,
    typer.Option(
        "--settings",
        help="Explain what --set takes, with the recipe's values, and train nothing.",
        rich_help_panel=RECIPE,
    ),
]
TrainingDataOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--data",
        envvar="MNIST_DATA",
        metavar="DATA",
        help=f"{KINDS} or in a folder of these for each writer; several are mixed, and each is"
        " at least a tenth of what is trained on (least_share).",
        show_default="mnist",
        rich_help_panel=MODEL_AND_DATA,
    ),
]
BaseOption = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="VERSION",
        autocompletion=complete_versions,
        help="Go on from a version's weights, for 8 epochs at a low rate if nothing else is"
        " asked for; network and images held out are its own.",
        show_default=False,
        rich_help_panel=MODEL_AND_DATA,
    ),
]
LabelsOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Names of the ten classes, a line each or a JSON list, to be told in the place of"
        " digits.",
        show_default=False,
        rich_help_panel=MODEL_AND_DATA,
    ),
]
NoteOption = Annotated[
    str,
    typer.Option(
        metavar="TEXT",
        help="What you want to remember of it; `models list` shows it.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
TensorboardOption = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Write the curves there, in a folder for each run, for TensorBoard.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
PromoteOption = Annotated[
    bool,
    typer.Option(
        "--promote",
        help="Let it read pictures from now on, as the champion, if it reads them better than"
        " what reads them now.",
        rich_help_panel=OUTPUT,
    ),
]
ResumeOption = Annotated[
    bool,
    typer.Option(
        "--resume", help="Go on with a run that was stopped or killed.", rich_help_panel=RUN
    ),
]
DistributeOption = Annotated[
    Distribute,
    typer.Option(
        help="On one device, on all of this machine, or on the hosts in TF_CONFIG.",
        rich_help_panel=RUN,
    ),
]
