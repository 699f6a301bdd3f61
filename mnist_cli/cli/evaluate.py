"""mnist evaluate."""

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
    ModelHeadOption,
    ModelInputOption,
    ModelOption,
    option,
)
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.models.conventions import Convention
from mnist_cli.core.text import interval_words

if TYPE_CHECKING:
    from mnist_cli.evaluation.evaluate import Evaluation
    from mnist_cli.evaluation.robustness import Robustness

MEASURE = "What is measured"


ReportOption = Annotated[
    Path | None,
    option(
        OUTPUT,
        "Write report.html, which holds all in one file, and report.md with pictures.",
        file_okay=False,
    ),
]
RobustnessOption = Annotated[
    bool,
    option(
        MEASURE,
        "Measure on MNIST-C's corruptions too, and as digits are turned, scaled, moved,"
        " widened or speckled.",
        "--robustness",
    ),
]
MinAccuracyOption = Annotated[
    float | None, option(MEASURE, "Exit with code 7 under this accuracy, a fraction.", min=0, max=1)
]


def evaluate(
    model: ModelOption = None,
    model_input: ModelInputOption = None,
    model_head: ModelHeadOption = None,
    data: DataOption = "mnist",
    artifacts: ArtifactsOption = Path("artifacts"),
    report: ReportOption = None,
    robustness: RobustnessOption = False,
    min_accuracy: MinAccuracyOption = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on the 10,000 test images, or on other data."""
    from mnist_cli.api.evaluate import measure
    from mnist_cli.core.outputs import check_output
    from mnist_cli.core.store import store

    if report:
        for name in ("report.html", "report.md"):
            check_output(report / name, force=force, make_folder=True)
    found = store.resolve(model, artifacts)
    convention = Convention(model_input, model_head)
    result = measure(found, data, artifacts, convention, robustness=robustness)
    if report:
        from mnist_cli.reporting.write import write_report

        path = write_report(result, report, found.version)
        console.note(f"report: {console.printable(str(path))}")
    if as_json:
        console.result_json(result.to_record())
    else:
        _show(result)
    if min_accuracy is not None and result.accuracy < min_accuracy:
        console.note(
            f"error: Accuracy {result.accuracy:.4f} is under --min-accuracy {min_accuracy:g}."
        )
        raise typer.Exit(ExitCode.THRESHOLD)


def _show(result: "Evaluation") -> None:
    from rich.table import Table

    console.result(
        f"accuracy  {100 * result.accuracy:.2f} %  ({interval_words(*result.interval)})"
        f"  {result.errors} errors in {len(result.dataset):,} images"
    )
    console.result(
        f"nll {result.nll:.4f}   Brier {result.brier:.4f}   calibration error"
        f" {100 * result.ece:.2f} %"
    )
    classes = Table("class", "precision", "recall", "F1", "images", title="Per class")
    for row in result.per_class:
        shares = (f"{100 * share:.2f} %" for share in (row.precision, row.recall, row.f1))
        classes.add_row(row.label, *shares, str(row.support))
    console.result_rich(classes)
    names = result.class_names
    confusion = Table("true", *names, title="Confusion (columns: what was read)")
    for name, counts in zip(names, result.confusion, strict=True):
        confusion.add_row(name, *(str(count) if count else "" for count in counts))
    console.result_rich(confusion)
    if result.confused:
        pairs = (
            f"{names[true]} as {names[guess]}: {count}"
            for true, guess, count in result.confused[:8]
        )
        console.result("most confused  " + "   ".join(pairs))
    if result.robustness:
        _show_robustness(result.robustness)


def _show_robustness(measured: "Robustness") -> None:
    from rich.table import Table

    def row(name: str, error: float, interval: tuple[float, float]) -> list[str]:
        bounds = " to ".join(f"{100 * bound:.2f}" for bound in interval)
        times = measured.relative(error)
        return [
            name,
            f"{100 * error:.2f} %",
            f"{bounds} %",
            "" if times is None else f"{times:.1f}×",
        ]

    families = Table("corruption", "error", "95 % interval", "of clean", title="MNIST-C")
    for name, rate in measured.by_error:
        families.add_row(*row(name, rate.error, rate.interval))
    families.add_section()
    families.add_row(*row("mean", measured.mean_error, measured.interval))
    console.result_rich(families)
    for curve in measured.curves:
        points = (f"{at:g}: {100 * rate.error:.2f} %" for at, rate in curve.points)
        console.result(f"{curve.name} ({curve.unit})  " + "   ".join(points))
