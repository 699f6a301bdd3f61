"""What the rows of `search.csv` come to: a table in Markdown, and what the package knows of it."""

import json
import math
import statistics
from collections.abc import Iterable, Iterator
from itertools import groupby

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.evaluation.significance import mcnemar_p_value
from mnist_cli.training import folds

from .search_rows import Row, digest

HEAD = """# Trials by folds

Made by `python -m tests.benchmarks.search` of the rows in `search.csv`; [what it does](README.md#search). Figures are means over the folds that were left out, ± their standard error. Accuracy is in percent; `nll` is the negative log-likelihood in thousandths of a nat, after one temperature; seconds are of the training loop, and tell little where the machine was busy. Differences are taken fold by fold, against the recipe as it stood then. *Alone* counts the images that only the recipe misread, and only the candidate; p is by McNemar's exact test.
"""  # noqa: E501
COLUMNS = ("candidate", "folds", "accuracy", "nll", "seconds", "Δ accuracy", "alone", "p", "Δ nll")


def table(rows: list[Row], baseline: str | None = None) -> str:
    """Return Markdown, a section a recipe.

    Args:
        rows: In any order.
        baseline: Digest of the config to compare with; each recipe's own if left out.
    """

    def section(row: Row) -> tuple[str, str, int, int]:
        mine = (row.recipe, row.plain) if baseline is None else ("all", baseline)
        return *mine, row.images, row.folds

    parts = [HEAD]
    for (name, plain, images, count), found in groupby(sorted(rows, key=section), section):
        parts.append(f"## {name}, {images:,} images in {count} folds ({plain})\n")
        parts.append("\n".join(_lines(list(found), plain)) + "\n")
    return "\n".join(parts)


def _lines(rows: list[Row], plain: str) -> Iterator[str]:
    """Yield a table's lines, the baseline first, then by name."""
    yield _line(COLUMNS)
    yield _line(["---"] * len(COLUMNS))
    by_config = {row.config: [r for r in rows if r.config == row.config] for row in rows}
    others = by_config.get(plain, [])
    for config, mine in sorted(by_config.items(), key=lambda x: (x[0] != plain, x[1][0].name)):
        yield _line(
            [
                mine[0].name,
                str(len(mine)),
                spread([100 * row.accuracy for row in mine], 3),
                spread([1000 * row.nll for row in mine], 2),
                f"{statistics.mean(row.train_s for row in mine):.1f}",
                *(["", "", "", ""] if config == plain else difference(mine, others)),
            ]
        )


def difference(mine: list[Row], others: list[Row]) -> list[str]:
    """Compare two candidates on the folds that both have: accuracy, alone, p, nll."""
    theirs = {row.key[1:]: row for row in others}
    pairs = [(row, theirs[row.key[1:]]) for row in mine if row.key[1:] in theirs]
    if not pairs:
        return ["", "", "", ""]
    they_alone = sum(len(other.wrong - own.wrong) for own, other in pairs)
    alone = sum(len(own.wrong - other.wrong) for own, other in pairs)
    return [
        spread([100 * (own.accuracy - other.accuracy) for own, other in pairs], 3, "+"),
        f"{they_alone} : {alone}",
        f"{mcnemar_p_value(they_alone, alone):.2g}",
        spread([1000 * (own.nll - other.nll) for own, other in pairs], 2, "+"),
    ]


def spread(values: list[float], places: int, sign: str = "") -> str:
    """Return the mean, and its standard error where there is one: `+0.012 ± 0.004`."""
    mean = f"{statistics.mean(values):{sign}.{places}f}"
    if len(values) < 2:
        return mean
    return f"{mean} ± {statistics.stdev(values) / math.sqrt(len(values)):.{places}f}"


def measured(rows: list[Row]) -> dict[str, dict[str, float]]:
    """Return what is known of each recipe as it stands, if all folds of all images are there."""
    found = {}
    for (arch, recipe), config in RECIPES.items():
        own = digest(config.override(validation_size=0))
        mine = [row for row in rows if row.config == own and row.seed == 0]
        mine = [row for row in mine if row.images == 60_000 and row.folds == 5]
        if len({row.fold for row in mine}) == 5:
            found[f"{arch}/{recipe}"] = {
                "folds": len(mine),
                "n": sum(row.n for row in mine),
                "right": sum(row.n - len(row.wrong) for row in mine),
                "temperature": round(statistics.geometric_mean(r.temperature for r in mine), 4),
            }
    return found


def folds_document(rows: list[Row]) -> str:
    """Return what `assets/folds.json` holds."""
    document = {"data": load_mnist("train").sha256, "recipes": measured(rows)}
    return json.dumps(document, indent=1) + "\n"


def write_folds(rows: list[Row]) -> None:
    """Let the package know of its recipes."""
    folds.FILE.write_text(folds_document(rows))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
