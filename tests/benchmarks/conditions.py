"""Digits held out from training, written on paper and photographed, or cut out tightly.

    python -m tests.benchmarks.conditions [--count 100]

Pictures of one digit, of a row and of three rows, on paper that is lined, in shadow, on a table, …;
then single digits without any room around them, also of few pixels. What is chosen by these
figures is chosen by training images; of the low-resolution scans of scikit-learn's `load_digits`
(UCI, 1,797 images of 8×8 pixels) a network of ours has seen none.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from mnist_cli.core.dataset import load_mnist, stratified_split
from mnist_cli.reading.reader import Reader

from .machine import machine
from .reading import encoded, model_parser, open_classifier
from .scores import edit_distance

Grey = NDArray[np.uint8]
Floats = NDArray[np.float32]
PEN = 6  # px that a pixel of MNIST becomes


@dataclass(frozen=True)
class Sheet:
    """How a picture is written and photographed.

    Attributes:
        margin: Paper around the digits, in their heights.
        ink: How much of the light ink takes.
        shadow: Whether a part lies in a shadow, of 62 % of the light.
        rules: Heights of a digit between lines; 0 for none.
        squared: Whether there are upright lines too.
        turn_deg: Largest turn of the whole.
        table: Brightness of what the sheet lies on, of 255; 0 for nothing around it.
    """

    margin: float = 1.0
    ink: float = 0.65
    shadow: bool = False
    rules: float = 0.0
    squared: bool = False
    turn_deg: float = 0.0
    table: int = 0


SHEETS = {
    "plain paper": Sheet(),
    "cropped": Sheet(margin=0),
    "shadow": Sheet(shadow=True),
    "ruled": Sheet(rules=1.6),
    "squared": Sheet(rules=0.45, squared=True),
    "pencil": Sheet(ink=0.35),
    "turned 3 to 8°": Sheet(margin=1.5, turn_deg=8),
    "on a dark table": Sheet(margin=1.5, table=70, turn_deg=4),
    "on a brown table": Sheet(margin=1.5, table=115, turn_deg=4),
    "small": Sheet(margin=10),
}
ROWS = {"one digit": (1, (1, 1)), "a row": (1, (3, 8)), "three rows": (3, (3, 8))}


class Writer:
    """Puts digits on sheets."""

    def __init__(self) -> None:
        data = load_mnist("train")
        _, held_out = stratified_split(data.labels, 5_000, seed=0)
        self.images, self.labels = data.images[held_out], data.labels[held_out]
        self.draw = np.random.default_rng(0)

    def picture(self, sheet: Sheet, rows: int, lengths: tuple[int, int]) -> tuple[Grey, str]:
        """Return a picture and what it says."""
        written = [
            self._row(int(self.draw.integers(lengths[0], lengths[1] + 1))) for _ in range(rows)
        ]
        width = max(row.shape[1] for row, _ in written)
        apart = np.zeros((12 * PEN, width), np.uint8)
        lines = [np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row, _ in written]
        ink = np.vstack([part for line in lines for part in (line, apart)][:-1])
        room = round(sheet.margin * 20 * PEN)
        return self._photographed(np.pad(ink, room), sheet), "\n".join(t for _, t in written)

    def _row(self, length: int) -> tuple[Grey, str]:
        parts = []
        chosen = self.draw.integers(0, len(self.labels), length)
        for index in chosen:
            digit = enlarged(cropped(self.images[index]), PEN)
            above = int(self.draw.integers(0, 26 * PEN - digit.shape[0] + 1))
            gap = int(self.draw.uniform(3, 14) * PEN)
            below = 26 * PEN - digit.shape[0] - above
            parts.append(np.pad(digit, ((above, below), (0, gap))))
        row = np.hstack(parts)[:, :-gap]
        used = np.flatnonzero(row.any(axis=1))
        return row[used[0] : used[-1] + 1], "".join(str(self.labels[index]) for index in chosen)

    def _photographed(self, ink: Grey, sheet: Sheet) -> Grey:
        height, width = ink.shape
        rows, columns = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
        angle = self.draw.uniform(0, 2 * np.pi)
        slope = np.cos(angle) * columns + np.sin(angle) * rows
        light = 185 + 35 * slope
        if sheet.shadow:
            light *= np.where(slope > self.draw.uniform(-0.3, 0.3), 1, 0.62)
        if sheet.rules:
            apart, line = round(sheet.rules * 20 * PEN), max(1, round(PEN / 3))
            ruled = (np.arange(height) % apart < line)[:, None]
            upright = (np.arange(width) % apart < line)[None] if sheet.squared else False
            light *= 1 - 0.25 * (ruled | upright)
        picture = light * (1 - ink / 255 * sheet.ink) + 1.5 * self._grain(height, width, 6, 1)
        if sheet.table:
            picture = self._laid(picture, sheet.table)
        if sheet.turn_deg:
            turn = self.draw.choice([-1, 1]) * self.draw.uniform(3, sheet.turn_deg)
            middle = picture.shape[1] / 2, picture.shape[0] / 2
            matrix = cv2.getRotationMatrix2D(middle, turn, 1)
            picture = cv2.warpAffine(
                picture, matrix, picture.shape[::-1], borderMode=cv2.BORDER_REPLICATE
            )
        return np.asarray(np.clip(picture, 0, 255), np.uint8)

    def _laid(self, picture: Floats, brightness: int) -> Floats:
        height, width = picture.shape
        above, left = height // 8, width // 8
        shape = height + 2 * above, width + 2 * left
        table = brightness + self._grain(*shape, 120, 12) + self._grain(*shape, 8, 0.8)
        table[above : above + height, left : left + width] = picture
        return np.asarray(np.clip(table, 10, 255), np.float32)

    def _grain(self, height: int, width: int, deviation: float, size: float) -> Floats:
        noise = self.draw.normal(0, deviation, (height, width)).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(noise, None, size))


def cropped(image: Grey) -> Grey:
    x, y, width, height = cv2.boundingRect(image)
    return image[y : y + height, x : x + width]


def enlarged(image: Grey, times: float) -> Grey:
    size = [max(4, round(side * times)) for side in image.shape[::-1]]
    return np.asarray(Image.fromarray(image).resize((size[0], size[1]), Image.Resampling.BICUBIC))


def of_16_px(image: Grey) -> Grey:
    """Bring a digit to 16×16, as the US Postal Service's scans have it: to the border."""
    tight = cropped(image)
    high, wide = ((max(tight.shape) - side) // 2 for side in tight.shape)
    small = cv2.resize(np.pad(tight, ((high,), (wide,))), (16, 16), interpolation=cv2.INTER_AREA)
    return np.asarray(small * (255 / small.max()), np.uint8)


CROPS: dict[str, Callable[[Grey], Grey]] = {
    "as it is": cropped,
    "dark on white": lambda image: 255 - cropped(image),
    "enlarged": lambda image: 255 - enlarged(cropped(image), 10),
    "16×16": of_16_px,
    "16×16, enlarged": lambda image: enlarged(of_16_px(image), 4),
}
SCANS: dict[str, Callable[[Grey], Grey]] = {
    "8×8": lambda scan: scan,
    "8×8, dark on white": lambda scan: 255 - scan,
    "28×28": lambda scan: enlarged(scan, 3.5),
    "64×64": lambda scan: enlarged(scan, 8),
    "64×64, with margins": lambda scan: np.pad(255 - enlarged(scan, 8), 8, constant_values=255),
}


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=100, help="Pictures of each kind.")
    options = parser.parse_args()
    reader = Reader(open_classifier(parser, options))
    writer = Writer()
    print(machine())
    for name, sheet in SHEETS.items():
        told = []
        for kind, rows in ROWS.items():
            examples = [writer.picture(sheet, *rows) for _ in range(options.count)]
            told.append(f"{kind} {read(reader, examples, 'JPEG'):7.2%}")
        print(f"{name:<18}{'  '.join(told)}", flush=True)
    digits = list(zip(writer.images, map(str, writer.labels), strict=True))[: 5 * options.count]
    for crop, make in CROPS.items():
        share = read(reader, [(make(image), label) for image, label in digits], "PNG")
        print(f"cropped, {crop:<20}{share:7.2%}", flush=True)
    scans = load_digits()
    images = np.clip(scans.images * 16, 0, 255).astype(np.uint8)
    for kind, make in SCANS.items():
        examples = [(make(i), str(t)) for i, t in zip(images, scans.target, strict=True)]
        print(f"UCI's scans, {kind:<20}{read(reader, examples, 'PNG'):7.2%}", flush=True)


def read(reader: Reader, examples: list[tuple[Grey, str]], file_format: str) -> float:
    """Return the share of digits that are read right, by edit distance."""
    wrong = 0
    for picture, text in examples:
        reading = reader.read_bytes(encoded(Image.fromarray(picture), file_format))
        wrong += min(edit_distance(reading.text, text), len(text))
    return 1 - wrong / sum(len(text) for _, text in examples)


if __name__ == "__main__":
    main()
