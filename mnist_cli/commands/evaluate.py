"""mnist evaluate."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnist_cli import console
from mnist_cli.commands.opening import open_classifier, open_data
from mnist_cli.core.errors import ExitCode
from mnist_cli.options import ArtifactsOption, DataOption, ForceOption, JsonOption, ModelOption

if TYPE_CHECKING:
    from mnist_cli.evaluation import Evaluation


def evaluate(
    model: ModelOption = None,
    data: DataOption = "mnist",
    artifacts: ArtifactsOption = Path("artifacts"),
    report: Annotated[
        Path | None,
        typer.Option(file_okay=False, help="Write a Markdown report with its pictures there."),
    ] = None,
    min_accuracy: Annotated[
        float | None,
        typer.Option(min=0, max=1, help="Exit with code 7 under this accuracy, a fraction."),
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on the 10,000 test images, or on other data."""
    from mnist_cli import evaluation, store
    from mnist_cli.core.files import check_output

    if report:
        check_output(report / "report.md", force=force, make_folder=True)
    result = evaluation.evaluate(open_classifier(model, artifacts), open_data(data, "test"))
    if data == "mnist":
        store.record_test_accuracy(artifacts, result.model, result.accuracy)
    if report:
        from mnist_cli.report import write_report

        console.note(f"report: {console.printable(str(write_report(result, report)))}")
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

    low, high = result.interval
    console.result(
        f"accuracy  {100 * result.accuracy:.2f} %  (95 % interval {100 * low:.2f} to"
        f" {100 * high:.2f} %)  {result.errors} errors in {len(result.dataset):,} images"
    )
    console.result(
        f"nll {result.nll:.4f}   Brier {result.brier:.4f}   calibration error"
        f" {100 * result.ece:.2f} %"
    )
    classes = Table("digit", "precision", "recall", "F1", "images", title="Per digit")
    for row in result.per_class:
        shares = (f"{100 * share:.2f} %" for share in (row.precision, row.recall, row.f1))
        classes.add_row(row.label, *shares, str(row.support))
    console.result_rich(classes)
    digits = [str(digit) for digit in range(10)]
    confusion = Table("true", *digits, title="Confusion (columns: what was read)")
    for digit, counts in zip(digits, result.confusion, strict=True):
        confusion.add_row(digit, *(str(count) if count else "" for count in counts))
    console.result_rich(confusion)
    if result.confused:
        pairs = (f"{true} as {guess}: {count}" for true, guess, count in result.confused[:8])
        console.result("most confused  " + "   ".join(pairs))
