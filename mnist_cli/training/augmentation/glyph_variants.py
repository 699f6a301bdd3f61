"""Digits as other hands write them: of MNIST's, or drawn where no stroke more would make them.

MNIST was written in the United States; elsewhere a 1 begins with an upstroke, often as long as its
stem, 7s have bars and hooks, 4s are closed or open, 9s have curled tails, and a network that never
saw these reads something else.
"""

from collections.abc import Callable

import cv2
import numpy as np

from mnist_cli.core.data.dataset import Images
from mnist_cli.core.data.digit_form import SIDE
from mnist_cli.core.data.shapes import stroke_width
from mnist_cli.training.augmentation.hands import flag, flagged_one, four, looped_two, nine
from mnist_cli.training.augmentation.strokes import (
    FINE,
    PART,
    PART_BITS,
    Strokes,
    fitted,
    rounded,
    written,
)

Generator = np.random.Generator
Change = Callable[[Images, Generator], Images]
Point = tuple[float, float]  # row, column, in pixels

ROOM = 14  # px around an image, for strokes that go beyond it
STRAIGHT = 0.45  # of a stroke's width: what strays farther from a line is no stem alone


def with_glyph_variants(
    images: Images, labels: Images, share: float, seed: int
) -> tuple[Images, Images]:
    """Add variants of a share of the digits that have some.

    Args:
        images: (N, 28, 28) uint8.
        labels: (N,) uint8.
        share: How many variants there are for each image of these classes, in [0, 1].
        seed: Decides which images and how they are changed.

    Returns:
        Images and labels, the given ones first.
    """
    generator = np.random.default_rng([seed, SIDE])
    made: list[Images] = []
    classes: list[int] = []
    for digit, changes in CHANGES.items():
        own = np.flatnonzero(labels == digit)
        for index in generator.choice(own, round(share * len(own)), replace=False):
            change = changes[len(made) % len(changes)]
            made.append(change(np.pad(images[index], ROOM), generator))
            classes.append(digit)
    if not made:
        return images, labels
    return np.concatenate([images, made]), np.concatenate([labels, np.array(classes, np.uint8)])


def _flagged(image: Images, generator: Generator) -> Images:
    """Give a 1 its upstroke, lighter than its stem, and sometimes its foot; mirror it, or not."""
    if generator.random() < 0.5 and _is_straight(image):
        image = image[:, ::-1]
    rows, columns = np.nonzero(image > 127)
    top, bottom = int(rows.min()), int(rows.max())
    height = max(1, bottom - top)
    head = top + 0.5, float(columns[rows <= top + 1].mean())
    foot = bottom - 0.5, float(columns[rows >= bottom - 1].mean())
    lean = np.rad2deg(np.arctan2(foot[1] - head[1], height))  # from upright, to the lower right
    length, angle = flag(lean, generator)
    reach = length * np.hypot(height, foot[1] - head[1])
    down, left = reach * np.sin(angle), reach * np.cos(angle)
    bow = generator.normal(0, 0.06)
    middle = head[0] + down / 2 - bow * left, head[1] - left / 2 - bow * down
    width = max(1.0, stroke_width(image > 127))
    light = generator.uniform(0.4, 1.0) * width
    drawn = _line(image, light, head, middle, (head[0] + down, head[1] - left))
    if generator.random() < 0.4 * (1 - length):
        reach = generator.uniform(0.15, 0.4) * height
        tilt = generator.uniform(-0.1, 0.1) * reach
        ends = (foot[0] + tilt, foot[1] - reach), (foot[0] - tilt, foot[1] + reach)
        drawn = _line(drawn, width, *ends)
    return fitted(drawn)


def _is_straight(image: Images) -> bool:
    """Whether a 1 is a stem alone, which may be mirrored."""
    rows, columns = np.nonzero(image > 127)
    if np.ptp(rows) < np.ptp(columns):
        return False
    away = columns - np.polyval(np.polyfit(rows, columns, 1), rows)
    return bool(away.std() < STRAIGHT * stroke_width(image > 127))


def _crossed(image: Images, generator: Generator) -> Images:
    """Put a bar across the stem of a 7."""
    rows, columns = np.nonzero(image > 127)
    height, width = int(np.ptp(rows)), int(np.ptp(columns))
    row = rows.min() + round(generator.uniform(0.4, 0.6) * height)
    at = columns[rows == row] if (rows == row).any() else columns
    reach = generator.uniform(0.25, 0.45) * max(width, height / 2)
    tilt = generator.uniform(-0.2, 0.3) * reach
    middle = float(row), float(at.mean())
    ends = (middle[0] + tilt, middle[1] - reach), (middle[0] - tilt, middle[1] + reach)
    return fitted(_line(image, stroke_width(image > 127), *ends))


def _hooked(image: Images, generator: Generator) -> Images:
    """Let the upper left end of a 7 hang down, and cross some of these too."""
    rows, columns = np.nonzero(image > 127)
    height = int(np.ptp(rows))
    upper = rows <= rows.min() + 0.35 * height
    left = int(columns[upper].min())
    width = stroke_width(image > 127)
    start = float(rows[upper & (columns <= left + 1)].mean()), left + width / 2
    down = generator.uniform(0.1, 0.22) * height
    end = start[0] + down, start[1] + generator.uniform(-0.5, 0.15) * down
    drawn = _line(image, width, start, end)
    return _crossed(drawn, generator) if generator.random() < 0.4 else fitted(drawn)


def _slashed(image: Images, generator: Generator) -> Images:
    """Put a slash through a 0."""
    rows, columns = np.nonzero(image > 127)
    middle = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
    down = generator.uniform(0.3, 0.55) * np.ptp(rows)
    across = generator.uniform(0.3, 0.6) * np.ptp(columns)
    ends = (middle[0] + down, middle[1] - across), (middle[0] - down, middle[1] + across)
    return fitted(_line(image, stroke_width(image > 127), *ends))


def _anew(strokes: Callable[[Generator], Strokes]) -> Change:
    """Return what draws a digit anew instead of changing an image."""
    return lambda _image, generator: written(strokes(generator), generator)


def _line(image: Images, width: float, *path: Point) -> Images:
    """Draw a line with soft edges over an image; of three points, it is bent."""
    canvas = np.zeros((len(image) * FINE, len(image) * FINE), np.uint8)
    at = (rounded(np.array(path)) + 0.5)[:, ::-1] * FINE * PART
    thickness = max(1, round(width * FINE))
    points = [np.rint(at).astype(np.int32)]
    cv2.polylines(canvas, points, False, 255, thickness, cv2.LINE_AA, PART_BITS)
    small = cv2.resize(canvas, image.shape, interpolation=cv2.INTER_AREA)
    return np.asarray(np.maximum(image, small), dtype=np.uint8)


CHANGES: dict[int, tuple[Change, ...]] = {
    1: (_flagged, _anew(flagged_one)),
    7: (_crossed, _hooked),
    0: (_slashed,),
    4: (_anew(four),),
    9: (_anew(nine),),
    2: (_anew(looped_two),),
}
