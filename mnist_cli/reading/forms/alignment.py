"""A sheet laid over the picture of its form: turned, tilted, photographed, and told from others.

Whether the sheet is of that form is seen by its ink: what is printed on the form must be there.
"""

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.forms.views import (
    Matrix,
    area_of,
    corners_of,
    described,
    homography,
    is_view,
    transformed,
    warped,
)
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.outline import Points

NOTHING: Points = np.empty((0, 4))
LARGEST = 4_000  # px of the longer side of a sheet that is laid flat
SIDE = 1_200  # px of the longer side of what is matched
AROUND = 25  # px around a point of SIDE, whose mean is its paper
INKED = 12.0  # grey levels that ink differs from its paper, at the least
SLACK = 7  # px that ink may lie off, both ways together
LEAST_THERE = 0.6  # of the form's ink that must be on the sheet
OF_RULE = 0.5  # the same of each of its ruled lines
RULED = 0.4  # of a line's length, that has ink on the form if it is ruled
SAME = 0.8  # of a sheet's ink in a cell that lies on the form's, so that it is the same print
# px: of print no longer stroke lies beside that of the form, or is wanting; of made-up sheets, two
# seeds, 98 % of 240 cells with print have none, and each of 405 with other digits by hand has one
STROKE = 8
OTHERWISE = 0.34  # of the cells with print: where more have other ink it is another form
TILES = 4  # parts of the form each way
LEAST_OF_TILE = 0.3  # the same in nearly all parts that have some: a sheet may be covered in one
OF_TILES = 0.85  # of the parts


SHARP = "Is it that form, whole and sharp? A form made from a flat scan fits best."
MISSING = (
    "Too little of the form's print and lines is on it. Is it another form, is part of it covered,"
    " or was the form made from a sheet that was filled in? Then make it from a blank one."
)
BLANK = (
    "Its layout is the form's, its print is not. Is it another form, or was the form made from a"
    " sheet that was filled in? Then make it from a blank one."
)


class DoesNotFitError(PictureError, code="does_not_fit"):
    """The sheet on the picture is not of the form."""

    def __init__(self, form: str, hint: str) -> None:
        super().__init__(f"it does not fit form {form!r}.", hint=hint)


@dataclass(frozen=True, eq=False)
class Aligned:
    """A sheet that lies over its form.

    Attributes:
        page: (H, W) uint8, the sheet as the form lies, in the resolution of its picture.
        to_picture: (3, 3) brings pixels of `page` to those of the picture.
        scale: Pixels of `page` for each of the form's picture.
        same_print: Of each cell with print, whether the sheet has just that print, or none.
    """

    page: Grey
    to_picture: Matrix
    scale: float
    same_print: tuple[bool, ...] = ()

    @property
    def turned(self) -> int:
        """By how many quarters clockwise the picture was turned, to about upright."""
        x, y = self.to_picture[:2, 0]
        return int(round(-float(np.arctan2(y, x)) / (np.pi / 2)) % 4)

    def is_cut_off(self, corners: Points, shape: tuple[int, ...]) -> bool:
        """Tell whether corners, (N, 2) pixels of `page`, lie outside of a picture of some shape."""
        points = transformed(corners, self.to_picture)
        return bool(((points < 0) | (points > [shape[1], shape[0]])).any())


class Aligner:
    """Lays sheets over a form's picture.

    Args:
        name: Of the form.
        picture: (H, W) uint8, the form, lying flat.
        ruled: Left, top, right, bottom in pixels of lines that it has; (N, 4).
        printed: The same of cells in which it has print.
        written: The same of boxes and cells that people write in.
        is_filled: Whether what is in the cells with print may be handwriting.
    """

    def __init__(
        self,
        name: str,
        picture: Grey,
        ruled: Points = NOTHING,
        printed: Points = NOTHING,
        written: Points = NOTHING,
        *,
        is_filled: bool = False,
    ) -> None:
        self._name = name
        self._small, self._scale = _scaled(picture)
        self._ruled, self._printed = ruled * self._scale, printed * self._scale
        self._written = written * self._scale
        self._is_filled = is_filled

    @cached_property
    def _described(self) -> tuple[Points, NDArray[np.float32]]:
        return described(self._small)

    @cached_property
    def _ink(self) -> NDArray[np.bool_]:
        return _ink(self._small)

    @cached_property
    def _print(self) -> NDArray[np.bool_]:
        """Its ink without what may be written by hand: the form may be made from a filled sheet."""
        ink = self._ink.copy()
        for box in (*self._written, *(self._printed if self._is_filled else ())):
            ink[_inside(box)] = False
        return ink if ink.any() else self._ink

    def align(self, grey: Grey) -> Aligned:
        """Lay a sheet over the form.

        Args:
            grey: (H, W) uint8, its picture, lying anyhow.

        Raises:
            DoesNotFitError: The sheet is not of that form.
        """
        return self._laid(grey, *self.fitted(grey))

    def fitted(self, grey: Grey) -> tuple[Matrix, tuple[bool, ...]]:
        """Return what lays the form at SIDE over a sheet, and which print is the same, or raise."""
        small, scale = _scaled(grey)
        matrix = homography(self._described, described(small))
        if matrix is None or not is_view(matrix, self._small.shape, small.shape):
            raise DoesNotFitError(self._name, SHARP)
        height, width = self._small.shape
        laid = _ink(warped(small, matrix, (width, height)))
        if not self._is_there(laid):
            raise DoesNotFitError(self._name, MISSING)
        beside, same = self._as_printed(laid)
        if beside and not self._is_filled and np.mean(beside) > OTHERWISE:
            raise DoesNotFitError(self._name, BLANK)
        return np.diag([1 / scale, 1 / scale, 1.0]) @ matrix, same

    def _as_printed(self, laid: NDArray[np.bool_]) -> tuple[list[bool], tuple[bool, ...]]:
        """Tell of each cell with print if the sheet has other ink there, and if it has just that.

        All of a faint print may be lost on the sheet.
        """
        beside, same = [], []
        for box in self._printed:
            window = _inside(box)
            form, sheet = self._ink[window], laid[window]
            own = sheet & ~_near(form)
            strokes = _longest(own), _longest(form & ~_near(sheet))
            beside.append(own.sum() > (1 - SAME) * sheet.sum())
            same.append(not sheet.any() or (not beside[-1] and max(strokes) <= STROKE))
        return beside, tuple(same)

    def _laid(self, grey: Grey, matrix: Matrix, same_print: tuple[bool, ...]) -> Aligned:
        """Lay it flat in its own resolution; the matrix is from the form at SIDE to the picture."""
        height, width = self._small.shape
        corners = transformed(corners_of(width, height), matrix)
        finer = float(np.sqrt(area_of(corners) / (width * height)))
        finer = min(max(finer, 1.0), LARGEST / max(height, width))
        to_picture = matrix @ np.diag([1 / finer, 1 / finer, 1.0])
        size = max(1, round(width * finer)), max(1, round(height * finer))
        page = warped(grey, to_picture, size)
        return Aligned(page, to_picture, finer * self._scale, same_print)

    def _is_there(self, laid: NDArray[np.bool_]) -> bool:
        """Tell whether the form's ink is on the sheet, in nearly all parts, and all its rules."""
        height, width = self._small.shape
        near = _near(laid)
        shares = []
        for rows in np.array_split(np.arange(height), TILES):
            for columns in np.array_split(np.arange(width), TILES):
                own = np.ix_(rows, columns)
                if self._print[own].mean() > 0.002:
                    shares.append(near[own][self._print[own]].mean())
        return bool(
            near[self._print].mean() >= LEAST_THERE
            and np.mean([share >= LEAST_OF_TILE for share in shares]) >= OF_TILES
            and all(self._has_rule(near, line) for line in self._ruled)
        )

    def _has_rule(self, near: NDArray[np.bool_], line: NDArray[np.float64]) -> bool:
        """Tell whether a ruled line of the form is on the sheet; also where it has none."""
        left, top, right, bottom = line
        window = (
            slice(max(0, int(top) - 2), int(bottom) + 3),
            slice(max(0, int(left) - 2), int(right) + 3),
        )
        own = self._ink[window]
        if own.any(axis=0 if right - left > bottom - top else 1).mean() < RULED:
            return True
        return bool(near[window][own].mean() >= OF_RULE)


def _inside(box: Points) -> tuple[slice, slice]:
    """Return rows and columns inside of a box, (4,), off what may be its rules."""
    left, top, right, bottom = (box + np.array([SLACK, SLACK, -SLACK, -SLACK])).astype(int).tolist()
    return slice(max(0, top), max(0, top, bottom)), slice(max(0, left), max(0, left, right))


def _near(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell where ink is near."""
    if not ink.size:
        return ink
    wider = cv2.dilate(ink.astype(np.uint8), np.ones((SLACK, SLACK), np.uint8))
    return np.asarray(wider > 0, np.bool_)


def _longest(ink: NDArray[np.bool_]) -> int:
    """Return how long the longest piece of ink is, in pixels across or down."""
    if not ink.any():
        return 0
    stats = cv2.connectedComponentsWithStats(ink.astype(np.uint8))[2][1:]
    return int(stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max())


def _scaled(grey: Grey) -> tuple[Grey, float]:
    scale = min(1.0, SIDE / max(grey.shape))
    size = max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8), scale


def _ink(grey: Grey) -> NDArray[np.bool_]:
    """Tell where there is ink, dark or light, whatever the light on the paper."""
    paper = cv2.blur(grey, (2 * AROUND + 1, 2 * AROUND + 1)).astype(np.float32)
    darker = np.abs(paper - grey)
    contrast = np.sqrt(cv2.blur(darker * darker, (8 * AROUND + 1, 8 * AROUND + 1)))
    return np.asarray(darker > np.maximum(1.5 * contrast, INKED), np.bool_)
