"""An evaluation's report in two forms, from `templates/`: one HTML file, and Markdown.

Jinja2 escapes in HTML whatever a user or a file supplied; in Markdown the filter `plain` does.
"""

import re
from functools import cache
from html import escape
from typing import Any

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from mnist_cli.core.calibration import reliability
from mnist_cli.core.store.versions import Version
from mnist_cli.core.text import interval_words
from mnist_cli.evaluation.corruptions import corrupted
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.robustness import SEED, Robustness
from mnist_cli.reporting.card import INTENDED, NOT_INTENDED, Card
from mnist_cli.reporting.pictures import digit_uri, svg_uri
from mnist_cli.reporting.plots import digits, history, quality, robustness, weights
from mnist_cli.reporting.plots.style import evaluation_caption

MISTAKES_SHOWN = 40


def to_html(result: Evaluation, card: Card, version: Version | None) -> str:
    """Return the page.

    Args:
        result: What was measured.
        card: The model's card.
        version: The version that was measured; None for a model's file of the user's.

    Raises:
        ModelError: A file of the version is not what was published.
    """
    errors = result.confusion.copy()
    np.fill_diagonal(errors, 0)  # only errors are shaded, or the diagonal would drown them
    context = _shared(result, card) | {
        "interval": interval_words(*result.interval),
        "measures": _measures(result),
        "mistakes": result.wrong[:MISTAKES_SHOWN],
        "samples": digits.chosen_samples(result),
        "most_confused": max(1, int(errors.max())),
        "calibration": quality.calibration(result),
        "reliability": _reliability(result),
        "uri": digit_uri,
        "svg": svg_uri,
    }
    if measured := result.robustness:
        digit = result.dataset.images[:1]
        context |= {
            "families": [(n, rate, corrupted(digit, n, SEED)[0]) for n, rate in measured.by_error],
            "sweeps": {one.name: robustness.sweep(one, digit) for one in measured.curves},
        }
    if version:
        context["holds_out"] = version.manifest["metrics"]["val_accuracy"] is not None
        context["history"] = history.history(version, columns=1)
        context["weights"] = weights.weights(*weights.version_weights(version))
    return _templates().get_template("report.html").render(context)


def to_markdown(result: Evaluation, card: Card, figures: dict[str, str]) -> str:
    """Return the report's text.

    Args:
        result: What was measured.
        card: The model's card.
        figures: Names of the figures' files, without `.png`, and their titles.
    """
    low, high = result.interval
    names = result.class_names
    context = _shared(result, card)
    context |= {
        "summary": {
            "accuracy": percent(result.accuracy),
            "95 % Wilson interval": f"{percent(low)} to {percent(high)}",
            "errors": f"{result.errors} of {len(result.dataset):,}",
            "negative log-likelihood": f"{result.nll:.4f} nats",
            "Brier score": f"{result.brier:.4f}",
            "expected calibration error": percent(result.ece),
        },
        "per_class": [(plain(label), *measures) for label, *measures in context["per_class"]],
        "confused": [(plain(names[true]), plain(names[g]), n) for true, g, n in result.confused],
        "figures": figures,
    }
    if measured := result.robustness:
        rates = [(plain(name), rate.error, rate.interval) for name, rate in measured.by_error]
        rates.append(("**mean**", measured.mean_error, measured.interval))
        context["families"] = [
            (name, percent(error), bounds(interval), times(error, measured))
            for name, error, interval in rates
        ]
    return _templates().get_template("report.md").render(context)


def percent(share: float, places: int = 2) -> str:
    """Return a share, in [0, 1], in percent."""
    return f"{100 * share:.{places}f} %"


def bounds(interval: tuple[float, float]) -> str:
    """Return an interval of shares in percent."""
    return " to ".join(f"{100 * bound:.2f}" for bound in interval) + " %"


def times(error: float, measured: Robustness) -> str:
    """Return how many times the clean error this is; empty where that is 0."""
    ratio = measured.relative(error)
    return "" if ratio is None else f"{ratio:.1f}"


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is, whatever it holds."""
    return re.sub(r"([\\`*_{}\[\]|~$!#])", r"\\\1", escape(" ".join(text.split())))


def _share(value: float, families: list[tuple[str, Any, Any]]) -> str:
    """Return how long a bar is, of the longest that is drawn."""
    return f"{100 * value / max(rate.interval[1] for _, rate, _ in families):.1f}%"


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("mnist_cli.reporting"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters |= {
        "percent": percent,
        "bounds": bounds,
        "times": times,
        "share": _share,
        "plain": plain,
        "spaced": lambda name: name.replace("_", " "),
        "unbroken": lambda words: words.replace(" %", "\N{NO-BREAK SPACE}%"),
    }
    return made


def _shared(result: Evaluation, card: Card) -> dict[str, Any]:
    """Return what both forms tell."""
    measured = result.robustness
    return {
        "result": result,
        "card": card,
        "measured": measured,
        "history": None,
        "names": result.class_names,
        "intended": INTENDED,
        "not_intended": NOT_INTENDED,
        "caption": evaluation_caption(result),
        "per_class": [
            (r.label, percent(r.recall), percent(r.precision), percent(r.f1), r.support)
            for r in result.per_class
        ],
        "swept": [
            (
                f"{curve.name.replace('_', ' ')} {at:g} {curve.unit}",
                percent(rate.error),
                bounds(rate.interval),
            )
            for curve in (measured.curves if measured else ())
            for at, rate in curve.points
        ],
    }


def _measures(result: Evaluation) -> dict[str, str]:
    measures = {
        "errors": f"{result.errors:,}",
        "images": f"{len(result.dataset):,}",
        "calibration error": percent(result.ece),
        "neg. log-likelihood": f"{result.nll:.4f}",
        "Brier score": f"{result.brier:.4f}",
    }
    if result.robustness:
        measures["error on MNIST-C"] = percent(result.robustness.mean_error)
    return measures


def _reliability(result: Evaluation) -> list[tuple[str, ...]]:
    """Return accuracy and confidence in bins of confidence."""
    return [
        (
            f"{100 * row.low:.0f} to {100 * row.high:.0f} %",
            f"{row.count:,}",
            percent(row.confidence, 1),
            percent(row.accuracy, 1),
        )
        for row in reliability(result.probabilities, result.dataset.labels)
        if row.count
    ]
