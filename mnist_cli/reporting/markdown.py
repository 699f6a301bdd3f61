"""An evaluation as Markdown."""

import re
from collections.abc import Iterable
from html import escape

from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.robustness import Robustness
from mnist_cli.reporting.card import INTENDED, NOT_INTENDED, Card
from mnist_cli.reporting.plots.style import evaluation_caption


def to_markdown(result: Evaluation, card: Card, figures: dict[str, str]) -> str:
    """Return the report's text.

    Args:
        result: What was measured.
        card: The model's card.
        figures: Names of the figures' files, without `.png`, and their titles.
    """
    parts = [
        f"# Evaluation of {plain(card.title)}\n",
        _summary(result),
        _model_card(card),
        "## Per digit\n",
        table(
            ("digit", "precision", "recall", "F1", "images"),
            (
                (
                    plain(r.label),
                    f"{r.precision:.4f}",
                    f"{r.recall:.4f}",
                    f"{r.f1:.4f}",
                    str(r.support),
                )
                for r in result.per_class
            ),
        ),
        "## Most frequent confusions\n",
        table(("true", "read as", "count"), _confused(result)),
        _robustness(result.robustness) if result.robustness else "",
        *(f"## {title}\n\n![{title}]({name}.png)\n" for name, title in figures.items()),
        f"---\n\n{plain(evaluation_caption(result))}\n",
    ]
    return "\n".join(filter(None, parts))


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; its cells are Markdown already."""
    names = list(head)
    lines = [names, ["---"] * len(names), *map(list, rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def plain(text: str) -> str:
    """Return Markdown that shows a text as it is, whatever it holds."""
    return re.sub(r"([\\`*_{}\[\]|~$!#])", r"\\\1", escape(" ".join(text.split())))


def _summary(result: Evaluation) -> str:
    low, high = result.interval
    rows = {
        "accuracy": f"{100 * result.accuracy:.2f} %",
        "95 % Wilson interval": f"{100 * low:.2f} % to {100 * high:.2f} %",
        "errors": f"{result.errors} of {len(result.dataset):,}",
        "negative log-likelihood": f"{result.nll:.4f} nats",
        "Brier score": f"{result.brier:.4f}",
        "expected calibration error": f"{100 * result.ece:.2f} %",
    }
    return table(("measure", "value"), rows.items())


def _confused(result: Evaluation) -> Iterable[Iterable[str]]:
    names = [plain(name) for name in result.class_names]
    return ((names[true], names[guess], str(count)) for true, guess, count in result.confused)


def _model_card(card: Card) -> str:
    weaknesses = [
        f"- **{plain(name)}.** {plain(words)}\n" for name, words in card.weaknesses.items()
    ]
    link = f" <{card.licence_url}>" if card.licence_url else ""
    return "\n".join(
        [
            f"## Model card\n\n**For.** {INTENDED}\n\n**Not for.** {NOT_INTENDED}\n",
            "**Known weaknesses, as measured.**\n",
            "".join(weaknesses),
            table(("the model", ""), (map(plain, fact) for fact in card.model.items())),
            table(("the data", ""), (map(plain, fact) for fact in card.data.items())),
            f"**Licence of the data.** {card.licence}{link}\n",
        ]
    )


def _robustness(measured: Robustness) -> str:
    def row(name: str, error: float, interval: tuple[float, float]) -> list[str]:
        bounds = " to ".join(f"{100 * bound:.2f}" for bound in interval)
        times = measured.relative(error)
        return [name, f"{100 * error:.2f} %", f"{bounds} %", f"{times:.1f}" if times else ""]

    families = [row(plain(name), rate.error, rate.interval) for name, rate in measured.by_error]
    mean = row("**mean**", measured.mean_error, measured.interval)
    sweeps = (
        (plain(curve.name), f"{at:g} {curve.unit}", f"{100 * rate.error:.2f} %", f"{rate.n:,}")
        for curve in measured.curves
        for at, rate in curve.points
    )
    return "\n".join(
        [
            "## Corruptions of MNIST-C\n",
            table(
                ("corruption", "error", "95 % interval", "times the clean error"), [*families, mean]
            ),
            "## Sweeps\n",
            table(("change", "strength", "error", "images"), sweeps),
        ]
    )
