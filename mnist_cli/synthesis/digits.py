"""Digits as people write them: MNIST's and the writers', thinned, and forms that both lack."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import DatasetNotFoundError
from mnist_cli.synthesis.strokes import (
    FIELD,
    TALL,
    Distances,
    Generator,
    Ink,
    arc,
    bowed,
    cut,
    drawn,
    penned,
    traced,
)

DRAWN_SHARE = 0.06  # of the digits; forms that are drawn are added to that number
SOFT_SHARE = 0.2  # of what is at most SOFT_MOST high is MNIST's image itself, enlarged
SOFT_MOST = 70  # px


@dataclass(frozen=True)
class Hand:
    """How somebody writes, on one page.

    Attributes:
        pen: Width of the stroke, as a share of the height.
        slant: Horizontal shift for each pixel of height.
        squeeze: Width, as a share of what it was.
        unsteady: How far slant, size and place differ from digit to digit.
        gap: Room between digits, in their heights; under 0 they touch.
        soft: Whether the strokes are MNIST's own.
        writer: Whose digits; None for anybody's.
    """

    pen: float = 0.1
    slant: float = 0.0
    squeeze: float = 1.0
    unsteady: float = 0.5
    gap: float = 0.15
    soft: bool = False
    writer: int | None = None

    @classmethod
    def any(cls, generator: Generator, digits: "Digits") -> "Hand":
        """Draw somebody's hand."""
        fine = generator.random() < 0.6
        own = generator.random() < 0.45 and len(digits.writers)
        return cls(
            pen=float(generator.uniform(0.02, 0.09) if fine else generator.uniform(0.07, 0.16)),
            slant=float(generator.normal(0.03, 0.13)),
            squeeze=float(generator.uniform(0.8, 1.25)),
            unsteady=float(generator.uniform(0.1, 1.0)),
            gap=float(
                generator.choice([generator.uniform(-0.08, 0.08), generator.uniform(0.05, 0.5)])
            ),
            soft=bool(generator.random() < SOFT_SHARE),
            writer=int(generator.choice(digits.writers)) if own else None,
        )


@dataclass(frozen=True)
class Digits:
    """Digits to write with.

    Attributes:
        fields: (N, FIELD, FIELD) uint8, distances from each skeleton.
        labels: (N,) uint8, 0-9.
        owners: (N,) int, the writer of each; -1 where nobody knows, -2 for those drawn.
        images: (N, 28, 28) uint8, the soft original; empty (all 0) of those that have none.
    """

    fields: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    owners: NDArray[np.int64]
    images: NDArray[np.uint8]
    _by_label: dict[tuple[int, int | None], NDArray[np.int64]] = field(
        default_factory=dict, compare=False, repr=False
    )

    @classmethod
    def of(
        cls,
        images: NDArray[np.uint8],
        labels: NDArray[np.uint8],
        scans: list[tuple[int, int, NDArray[np.uint8]]],
        generator: Generator,
    ) -> "Digits":
        """Trace images, and draw what they lack.

        Args:
            images: (N, 28, 28) uint8, 255 for ink.
            labels: (N,) uint8.
            scans: Writer, label and picture, (h, w) uint8, 255 for ink, of each scanned digit.
            generator: Decides what is drawn.
        """
        count = round(DRAWN_SHARE * (len(labels) + len(scans)))
        forms = [FORMS[number % len(FORMS)] for number in range(count)]
        fields = [
            *map(traced, images),
            *(traced(scan) for _, _, scan in scans),
            *(drawn(form(generator)) for _, form in forms),
        ]
        nothing = np.zeros((len(scans) + count, *images.shape[1:]), np.uint8)
        own = [writer for writer, _, _ in scans]
        told = [label for _, label, _ in scans] + [label for label, _ in forms]
        return cls(
            np.stack(fields),
            np.concatenate([labels, np.array(told, np.uint8)]),
            np.array([-1] * len(labels) + own + [-2] * count),
            np.concatenate([images, nothing]),
        )

    @property
    def writers(self) -> NDArray[np.int64]:
        """The writers who are known, by their numbers."""
        return np.unique(self.owners[self.owners >= 0])

    def write(self, generator: Generator, hand: Hand, digit: int, height: float) -> Ink:
        """Write one digit, of about some pixels' height: (h, w) float32 ink, cut to it."""
        index = int(generator.choice(self._choice(digit, hand.writer)))
        unsteady = hand.unsteady
        slant = hand.slant + 0.06 * unsteady * generator.normal()
        turn = np.deg2rad(4 * unsteady * generator.normal())
        squeeze = hand.squeeze * np.exp(0.08 * unsteady * generator.normal())
        cosine, sine = np.cos(turn), np.sin(turn)
        matrix = np.array([[cosine, -sine], [sine, cosine]]) @ np.array([[squeeze, -slant], [0, 1]])
        if hand.soft and height <= SOFT_MOST and self.images[index].any():
            return _enlarged(self.images[index], height, matrix)
        return penned(self.fields[index], height, max(1.0, hand.pen * height), matrix)

    def _choice(self, digit: int, writer: int | None) -> NDArray[np.int64]:
        """Return which digits there are of a label, of a writer if he has any."""
        key = digit, writer
        if key not in self._by_label:
            own = self.labels == digit
            his = own & (self.owners == writer) if writer is not None else own
            self._by_label[key] = np.flatnonzero(his if his.any() else own)
        return self._by_label[key]


def _enlarged(image: NDArray[np.uint8], height: float, matrix: NDArray[np.floating]) -> Ink:
    """Write one of MNIST's images as it is, its edges as sharp as the height asks for."""
    _, _, width, tall = cv2.boundingRect((image > 100).astype(np.uint8))
    bent = height / max(width, tall, 1) * matrix
    side = max(4, int(np.ceil(28 * np.abs(bent).sum(axis=1).max())))
    to = np.full(2, (side - 1) / 2) - bent @ np.full(2, 13.5)
    large = cv2.warpAffine(
        *(image.astype(np.float32) / 255, np.column_stack([bent, to]), (side, side)),
        flags=cv2.INTER_CUBIC,
    )
    steep = max(4.0, min(10.0, 160 / height)) if height > 24 else 6.0
    return cut((1 / (1 + np.exp(-steep * (large - 0.5)))).astype(np.float32))


def scanned(folder: Path, writers: list[str]) -> list[tuple[int, int, NDArray[np.uint8]]]:
    """Read scanned digits, `WRITER/DIGIT/*.png`: writer's number, label, (h, w) uint8, 255 ink.

    Raises:
        DatasetNotFoundError: A writer's folder is not there.
    """
    found = []
    for number, writer in enumerate(writers):
        if not (folder / writer).is_dir():
            raise DatasetNotFoundError(f"No writer {writer!r} in {str(folder)!r}.")
        for path in sorted((folder / writer).glob("[0-9]/*.png")):
            grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            level, ink = cv2.threshold(255 - grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
            _, pieces, stats, _ = cv2.connectedComponentsWithStats(ink)
            large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= 0.06 * (ink > 0).sum()) + 1
            if level > 20 and len(large) <= 4:  # neither blank nor speckled
                found.append(
                    (number, int(path.parent.name), np.isin(pieces, large).astype(np.uint8) * 255)
                )
    return found


def _at(x: float, y: float) -> NDArray[np.floating]:
    """Return a point of the field, from shares of the digit's box: 0, 0 is its upper left."""
    return np.array([FIELD / 2 + (x - 0.5) * TALL, FIELD / 2 + (y - 0.5) * TALL])


def _flagged_1(generator: Generator) -> list[NDArray[np.floating]]:
    """Draw a 1 with an upstroke of up to the stem's length, 25 to 70° below the horizontal."""
    top, bottom = _at(0.5, 0), _at(0.5 + generator.normal(0, 0.08), 1)
    angle, length = np.deg2rad(generator.uniform(25, 72)), generator.uniform(0.15, 0.95) * TALL
    length = min(length, 0.98 * TALL / np.sin(angle))
    tip = top + length * np.array([-np.cos(angle), np.sin(angle)])
    lines = [
        bowed(tip, top, generator.normal(0, 0.05)),
        bowed(top, bottom, generator.normal(0, 0.02)),
    ]
    if generator.random() < 0.2:
        reach = generator.uniform(0.1, 0.3) * TALL
        lines.append(bowed(bottom - [reach, generator.normal(0, 2)], bottom + [reach, 0], 0))
    return lines


def _barred_7(generator: Generator) -> list[NDArray[np.floating]]:
    """Draw a 7 with a bar across its stem, sometimes with a hook at its beginning."""
    left, right = _at(0.5 - generator.uniform(0.22, 0.4), generator.uniform(0, 0.06)), _at(0.78, 0)
    foot = _at(generator.uniform(0.25, 0.6), 1)
    lines = [
        bowed(left, right, generator.normal(0.02, 0.05)),
        bowed(right, foot, generator.normal(0.03, 0.05)),
    ]
    if generator.random() < 0.8:
        middle = right + generator.uniform(0.4, 0.6) * (foot - right)
        reach, tilt = generator.uniform(0.14, 0.32) * TALL, generator.uniform(-0.3, 0.2)
        lines.append(bowed(middle - [reach, -tilt * reach], middle + [reach, -tilt * reach], 0))
    if generator.random() < 0.4:
        lines.append(bowed(left, left + [0, generator.uniform(0.06, 0.18) * TALL], 0))
    return lines


def _open_4(generator: Generator) -> list[NDArray[np.floating]]:
    """Draw a 4 that is open at the top, or closed, its stem apart."""
    is_open = generator.random() < 0.6
    waist = generator.uniform(0.5, 0.68)
    stem = _at(generator.uniform(0.58, 0.72), generator.uniform(0, 0.3))
    foot = _at(generator.uniform(0.5, 0.72), 1)
    left, right = _at(0.2, waist), _at(0.85, waist + generator.normal(0, 0.04))
    head = _at(generator.uniform(0.2, 0.4), 0) if is_open else stem
    return [
        bowed(head, left, generator.normal(0, 0.05)),
        bowed(left, right, 0),
        bowed(stem, foot, 0),
    ]


def _tailed_9(generator: Generator) -> list[NDArray[np.floating]]:
    """Draw a 9 whose tail is straight or curls."""
    wide, round_ = generator.uniform(0.2, 0.3), generator.uniform(0.2, 0.3)
    middle = _at(0.5, round_)
    bowl = arc(middle, TALL * np.array([wide, round_]), 0, -360)
    side = middle + [TALL * wide, 0]
    if generator.random() < 0.5:
        return [
            bowl,
            bowed(side, _at(0.5 + generator.uniform(-0.15, 0.2), 1), generator.normal(0, 0.04)),
        ]
    low = _at(0.5, generator.uniform(0.62, 0.78))
    tail = arc(
        low,
        TALL * np.array([wide, 1 - (low[1] - _at(0, 0)[1]) / TALL]),
        0,
        generator.uniform(80, 175),
    )
    return [bowl, bowed(side, low + [TALL * wide, 0], 0), tail]


def _slashed_0(generator: Generator) -> list[NDArray[np.floating]]:
    """Draw a 0 with a slash through it."""
    wide, reach = generator.uniform(0.25, 0.42), generator.uniform(0.25, 0.5)
    ring = arc(_at(0.5, 0.5), TALL * np.array([wide, 0.5]), -90, 275)
    return [ring, bowed(_at(0.5 - reach, 0.5 + reach), _at(0.5 + reach, 0.5 - reach), 0)]


def _looped_2(generator: Generator) -> list[NDArray[np.floating]]:
    """Draw a 2 with a loop at its foot."""
    head = arc(_at(0.5, 0.24), TALL * np.array([0.26, 0.24]), -170, 40)
    low = _at(0.3, 0.88)
    loop = arc(low, TALL * np.array([0.1, generator.uniform(0.05, 0.1)]), 20, 380)
    return [head, bowed(head[-1], loop[0], -0.05), loop, bowed(loop[-1], _at(0.85, 0.95), -0.1)]


FORMS = (
    (1, _flagged_1),
    (1, _flagged_1),
    (1, _flagged_1),
    (7, _barred_7),
    (7, _barred_7),
    (4, _open_4),
    (9, _tailed_9),
    (0, _slashed_0),
    (2, _looped_2),
)
