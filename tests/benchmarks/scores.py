"""How readings compare with the truth: digits by edit distance, boxes by overlap."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import NamedTuple

Pair = tuple[str, str]  # what was answered, what is true; "" where the other has nothing opposite
Box = tuple[float, float, float, float]  # left, top, right, bottom

FREE = "?"  # in a truth: any one character, or none, at no cost


@dataclass(frozen=True)
class Score:
    """What the readings of pictures come to; scores add up.

    Attributes:
        pictures: How many were read.
        exact: Pictures without an edit.
        digits: Digits in the truth, without the free ones.
        right: Digits less edits, at least 0 a picture.
        false: Answers that stand for no digit.
        missed: Digits that no answer stands for.
        wrong: Answers that are another digit, or false.
        wrong_sure: Those of them that were not called unsure.
        unsure: Answers that were called unsure, right or wrong.
    """

    pictures: int = 0
    exact: int = 0
    digits: int = 0
    right: int = 0
    false: int = 0
    missed: int = 0
    wrong: int = 0
    wrong_sure: int = 0
    unsure: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*map(sum, zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True)
class BoxScore:
    """How many boxes were matched, found where nothing is, and not found."""

    matched: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        """Share of the found boxes that are true; 1 where none was found."""
        return self.matched / (self.matched + self.false) if self.matched + self.false else 1.0

    @property
    def recall(self) -> float:
        """Share of the true boxes that were found; 1 where there is none."""
        return self.matched / (self.matched + self.missed) if self.matched + self.missed else 1.0


class _Path(NamedTuple):
    """An alignment so far, and the pair it ends with."""

    edits: int
    unpaired: int
    pair: Pair
    before: "_Path | None"

    def then(self, answered: str, true: str) -> "_Path":
        edits = self.edits + is_edit((answered, true))
        return _Path(edits, self.unpaired + (not answered or not true), (answered, true), self)


def is_edit(pair: Pair) -> bool:
    answered, true = pair
    return true not in {answered, FREE}


def aligned(answer: str, truth: str) -> list[Pair]:
    """Pair an answer's characters with the truth's, in order, by the fewest edits.

    Of several ways with as few edits the one with the fewest characters opposite nothing is
    taken: a digit was rather misread than missed beside a false one.
    """
    row = [_Path(0, 0, ("", ""), None)]
    for true in truth:
        row.append(row[-1].then("", true))
    for answered in answer:
        above, row = row, [row[0].then(answered, "")]
        for column, true in enumerate(truth):
            ways = (
                above[column].then(answered, true),
                above[column + 1].then(answered, ""),
                row[column].then("", true),
            )
            row.append(min(ways, key=lambda way: (way.edits, way.unpaired)))
    pairs = []
    path = row[-1]
    while path.before:
        pairs.append(path.pair)
        path = path.before
    return pairs[::-1]


def edit_distance(answer: str, truth: str) -> int:
    """Count the fewest characters to insert, delete or replace (Levenshtein)."""
    return sum(map(is_edit, aligned(answer, truth)))


def scored(answer: str, unsure: Sequence[bool], truth: str) -> Score:
    """Compare the digits read from a picture with its truth.

    Args:
        answer: The digits, in the order in which they are read.
        unsure: Of each digit, whether it was called unsure.
        truth: What they should be.
    """
    pairs = aligned(answer, truth)
    edits = sum(map(is_edit, pairs))
    digits = sum(true not in {"", FREE} for _, true in pairs)
    wrong = [is_edit(pair) for pair in pairs if pair[0]]
    return Score(
        pictures=1,
        exact=edits == 0,
        digits=digits,
        right=max(0, digits - edits),
        false=sum(not true for _, true in pairs),
        missed=sum(is_edit(pair) for pair in pairs if not pair[0]),
        wrong=sum(wrong),
        wrong_sure=sum(bad and not doubted for bad, doubted in zip(wrong, unsure, strict=True)),
        unsure=sum(unsure),
    )


def match_boxes(found: Sequence[Box], truth: Sequence[Box], iou: float = 0.5) -> BoxScore:
    """Count the pairs of boxes, and those of either side that have none; as `pair_boxes`."""
    matched = len(pair_boxes(found, truth, iou))
    return BoxScore(matched, len(found) - matched, len(truth) - matched)


def pair_boxes(
    found: Sequence[Box], truth: Sequence[Box], iou: float = 0.5
) -> list[tuple[int, int]]:
    """Pair found boxes with true ones, each at most once, those that overlap most first.

    Args:
        found: The boxes that were found.
        truth: The boxes that should be.
        iou: Least intersection over union of a pair, in (0, 1].

    Returns:
        Their places in the two lists.
    """
    overlaps = [
        (overlap(one, other), row, column)
        for row, one in enumerate(found)
        for column, other in enumerate(truth)
    ]
    rows: dict[int, int] = {}
    for share, row, column in sorted(overlaps, reverse=True):
        if share >= iou and row not in rows and column not in rows.values():
            rows[row] = column
    return list(rows.items())


def overlap(one: Box, other: Box) -> float:
    """Return intersection over union, in [0, 1]."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    common = max(0, width) * max(0, height)
    return common / (_area(one) + _area(other) - common)


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
