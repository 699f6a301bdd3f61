"""Write an evaluation's report: one HTML file, and Markdown with its pictures."""

from pathlib import Path

from mnist_cli.core.files import write_bytes
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.reporting.card import make_card
from mnist_cli.reporting.plots import digits, quality, robustness, style
from mnist_cli.reporting.report import to_html, to_markdown

FIGURES = {
    "confusion": ("Confusion", quality.confusion),
    "errors": ("Most confident mistakes", digits.errors),
    "calibration": ("Calibration", quality.calibration),
    "samples": ("Samples", digits.samples),
}


def write_report(result: Evaluation, folder: Path, version: Version | None) -> Path:
    """Write `report.html`, and `report.md` with its figures.

    Args:
        result: What was measured.
        folder: An existing folder; its files of the same names are replaced.
        version: The version that was measured; None for a model's file of the user's.

    Returns:
        The path of `report.html`.

    Raises:
        ModelError: A file of the version is not what was published.
        StorageError: The disk is full, or the folder can't be written.
    """
    figures = dict(FIGURES)
    if result.robustness:
        figures["robustness"] = ("Robustness", robustness.robustness)
    for name, (_, draw) in figures.items():
        style.save(draw(result), folder / f"{name}.png", "png")
    card = make_card(result, version)
    titles = {name: title for name, (title, _) in figures.items()}
    _write_text(folder / "report.md", to_markdown(result, card, titles))
    path = folder / "report.html"
    _write_text(path, to_html(result, card, version))
    return path


def _write_text(path: Path, text: str) -> None:
    """Write UTF-8; a path may hold what is none, which is then escaped."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))
