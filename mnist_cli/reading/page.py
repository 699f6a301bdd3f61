"""A grey picture to the digits on it, each in MNIST's form."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from operator import ge

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.ink import Grey, Ink, Inked, Invert, find_ink
from mnist_cli.reading.margins import within_margins
from mnist_cli.reading.normalise import SIDE, Normalised, is_mnist, normalise
from mnist_cli.reading.polarity import polarities
from mnist_cli.reading.room import is_filled, with_room
from mnist_cli.reading.rules import without_rules
from mnist_cli.reading.segment import TINY, Box, Layout, Region, segment
from mnist_cli.reading.sheet import without_surroundings
from mnist_cli.reading.touching import halves, is_too_wide

MIN_CONTRAST = 12  # of 255: less than that between paper and ink is paper
LOW_CONTRAST = 60
FAINT = 0.65  # of all ink is dark, where it is strokes with soft edges
# of the largest digit's ink, and of its paper: what has less shines through, or lies beside the
# paper, which is darker than any shadow
SIMILAR = 0.6, 0.4


class BlankPictureError(PictureError):
    """Nothing is written on the picture."""

    code = "blank"

    def __init__(self) -> None:
        super().__init__("the picture is blank.", hint="Is the pen dark enough, the digit in it?")


@dataclass(frozen=True)
class Page:
    """The digits of a picture, and how they were found.

    Attributes:
        lines: Top to bottom; each its digits from left to right. There is at least one.
        inverted: Whether the ink was darker than the paper.
        flags: What looks wrong: `low_contrast`, `several_digits`.
        grey: (H, W) uint8, where they were looked for: a part of the picture, or it with room
            around it, or enlarged; the digits' boxes are in the picture's own pixels.
        inked: What was taken for ink there; None of an image that is left as it is.
        mask: (H, W), the ink without rules; None of an image that is left as it is.
        view: How the picture was looked at, where that was not as it is: `with room around it`, …
    """

    lines: tuple[tuple[Normalised, ...], ...]
    inverted: bool
    flags: tuple[str, ...]
    grey: Grey
    inked: Inked | None = None
    mask: NDArray[np.bool_] | None = None
    view: str = ""

    @property
    def digits(self) -> tuple[Normalised, ...]:
        """All digits, in the order in which they are read."""
        return tuple(digit for line in self.lines for digit in line)

    @property
    def stages(self) -> dict[str, Grey]:
        """Name and picture of each step, in order, for a person to look at."""
        stages = {"grey": self.grey}
        if self.inked is not None and self.mask is not None:
            stages["ink"] = np.rint(self.inked.ink * 255).astype(np.uint8)
            stages["mask"] = self.inked.mask.astype(np.uint8) * 255
            stages["without-rules"] = self.mask.astype(np.uint8) * 255
        return stages


def find_digits(grey: Grey, invert: Invert = "auto", layout: Layout = "auto") -> Page:
    """Find the digits of a picture, and bring each to MNIST's form; as `find_pages`' first."""
    return find_pages(grey, invert, layout)[0]


def find_pages(grey: Grey, invert: Invert = "auto", layout: Layout = "auto") -> tuple[Page, ...]:
    """Find the digits of a picture, in each way that it may be looked at, the likeliest first.

    Where it is in doubt what the ink is, a picture is looked at in both polarities; where a digit
    fills it, with room around it; where it shows a sheet, without what lies beside that; where
    there are pieces, also as one digit; and where it has 28×28 pixels, also as it is. Which makes
    sense, a network tells better than any rule.

    Args:
        grey: (H, W) uint8 luminance, at least 4×4.
        invert: Whether dark ink on light paper is to be turned: `auto` looks.
        layout: How many digits there may be: `single`, a `line`, a `page`; `auto` looks.

    Returns:
        At least one; of a picture that already is an MNIST image, that image unchanged.

    Raises:
        BlankPictureError: There is no ink.
    """
    as_is: list[Page] = []
    for page in _as_is(grey, invert):
        if is_mnist(page.lines[0][0].image):
            return (page,)
        as_is.append(page)
    pages = [
        _moved(page, roomy.outside, "with room around it, in the grey of its paper")
        for roomy in with_room(grey, invert)
        for page in _found(roomy.grey, roomy.inverted, layout, alone=True, whole=roomy.factor > 1)
    ]
    if not pages or max(grey.shape) > TINY:
        pages += _within_margins(grey, invert, layout) or [
            *_on_sheet(grey, invert, layout),
            *_each_found(grey, invert, layout),
        ]
    if not pages:
        raise BlankPictureError
    return (*pages, *as_is)


def _within_margins(grey: Grey, invert: Invert, layout: Layout) -> list[Page]:
    """Look for digits within plain margins, if there are some around a photograph."""
    left, top, right, bottom = within_margins(grey)
    within = grey[top:bottom, left:right]
    if within.size == grey.size:
        return []

    def outside(box: Box) -> Box:
        return box[0] + left, box[1] + top, box[2] + left, box[3] + top

    pages = _each_found(within, invert, layout)
    return [_moved(page, outside, "without its plain margins") for page in pages]


def _on_sheet(grey: Grey, invert: Invert, layout: Layout) -> list[Page]:
    """Look for dark digits on a sheet, if there is one on something darker."""
    sheet = without_surroundings(grey) if invert != "no" else None
    pages = [] if sheet is None else _found(sheet, True, layout)
    return [replace(page, view="without what lies beside the sheet of paper") for page in pages]


def _each_found(grey: Grey, invert: Invert, layout: Layout) -> list[Page]:
    """Look for digits in each polarity that is possible."""
    answers = polarities(grey) if invert == "auto" else (invert == "yes",)
    whole = max(grey.shape) <= TINY
    return [page for inverted in answers for page in _found(grey, inverted, layout, whole=whole)]


def _found(
    grey: Grey, inverted: bool, layout: Layout, *, alone: bool = False, whole: bool = False
) -> list[Page]:
    """Look for digits in all ink, and where there may be rules, in the dark ink alone too.

    Args:
        grey: (H, W) uint8 luminance.
        inverted: Whether the ink is darker than the paper.
        layout: How many digits there may be.
        alone: Whether there are no rules, nor anything else but digits.
        whole: Whether all ink is one digit.
    """
    inked = find_ink(grey, inverted)
    if inked.contrast < MIN_CONTRAST:
        return []
    masks = [inked.mask]
    if not alone:
        without = without_rules(inked.mask)
        masks = [without] if without.any() else masks
        ruled = without is not inked.mask
        if ruled or inked.dark.sum() < FAINT * inked.mask.sum():  # or there are rules in pieces
            masks.append(without_rules(inked.dark))
        if ruled and without.any() and is_filled(inked.mask):
            masks.insert(0, inked.mask)  # what was taken for a rule is a stroke, more likely
    return [page for mask in masks for page in _pages(inked, grey, mask, layout, whole=whole)]


def _pages(
    inked: Inked, grey: Grey, mask: NDArray[np.bool_], layout: Layout, *, whole: bool
) -> Iterator[Page]:
    """Yield the digits that ink makes, and if it may, the one that all of it makes."""
    found = segment(mask, layout, whole=whole)
    if not found.lines:
        return
    main = max((region for line in found.lines for region in line), key=lambda r: r.mask.sum())
    least = [share * level for share, level in zip(SIMILAR, _levels(inked, main), strict=True)]
    lines = tuple(
        tuple(_normalised(inked.ink, region, alone=whole or layout == "single") for region in line)
        for line in (
            [r for r in line if all(map(ge, _levels(inked, r), least))] for line in found.lines
        )
        if line
    )
    said = ("low_contrast",) if inked.contrast < LOW_CONTRAST else ()
    several = ("several_digits",) if found.left_out else ()
    yield Page(lines, inked.inverted, (*said, *several), grey, inked, mask)
    if found.as_one:
        one = _normalised(inked.ink, found.as_one, alone=True)
        yield Page(((one,),), inked.inverted, said, grey, inked, mask)


def _levels(inked: Inked, region: Region) -> tuple[float, ...]:
    """Return how much ink a region has, and how light the paper under it is, on average."""
    left, top, right, bottom = region.box
    window = slice(top, bottom), slice(left, right)
    return tuple(float(image[window][region.mask].mean()) for image in (inked.ink, inked.paper))


def _moved(page: Page, outside: Callable[[Box], Box], view: str) -> Page:
    """Bring all boxes to the pixels of the picture that the page's is made of; say what that is."""

    def moved(digit: Normalised) -> Normalised:
        return replace(digit, box=outside(digit.box), halves=tuple(map(moved, digit.halves)))

    lines = tuple(tuple(map(moved, line)) for line in page.lines)
    return replace(page, lines=lines, view=view)


def _as_is(grey: Grey, invert: Invert) -> Iterator[Page]:
    """Yield a picture of 28×28 as it is, in each polarity that it may have."""
    if grey.shape != (SIDE, SIDE):
        return
    box = 0, 0, SIDE, SIDE
    for inverted in {"no": (False,), "yes": (True,), "auto": (False, True)}[invert]:
        image = 255 - grey if inverted else grey
        yield Page(((Normalised(image, box, (), image),),), inverted, (), grey)


def _normalised(ink: Ink, region: Region, *, alone: bool) -> Normalised:
    """Normalise a region, and the two digits that it may be."""
    whole = normalise(ink, region)
    if alone:
        return whole
    flags = (*whole.flags, "touching") if is_too_wide(region) else whole.flags
    return replace(
        whole, flags=flags, halves=tuple(normalise(ink, half) for half in halves(region))
    )
