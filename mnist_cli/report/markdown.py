"""An evaluation as a Markdown report with its pictures."""

from pathlib import Path

from mnist_cli import plots
from mnist_cli.core.files import write_bytes
from mnist_cli.evaluation import Evaluation

FIGURES = {
    "confusion": ("Confusion", plots.confusion),
    "errors": ("Most confident mistakes", plots.errors),
    "calibration": ("Calibration", plots.calibration),
    "samples": ("Samples", plots.samples),
}


def write_report(result: Evaluation, folder: Path) -> Path:
    """Write `report.md` and its figures.

    Args:
        result: What was measured.
        folder: An existing folder; its files of the same names are replaced.

    Returns:
        The path of `report.md`.

    Raises:
        StorageError: The disk is full, or the folder can't be written.
    """
    for name, (_, draw) in FIGURES.items():
        plots.save(draw(result), folder / f"{name}.png", "png")
    path = folder / "report.md"
    write_bytes(path, to_markdown(result).encode())
    return path


def to_markdown(result: Evaluation) -> str:
    """Return the report's text."""
    low, high = result.interval
    name = f"version {result.model['version']}" if result.model["version"] else "a model file"
    figures = [f"## {title}\n\n![{title}]({file}.png)\n" for file, (title, _) in FIGURES.items()]
    classes = [
        f"| {r.label} | {r.precision:.4f} | {r.recall:.4f} | {r.f1:.4f} | {r.support} |"
        for r in result.per_class
    ]
    confused = [f"| {true} | {guess} | {count} |" for true, guess, count in result.confused]
    lines = [
        f"# Evaluation of {name}",
        "",
        "| measure | value |",
        "| --- | --- |",
        f"| accuracy | {100 * result.accuracy:.2f} % |",
        f"| 95 % Wilson interval | {100 * low:.2f} % to {100 * high:.2f} % |",
        f"| errors | {result.errors} of {len(result.dataset):,} |",
        f"| negative log-likelihood | {result.nll:.4f} nats |",
        f"| Brier score | {result.brier:.4f} |",
        f"| expected calibration error | {100 * result.ece:.2f} % |",
        "",
        "## Per digit",
        "",
        "| digit | precision | recall | F1 | images |",
        "| --- | --- | --- | --- | --- |",
        *classes,
        "",
        "## Most frequent confusions",
        "",
        "| true | read as | count |",
        "| --- | --- | --- |",
        *confused,
        "",
        *figures,
        "---",
        "",
        f"Model sha256 `{result.model['sha256']}`; data sha256 `{result.dataset.sha256}`.",
        "",
        plots.evaluation_caption(result),
    ]
    return "\n".join(lines) + "\n"
