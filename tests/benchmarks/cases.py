"""Pictures whose digits and boxes are known, and how a reading of them is judged."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .scores import Box, Score, pair_boxes, scored

HEADER = (
    f"{'kind':<22}{'pictures':>8}{'digits':>8}{'in order':>9}{'precision':>10}{'recall':>8}"
    f"{'read':>8}{'wrong':>7}{'sure':>6}{'false, sure':>12}"
)


class Answer(NamedTuple):
    """A digit that was read."""

    text: str
    box: Box
    unsure: bool


@dataclass(frozen=True)
class Case:
    """A picture and what is on it.

    Attributes:
        picture: (H, W) uint8.
        digits: What they are, a character each.
        boxes: Left, top, right, bottom of each in pixels.
        order: The digits in the order in which they are read; None where there is none.
        unclear: Areas in which an answer is neither right nor wrong.
        iou: Least overlap of an answer with the digit that it stands for.
    """

    picture: NDArray[np.uint8]
    digits: str
    boxes: Sequence[Box]
    order: str | None
    unclear: Sequence[Box] = ()
    iou: float = 0.5


@dataclass(frozen=True)
class Tally:
    """What the readings of pictures come to; tallies add up.

    Attributes:
        pictures: How many were read.
        digits: Digits that are on them.
        found: Those of them that an answer's box lies on.
        read: Those of them that were read right.
        wrong: Answers that are another digit, or none at all.
        wrong_sure: Those of them that were not called unsure.
        false: Answers that lie on no digit.
        false_sure: Those of them that were not called unsure.
        ordered: Digits on pictures whose order is defined.
        right: Those of them less edits, at least 0 a picture.
    """

    pictures: int = 0
    digits: int = 0
    found: int = 0
    read: int = 0
    wrong: int = 0
    wrong_sure: int = 0
    false: int = 0
    false_sure: int = 0
    ordered: int = 0
    right: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*map(sum, zip(astuple(self), astuple(other), strict=True)))


def judged(case: Case, answers: Sequence[Answer]) -> Tally:
    """Compare what was read, in the order in which it was read, with what is there."""
    pairs = dict(pair_boxes([answer.box for answer in answers], case.boxes, case.iou))
    counted = [
        (answer, pairs.get(number))
        for number, answer in enumerate(answers)
        if number in pairs or not in_doubt(answer.box, case.unclear)
    ]
    false = [answer for answer, at in counted if at is None]
    misread = [a for a, at in counted if at is not None and a.text != case.digits[at]]
    wrong = [*misread, *false]
    in_order = Score()
    if case.order is not None:
        text = "".join(answer.text for answer, _ in counted)
        in_order = scored(text, [answer.unsure for answer, _ in counted], case.order)
    return Tally(
        pictures=1,
        digits=len(case.digits),
        found=len(pairs),
        read=len(pairs) - len(misread),
        wrong=len(wrong),
        wrong_sure=sum(not answer.unsure for answer in wrong),
        false=len(false),
        false_sure=sum(not answer.unsure for answer in false),
        ordered=in_order.digits,
        right=in_order.right,
    )


def in_doubt(box: Box, unclear: Sequence[Box]) -> bool:
    """Tell whether a box has its middle in an area of which nobody could say what is there."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in unclear)


def row(kind: str, tally: Tally) -> str:
    return (
        f"{kind:<22}{tally.pictures:>8}{tally.digits:>8}{share(tally.right, tally.ordered):>9}"
        f"{share(tally.found, tally.found + tally.false):>10}{share(tally.found, tally.digits):>8}"
        f"{share(tally.read, tally.found):>8}{tally.wrong:>7}{tally.wrong_sure:>6}"
        f"{tally.false_sure / max(1, tally.pictures):>12.2f}"
    )


def share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"
