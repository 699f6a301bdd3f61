"""Digits as people write them: MNIST's and the writers', thinned, with those that both lack."""

from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import DatasetError, DatasetNotFoundError
from mnist_cli.synthesis.rare import FORMS
from mnist_cli.synthesis.strokes import Generator, Ink, cut, drawn, penned, traced

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
        pitch: Room that each digit has, its own width included, in heights, where all have the
            same; 0 where the gaps are alike.
        soft: Whether the strokes are MNIST's own.
        writer: Whose digits; None for anybody's.
        ink: How dark his ink is, as a share of what is darkest on the page.
    """

    pen: float = 0.1
    slant: float = 0.0
    squeeze: float = 1.0
    unsteady: float = 0.5
    gap: float = 0.15
    pitch: float = 0.0
    soft: bool = False
    writer: int | None = None
    ink: float = 1.0

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

    def bend(self, generator: Generator) -> NDArray[np.floating]:
        """Draw how he bends one character, (2, 2): squeezed, slanted and turned."""
        slant = self.slant + 0.06 * self.unsteady * generator.normal()
        turn = np.deg2rad(4 * self.unsteady * generator.normal())
        squeeze = self.squeeze * np.exp(0.08 * self.unsteady * generator.normal())
        cosine, sine = np.cos(turn), np.sin(turn)
        turned = np.array([[cosine, -sine], [sine, cosine]])
        return np.asarray(turned @ np.array([[squeeze, -slant], [0, 1]]))


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
        matrix = hand.bend(generator)
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
        DatasetError: A file is no picture.
    """
    found = []
    for number, writer in enumerate(writers):
        if not (folder / writer).is_dir():
            raise DatasetNotFoundError(f"No writer {writer!r} in {str(folder)!r}.")
        for path in sorted((folder / writer).glob("[0-9]/*.png")):
            grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
            if grey is None:
                raise DatasetError(f"{path}: no picture.")
            level, ink = cv2.threshold(255 - grey, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
            _, pieces, stats, _ = cv2.connectedComponentsWithStats(ink)
            large = np.flatnonzero(stats[1:, cv2.CC_STAT_AREA] >= 0.06 * (ink > 0).sum()) + 1
            if level > 20 and len(large) <= 4:  # neither blank nor speckled
                digit = np.isin(pieces, large).astype(np.uint8) * 255
                found.append((number, int(path.parent.name), digit))
    return found
