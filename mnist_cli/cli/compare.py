"""mnist models compare."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli.cli import console
from mnist_cli.cli.options import (
    OUTPUT,
    ArtifactsOption,
    DataOption,
    ForceOption,
    JsonOption,
    complete_versions,
    option,
)
from mnist_cli.cli.plot import check_figure
from mnist_cli.reading.opening import open_classifier

if TYPE_CHECKING:
    from mnist_cli.evaluation.compare import Comparison, Side

REFERENCE = "A number, an alias, a version's folder, or a model of yours as for evaluate."


def compare(
    a: Annotated[
        str,
        typer.Argument(
            metavar="A", help=REFERENCE, show_default=False, autocompletion=complete_versions
        ),
    ],
    b: Annotated[
        str,
        typer.Argument(
            metavar="B", help="Another, as A.", show_default=False, autocompletion=complete_versions
        ),
    ],
    data: DataOption = "mnist",
    artifacts: ArtifactsOption = Path("artifacts"),
    output: Annotated[
        Path | None,
        option(OUTPUT, "Draw the digits on which they differ.", "--output", "-o", default=False),
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two models on the same images, and say what may be concluded."""
    file_format = check_figure(output, force=force) if output else ""
    from mnist_cli.api.data import open_data
    from mnist_cli.evaluation import compare as comparison

    result = comparison.compare(
        open_classifier(a, artifacts), open_classifier(b, artifacts), open_data(data, "test")
    )
    if output:
        from mnist_cli.reporting.plots import digits, style

        style.save(digits.differences(result), output, file_format)
        console.note(f"figure: {console.printable(str(output))}")
    if as_json:
        console.result_json(result.to_record())
    else:
        _show(result)


def _show(result: "Comparison") -> None:
    columns = [
        ["", "model", "accuracy", "95 % interval", "errors", "file", "speed"],
        ["A", *_figures(result.a)],
        ["B", *_figures(result.b)],
    ]
    console.result_table(*zip(*columns, strict=True))
    console.result(
        f"\nof {len(result.dataset):,} images  wrong by A alone {result.only_a_wrong},"
        f" by B alone {result.only_b_wrong}, by both {result.both_wrong}"
    )
    console.result(f"{result.conclusion}\n")
    rows = []
    for row in result.to_record()["per_class"]:
        change = row["errors_b"] - row["errors_a"]
        counts = f"{row['support']:>6,}", f"{row['errors_a']:>8}", f"{row['errors_b']:>8}"
        rows.append([row["label"], *counts, f"{change:>+6}" if change else ""])
    console.result_table(["digit", "images", "errors A", "errors B", "change"], *rows)


def _figures(side: "Side") -> list[str]:
    evaluation = side.evaluation
    low, high = evaluation.interval
    model = evaluation.model
    return [
        f"{model['version'] or 'file'} ({str(model['sha256'])[:8]})",
        f"{100 * evaluation.accuracy:.2f} %",
        f"{100 * low:.2f} to {100 * high:.2f} %",
        f"{evaluation.errors}",
        f"{side.size_bytes:,} bytes",
        f"{side.images_per_s:,.0f} images/s",
    ]
