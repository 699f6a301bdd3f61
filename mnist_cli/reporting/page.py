"""An evaluation as one HTML file that asks nobody for anything: no script, font or picture.

What a user or a file supplied goes through `html.escape`.
"""

from dataclasses import dataclass
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.text import interval_words
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.robustness import Robustness
from mnist_cli.reporting import figures, tables
from mnist_cli.reporting.card import INTENDED, NOT_INTENDED, Card
from mnist_cli.reporting.plots.digits import chosen_samples
from mnist_cli.reporting.plots.style import evaluation_caption

STYLE = Path(__file__).with_name("style.css")
MISTAKES_SHOWN = 40
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True)
class Training:
    """What a version tells of how it came about.

    Attributes:
        history: The rows of its `history.csv`.
        chosen_epoch: The epoch whose weights were kept.
        kernels: (U, H, W) float32, the first layer's weights.
    """

    history: list[dict[str, float]]
    chosen_epoch: int
    kernels: NDArray[np.float32]


def to_html(result: Evaluation, card: Card, training: Training | None) -> str:
    """Return the page.

    Args:
        result: What was measured.
        card: The model's card.
        training: None for a model's file of the user's.
    """
    title = escape(f"Evaluation of {card.title}")
    sections = [
        _card(card),
        _mistakes(result),
        _confusion(result),
        _calibration(result),
        _robustness(result.robustness, result) if result.robustness else "",
        _training(training) if training else "",
        _samples(result),
        _origin(card),
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f'<link rel="icon" href="data:,">\n<title>{title} · mnist</title>\n'
        f"<style>\n{STYLE.read_text()}</style>\n</head>\n<body>\n{_hero(result, card)}\n<main>\n"
        + "\n".join(filter(None, sections))
        + f"\n</main>\n<footer>{escape(evaluation_caption(result))}</footer>\n"
        "</body>\n</html>\n"
    )


def _hero(result: Evaluation, card: Card) -> str:
    lead = f"read right. {interval_words(*result.interval)}."
    measures = {
        "errors": f"{result.errors:,}",
        "images": f"{len(result.dataset):,}",
        "calibration error": f"{100 * result.ece:.2f} %",
        "neg. log-likelihood": f"{result.nll:.4f}",
        "Brier score": f"{result.brier:.4f}",
    }
    if result.robustness:
        measures["error on MNIST-C"] = f"{100 * result.robustness.mean_error:.2f} %"
    return (
        f'<header><p class="brand">mnist</p><h1>Evaluation of <bdi>{escape(card.title)}</bdi></h1>'
        f'<p class="number">{100 * result.accuracy:.2f}<span> %</span></p>'
        f'<p class="lead">{_unbroken(lead)}</p>'
        f'<div class="measures">{tables.facts(measures)}</div></header>'
    )


def _section(name: str, title: str, words: str, content: str) -> str:
    """Return a section: its title and words, HTML already, beside its content."""
    return (
        f'<section id="{name}" aria-labelledby="{name}-title"><div class="words">'
        f'<h2 id="{name}-title">{title}</h2>{_unbroken(words)}</div>'
        f'<div class="sheet">{content}</div></section>'
    )


def _card(card: Card) -> str:
    weaknesses = "".join(
        f"<li><b>{escape(name)}</b> {_unbroken(escape(words))}</li>"
        for name, words in card.weaknesses.items()
    )
    content = (
        f"<h3>For</h3><p>{INTENDED}</p><h3>Not for</h3><p>{NOT_INTENDED}</p>"
        f'<h3>Known weaknesses</h3><ul class="weaknesses">{weaknesses}</ul>'
    )
    return _section("card", "Model card", "<p>What to know before relying on it.</p>", content)


def _mistakes(result: Evaluation) -> str:
    if not result.errors:
        return ""
    chosen = result.wrong[:MISTAKES_SHOWN]
    which = "All, the surest first" if len(chosen) == result.errors else "Those it was surest of"
    words = (
        f"<p>{which}: what the model read, what is true, and how sure it was."
        f" {len(chosen)} of {result.errors:,}.</p>"
    )
    return _section("mistakes", "Mistakes", words, figures.digits(result, chosen))


def _confusion(result: Evaluation) -> str:
    names = [escape(name) for name in result.class_names]
    pairs = "".join(
        f"<li><b>{names[true]}</b> read as <b>{names[guess]}</b> <span>{count}</span></li>"
        for true, guess, count in result.confused[:6]
    )
    words = "<p>Which digits are taken for which. The darker, the more often.</p>"
    words += f'<ol class="pairs">{pairs}</ol>' if pairs else ""
    content = tables.confusion(result) + tables.per_class(result)
    return _section("confusion", "Confusion", words, content)


def _calibration(result: Evaluation) -> str:
    words = (
        "<p>Whether confidence can be believed: of the images of which the model was so sure, this"
        " share was read right. Bars are 95 % intervals.</p>"
    )
    charts = f'<div class="charts">{figures.calibration(result)}</div>'
    content = charts + _details("The numbers", tables.reliability(result))
    return _section("calibration", "Calibration", words, content)


def _robustness(measured: Robustness, result: Evaluation) -> str:
    digit = result.dataset.images[:1]
    n = measured.curves[0].points[0][1].n
    words = (
        "<p>All images made worse in the fifteen ways of MNIST-C, and some by strengths from none"
        f" (the dashed line) to too much ({n:,} images, scale of powers, 95 % intervals).</p>"
    )
    curves = "".join(figures.sweep(curve, digit) for curve in measured.curves)
    content = f'{tables.families(measured, digit)}<div class="charts">{curves}</div>' + _details(
        "The numbers of the curves", tables.sweeps(measured)
    )
    return _section("robustness", "Robustness", words, content)


def _training(training: Training) -> str:
    words = (
        '<p>Loss and accuracy by epoch: <b class="line">on the images held out</b>, and'
        ' <b class="other">on the distorted ones</b> it learnt from. Dashed: the epoch whose'
        " weights were kept.</p><p>Below, what the first layer looks for: blue speaks for a unit,"
        " orange against.</p>"
    )
    charts = figures.history(training.history, training.chosen_epoch)
    content = f'<div class="charts">{charts}</div>{figures.weights(training.kernels)}'
    return _section("training", "Training", words, content)


def _samples(result: Evaluation) -> str:
    words = "<p>Some images, chosen by chance, mistakes among them.</p>"
    chosen = chosen_samples(result)
    return _section("samples", "Samples", words, figures.digits(result, chosen))


def _origin(card: Card) -> str:
    link = (
        f' <a href="{card.licence_url}" rel="license">{card.licence_url}</a>'
        if card.licence_url
        else ""
    )
    content = (
        f"<h3>The model</h3>{tables.facts(card.model)}<h3>The data</h3>{tables.facts(card.data)}"
        f"<h3>Licence of the data</h3><p>{escape(card.licence)}{link}</p>"
    )
    return _section("origin", "Origin", "<p>What made these numbers.</p>", content)


def _details(summary: str, content: str) -> str:
    return f"<details><summary>{summary}</summary>{content}</details>"


def _unbroken(words: str) -> str:
    """Keep a number and its % on one line."""
    return words.replace(" %", "&nbsp;%")
