"""What all figures share: readable without colour, for paper and screen; each says what made it.

`Figure` objects are built directly, so no display and no global state is needed. Colours are
Okabe and Ito's, which colour-blind people tell apart; a mark or a hatch says the same again.
"""

import textwrap
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

import mnist_cli
from mnist_cli.core.files import replacing
from mnist_cli.core.store.versions import Version
from mnist_cli.core.text import printable
from mnist_cli.evaluation.evaluate import Evaluation

BLUE, GREEN, ORANGE, VERMILION = "#0072B2", "#009E73", "#E69F00", "#D55E00"
TOL_MUTED = (  # Paul Tol's muted scheme, for more classes than that; a label says the same again
    *("#332288", "#CC6677", "#117733", "#88CCEE", "#882255", "#999933", "#44AA99", "#AA4499"),
    *("#DDCC77", "#555555"),
)
DPI = 150
COLUMNS = 8  # of a sheet of small pictures
NARROWEST, SIDE, LARGEST_SIDE = 5.0, 1.075, 1.8  # inches: a figure, and a small picture in it
TITLE_LETTER = 0.088  # inches, how wide a letter of a title is on average

STYLE: Any = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "legend.frameon": False,
    "svg.hashsalt": "mnist",  # the same figure gives the same file
    "text.parse_math": False,  # a path may hold dollars
}


def caption(model: Mapping[str, str | None], data: str) -> str:
    """Return the line under each figure: model, data, tool.

    Args:
        model: `version` and `sha256` of the model, as records have them.
        data: The data's name, split and digest in words.
    """
    return signed(model_name(model), data)


def signed(*made_of: str) -> str:
    """Return a caption that says what a figure was made of, and by which tool."""
    return printable(" · ".join([*made_of, f"mnist-cli {mnist_cli.__version__}"]))


def evaluation_caption(result: Evaluation) -> str:
    """Return the caption of a figure made from an evaluation."""
    data = result.dataset
    return caption(result.model, f"{data.name} {data.split} ({data.sha256[:8]}), n = {len(data):,}")


def model_name(model: Mapping[str, str | None]) -> str:
    """Return how captions call a model, by its version and digest."""
    version = f"model {model['version']}" if model["version"] else "model file"
    return f"{version} ({str(model['sha256'])[:8]})"


@rc_context(STYLE)
def save(figure: Figure, path: Path, file_format: str, dpi: int = DPI) -> None:
    """Write a figure as `png`, of so many dots an inch, `svg` or `pdf`, whole or not at all.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    undated = {"pdf": {"CreationDate": None}, "svg": {"Date": None}}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph")  # a path may hold letters the font has not
        with replacing(path) as made:
            figure.savefig(made, format=file_format, dpi=dpi, metadata=undated.get(file_format))


def new_figure(
    foot: str, rows: int, columns: int, size: tuple[float, float], **options: Any
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure with its caption, and its axes, row by row."""
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False, **options)
    put_foot(figure, foot)
    return figure, np.asarray(grid).reshape(-1)


def new_sheet(
    foot: str, count: int, beside: float, below: float = 0.0
) -> tuple[Figure, NDArray[Any]]:
    """Return a figure for small pictures side by side, no larger than they need, and its axes.

    Args:
        foot: The caption.
        count: How many pictures there are.
        beside: Inches that the words over and under each take.
        below: Inches that something under all of them takes.
    """
    columns = min(max(count, 1), COLUMNS)
    rows = max(1, -(-count // columns))
    width = max(NARROWEST, SIDE * columns)
    height = rows * (min(width / columns, LARGEST_SIDE) + beside) + 0.7 + below
    figure, axes = new_figure(foot, rows, columns, (width, height))
    for ax in axes[count:]:
        ax.axis("off")
    return figure, axes


def put_title(figure: Figure, title: str) -> None:
    """Write what a figure is over it, in as many lines as its width asks for."""
    letters = int(figure.get_figwidth() / TITLE_LETTER)
    figure.suptitle(textwrap.fill(title, letters), x=0.02, ha="left")


def described(version: Version) -> str:
    """Return what a figure calls a version: network, recipe, seed, and what it reached."""
    config, metrics = version.manifest["config"], version.manifest["metrics"]
    accuracy = metrics["val_accuracy"]
    reached = "nothing held out, the weights" if accuracy is None else f"{100 * accuracy:.2f} %"
    return (
        f"{version.name}: {config['model']['arch']}/{config['recipe']}, seed {config['seed']},"
        f" {reached} at epoch {metrics['chosen_epoch']}"
    )


def put_foot(figure: Figure, foot: str) -> None:
    """Write the caption under a figure."""
    figure.supxlabel(foot, size=6.5, color="0.4", x=0.01, ha="left")
