"""The report's tables as HTML."""

from collections.abc import Iterable
from html import escape

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import metrics
from mnist_cli.evaluation.corruptions import corrupted
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.robustness import SEED, Robustness
from mnist_cli.reporting.pictures import digit_uri


def table(caption: str, head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """Return a table of texts, whose first column names the rows."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    lines = []
    for first, *rest in rows:
        cells = "".join(f"<td>{escape(str(cell))}</td>" for cell in rest)
        lines.append(f'<tr><th scope="row">{escape(str(first))}</th>{cells}</tr>')
    return _framed(caption, names, lines, "plain")


def facts(entries: dict[str, str]) -> str:
    """Return names and values as a list of terms."""
    pairs = (
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in entries.items()
    )
    return f"<dl>{''.join(pairs)}</dl>"


def confusion(result: Evaluation) -> str:
    """Return the confusion matrix; only errors are shaded, or the diagonal would drown them."""
    errors = result.confusion.copy()
    np.fill_diagonal(errors, 0)
    most = max(1, int(errors.max()))
    lines = []
    names = result.class_names
    for true, counts in enumerate(result.confusion):
        cells = []
        for guess, count in enumerate(counts):
            shade = f' class="hit" style="--share:{count / most:.2f}"' if count else ""
            cells.append(f"<td{' class=right' if guess == true else shade}>{count or ''}</td>")
        lines.append(f'<tr><th scope="row">{escape(names[true])}</th>{"".join(cells)}</tr>')
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    caption = "Rows: the true digit. Columns: what was read."
    return _framed(caption, f"<td></td>{heads}", lines, "matrix")


def per_class(result: Evaluation) -> str:
    """Return precision, recall and F1 of each digit."""
    rows = (
        (r.label, *(f"{100 * share:.2f} %" for share in (r.recall, r.precision, r.f1)), r.support)
        for r in result.per_class
    )
    return table("Per digit", ("digit", "recall", "precision", "F1", "images"), rows)


def reliability(result: Evaluation) -> str:
    """Return accuracy and confidence in bins of confidence."""
    bins = metrics.reliability(result.probabilities, result.dataset.labels)
    rows = (
        (
            f"{100 * row.low:.0f} to {100 * row.high:.0f} %",
            f"{row.count:,}",
            f"{100 * row.confidence:.1f} %",
            f"{100 * row.accuracy:.1f} %",
        )
        for row in bins
        if row.count
    )
    return table("Calibration", ("confidence", "images", "mean", "right"), rows)


def families(measured: Robustness, digit: NDArray[np.uint8]) -> str:
    """Return the error on each corruption, with a digit that has it.

    Args:
        measured: The errors.
        digit: (1, 28, 28) uint8.
    """
    most = max(rate.interval[1] for rate in measured.families.values())
    lines = []
    for name, rate in measured.by_error:
        shares = zip(("error", "low", "high"), (rate.error, *rate.interval), strict=True)
        places = ";".join(f"--{key}:{100 * share / most:.1f}%" for key, share in shares)
        picture = digit_uri(corrupted(digit, name, SEED)[0])
        lines.append(
            f'<tr><th scope="row"><img class="ink" src="{picture}" alt="" width="28" height="28">'
            f"{escape(name.replace('_', ' '))}</th>"
            f'<td class="bar" style="{places}"><i></i></td>'
            + _rate(measured, rate.error, rate.interval)
        )
    mean = _rate(measured, measured.mean_error, measured.interval)
    lines.append(f'<tr class="sum"><th scope="row">mean</th><td class="bar"></td>{mean}')
    heads = ("corruption", "", "error", "95 % interval", "× clean")
    names = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in heads)
    return _framed("MNIST-C, the worst first", names, lines, "families")


def sweeps(measured: Robustness) -> str:
    """Return the error at each strength."""
    rows = (
        (
            f"{curve.name.replace('_', ' ')} {at:g} {curve.unit}",
            f"{100 * rate.error:.2f} %",
            " to ".join(f"{100 * bound:.2f}" for bound in rate.interval) + " %",
        )
        for curve in measured.curves
        for at, rate in curve.points
    )
    return table("Sweeps", ("change", "error", "95 % interval"), rows)


def _rate(measured: Robustness, error: float, interval: tuple[float, float]) -> str:
    bounds = " to ".join(f"{100 * bound:.2f}" for bound in interval)
    times = measured.relative(error)
    ratio = f"{times:.1f}" if times is not None else "–"
    return f'<td>{100 * error:.2f} %</td><td class="wide">{bounds} %</td><td>{ratio}</td></tr>'


def _framed(caption: str, head: str, lines: Iterable[str], css: str) -> str:
    return (
        f'<table class="{css}"><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    )
