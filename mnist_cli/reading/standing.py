"""How a page stands: turned upright by what the finder sees on it from several sides."""

import math

import numpy as np

from mnist_cli.core.choices import Turn
from mnist_cli.core.errors import PictureTooCostlyError
from mnist_cli.reading.candidates import Found
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.normalise import Grey

# Digits on a page, at most: with the start of the process they take about 4.5 s of one core. A page
# that may lie is looked at again.
MOST, MOST_LYING = 2_500, 1_000
MANY, ENOUGH = 400, 12  # digits: of so many on a page, so many in its middle tell how it lies
SIDES = 2  # that a page which may lie is looked at from, beside its own


def stood_upright(grey: Grey, finder: Finder, turn: Turn) -> tuple[int, Grey, Found]:
    """Return by how many quarters clockwise a page is turned, the page, what is seen on it."""
    quarters = 0 if turn == "auto" else turn // 90
    upright = np.ascontiguousarray(np.rot90(grey, -quarters))
    found = finder.find(upright)
    may_lie = turn == "auto" and found.may_lie
    check_cost(len(found.digits), MOST_LYING if may_lie else MOST)
    return _stood_up(upright, finder, found) if may_lie else (quarters, upright, found)


def check_cost(count: int, most: int = MOST) -> None:
    """Refuse a page of more digits than are read in a few seconds.

    Raises:
        PictureTooCostlyError: It has more than `most`.
    """
    if count > most:
        raise PictureTooCostlyError(
            f"the picture would take too long: {count:,} digits, over {most:,}.",
            hint="Cut it into several pictures.",
        )


def _stood_up(grey: Grey, finder: Finder, found: Found) -> tuple[int, Grey, Found]:
    """Look at a page from other sides too, and take one where clearly more digits stand.

    Returns:
        By how many quarters it was turned clockwise, the page, and what the finder sees on it.
    """
    if len(found.digits) <= MANY:
        return _best_side(grey, finder, found)
    high, wide = (3 * extent // 8 for extent in grey.shape)
    middle = grey[high:-high, wide:-wide]
    seen = finder.find(middle)
    if len(seen.digits) < ENOUGH:  # it is no such page
        return _best_side(grey, finder, found)
    quarters = _best_side(middle, finder, seen)[0]
    if not quarters:
        return 0, grey, found
    upright = np.ascontiguousarray(np.rot90(grey, -quarters))
    return quarters, upright, finder.find(upright)


def _best_side(grey: Grey, finder: Finder, found: Found) -> tuple[int, Grey, Found]:
    """Look at a page from the likeliest other sides too; returns as `_stood_up`."""
    best = 0, grey, found
    for quarters in found.likely_turns[:SIDES]:
        turned = np.ascontiguousarray(np.rot90(grey, -quarters))
        seen = finder.find(turned)
        if _stands_better(seen, found) and seen.standing > best[2].standing:
            best = quarters, turned, seen
    return best


def _stands_better(seen: Found, found: Found) -> bool:
    """Tell whether clearly more digits stand than as the page was found.

    Of many digits fewer need to be won, for what they say varies less.
    """
    count = max(len(seen.digits), len(found.digits))
    least = min(CONFIG.turned * found.standing, found.standing + CONFIG.won * math.sqrt(count))
    return len(seen.digits) > 2 and seen.standing > least
