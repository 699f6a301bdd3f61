"""mnist plot."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from mnist_cli.cli import console
from mnist_cli.cli.options import (
    MODEL_AND_DATA,
    OUTPUT,
    ArtifactsOption,
    ForceOption,
    ModelHeadOption,
    ModelInputOption,
    ModelsOption,
    option,
)
from mnist_cli.core.choices import FigureFormat
from mnist_cli.core.errors import NotInstalledError, UsageError
from mnist_cli.core.models.conventions import UNKNOWN, Convention
from mnist_cli.reading.opening import open_classifier, open_network

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.figure import Figure


Kind = Literal[
    "history",
    "confusion",
    "samples",
    "errors",
    "calibration",
    "weights",
    "robustness",
    "embedding",
    "saliency",
    "compare",
]

WITHOUT_DATA = {"history", "weights", "compare"}
OF_THE_NETWORK = {"embedding", "saliency"}


DataOption = Annotated[
    str | None,
    option(
        MODEL_AND_DATA,
        "Test images to draw from, as for evaluate; mnist if left out.",
        default=False,
        envvar="MNIST_DATA",
    ),
]
OutputOption = Annotated[
    Path | None, option(OUTPUT, "The file; KIND.png if left out.", "--output", "-o", default=False)
]
FileFormatOption = Annotated[
    FigureFormat | None,
    option(OUTPUT, "By the output's suffix if left out.", "--format", default=False),
]


def plot(
    kind: Annotated[Kind, typer.Argument(help="Which figure.", show_default=False)],
    model: ModelsOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    data: DataOption = None,
    output: OutputOption = None,
    file_format: FileFormatOption = None,
    dpi: Annotated[int, option(OUTPUT, "Dots an inch of pictures in it.", min=50, max=600)] = 150,
    artifacts: ArtifactsOption = Path("artifacts"),
    force: ForceOption = False,
) -> None:
    """Draw one figure to a file.

    history: loss and accuracy by epoch. confusion: which digits are taken for which. samples: some
    images with what was read. errors: the mistakes that the model was surest of. calibration:
    whether confidence can be believed. weights: the first layer's weights as pictures.
    robustness: the error on MNIST-C's corruptions, and as digits are turned, scaled, moved, widened
    or speckled (half a minute). embedding: the last hidden layer in two dimensions. saliency: what
    in some digits speaks for and against the answer. compare: validation loss and accuracy of
    several versions by epoch.
    """
    if data and kind in WITHOUT_DATA:
        raise UsageError(f"`plot {kind}` draws the model alone, without --data.")
    convention = Convention(model_input, model_head)
    if convention != UNKNOWN and kind in WITHOUT_DATA:
        raise UsageError(f"`plot {kind}` reads nothing: leave --model-input and --model-head out.")
    if model and len(model) > 1 and kind != "compare":
        raise UsageError(f"`plot {kind}` draws one model. Received: {len(model)} times --model.")
    output = output or Path(f"{kind}.{file_format or 'png'}")
    inputs = [path for path in (data, *(model or ())) if path]
    suffix = check_figure(output, file_format, force=force, inputs=inputs)
    models = [str(reference) for reference in model or []]
    figure = _draw(kind, models, data, artifacts, convention)

    from mnist_cli.reporting.plots import style

    style.save(figure, output, suffix, dpi)
    console.result(console.printable(str(output)))


def check_figure(
    output: Path,
    file_format: FigureFormat | None = None,
    *,
    force: bool,
    inputs: "Iterable[str | Path]" = (),
) -> str:
    """Refuse a figure's path before the work for it starts, and return its format.

    Raises:
        UsageError: Its suffix is none of a figure's, or another than `file_format`.
        ConflictError: It exists, and `force` is off; or it is an input.
        StorageError: Its folder is missing or can't be written.
    """
    from mnist_cli.core.outputs import check_output

    suffix = output.suffix.lower().removeprefix(".")
    if suffix not in get_args(FigureFormat) or (file_format and suffix != file_format):
        wanted = f".{file_format}" if file_format else ".png, .svg or .pdf"
        raise UsageError(f"--output must end in {wanted}. Received: {str(output)!r}.")
    check_output(output, force=force, inputs=inputs)
    return suffix


def _draw(
    kind: Kind, models: list[str], data: str | None, artifacts: Path, convention: Convention
) -> "Figure":
    from mnist_cli.core.store import store
    from mnist_cli.reporting.plots import compare, history, weights

    model = models[0] if models else None
    if kind == "compare":
        return compare.compare(compare.find_versions(models, artifacts))
    if kind == "history":
        return history.history(store.find_version(model, artifacts))
    if kind == "weights":
        return weights.weights(*weights.open_weights(model, artifacts))
    draw = _draw_network if kind in OF_THE_NETWORK else _draw_answers
    return draw(kind, model, data or "mnist", artifacts, convention)


def _draw_answers(
    kind: Kind, model: str | None, data: str, artifacts: Path, convention: Convention
) -> "Figure":
    from mnist_cli.api.data import open_data
    from mnist_cli.evaluation import evaluate as evaluation
    from mnist_cli.reporting.plots import digits, quality, robustness

    figures = {
        "confusion": quality.confusion,
        "samples": digits.samples,
        "errors": digits.errors,
        "calibration": quality.calibration,
        "robustness": robustness.robustness,
    }
    result = evaluation.evaluate(
        open_classifier(model, artifacts, None, convention),
        open_data(data, "test"),
        with_robustness=kind == "robustness",
    )
    return figures[kind](result)


def _draw_network(
    kind: Kind, model: str | None, data: str, artifacts: Path, convention: Convention
) -> "Figure":
    if kind == "embedding" and find_spec("sklearn") is None:  # before the seconds of TensorFlow
        raise NotInstalledError("plot embedding", "scikit-learn", "embedding")
    from mnist_cli.api.data import open_data
    from mnist_cli.evaluation import evaluate as evaluation

    network = open_network(model, artifacts, convention)
    result = evaluation.evaluate(network, open_data(data, "test"))
    images = result.dataset.images
    if kind == "embedding":
        from mnist_cli.reporting.plots import embedding

        chosen = embedding.embedded_samples(result)
        return embedding.embedding(result, chosen, network.last_hidden(images[chosen]))
    from mnist_cli.reporting.plots import saliency

    chosen = saliency.explained_samples(result)
    attributions = network.attributions(images[chosen], result.predictions[chosen])
    return saliency.saliency(result, chosen, attributions)
