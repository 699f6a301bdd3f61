"""What `mnist train` can be told."""

from pathlib import Path
from typing import Annotated

import typer

from mnist_cli.cli.options import (
    MODEL_AND_DATA,
    OUTPUT,
    complete_settings,
    complete_versions,
    option,
)
from mnist_cli.core.choices import Arch, Distribute, Recipe
from mnist_cli.core.data.data_kinds import KINDS
from mnist_cli.core.ranges import MAX_SEED

LONGEST_NOTE = 500  # characters
RECIPE, RUN = "Recipe", "Run"  # groups that help shows options in
OF_RECIPE = "the recipe's"


RunArgument = Annotated[
    str | None,
    typer.Argument(help="With --resume: the run to go on with; the newest if left out."),
]
ArchOption = Annotated[Arch | None, option(RECIPE, "The network.", default="dense")]
RecipeOption = Annotated[
    Recipe | None,
    option(RECIPE, "How long it may take; bundled is the cnn of the package.", default="standard"),
]
EpochsOption = Annotated[
    int | None, option(RECIPE, "Passes over the images.", default=OF_RECIPE, min=1)
]
PatienceOption = Annotated[
    int | None,
    option(
        RECIPE,
        "End early after so many epochs without a better validation accuracy.",
        default="never",
        min=0,
    ),
]
BatchSizeOption = Annotated[int | None, option(RECIPE, "Images a step.", default=OF_RECIPE, min=1)]
LearningRateOption = Annotated[float | None, option(RECIPE, "Peak rate.", default=OF_RECIPE, min=0)]
SeedOption = Annotated[
    int | None,
    option(RECIPE, "Decides split, weights, order, distortion.", default="0", min=0, max=MAX_SEED),
]
SeedsOption = Annotated[
    str | None,
    option(
        RECIPE,
        "Train with each of these seeds, as 0,1,2, and tell mean and deviation.",
        default=False,
        metavar="A,B,...",
    ),
]
ChangesOption = Annotated[
    list[str] | None,
    option(
        RECIPE,
        "Any figure of the recipe; --settings explains them.",
        "--set",
        metavar="NAME=VALUE",
        autocompletion=complete_settings,
    ),
]
SettingsOption = Annotated[
    bool,
    option(
        RECIPE,
        "Explain what --set takes, with the recipe's values, and train nothing.",
        "--settings",
    ),
]
TrainingDataOption = Annotated[
    list[Path] | None,
    option(
        MODEL_AND_DATA,
        f"{KINDS} or in a folder of these for each writer; several are mixed, and each is"
        " at least a tenth of what is trained on (least_share).",
        "--data",
        default="mnist",
        envvar="MNIST_DATA",
        metavar="DATA",
    ),
]
BaseOption = Annotated[
    str | None,
    option(
        MODEL_AND_DATA,
        "Go on from a version's weights, for 8 epochs at a low rate if nothing else is asked for;"
        " network and images held out are its own.",
        "--from",
        default=False,
        metavar="VERSION",
        autocompletion=complete_versions,
    ),
]
LabelsOption = Annotated[
    Path | None,
    option(
        MODEL_AND_DATA,
        "Names of the ten classes, a line each or a JSON list, to be told in the place of digits.",
        default=False,
        metavar="FILE",
    ),
]
NoteOption = Annotated[
    str,
    option(
        OUTPUT,
        "What you want to remember of it; `models list` shows it.",
        default=False,
        metavar="TEXT",
    ),
]
TensorboardOption = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Write the curves there, in a folder for each run, for TensorBoard.",
        default=False,
        metavar="DIR",
    ),
]
PromoteOption = Annotated[
    bool,
    option(
        OUTPUT,
        "Let it read pictures from now on, as the champion, if it reads them better than what"
        " reads them now.",
        "--promote",
    ),
]
ResumeOption = Annotated[
    bool, option(RUN, "Go on with a run that was stopped or killed.", "--resume")
]
DistributeOption = Annotated[
    Distribute, option(RUN, "On one device, on all of this machine, or on the hosts in TF_CONFIG.")
]
