"""Pictures of what is no digit: does the reader find none, and doubt those that it finds?

    python -m tests.benchmarks.non_digits [--model bundled] [--fonts FOLDER] [--count 300]

Of each kind: the digits found in a picture, and those of them that were not called unsure. Blank
and textured pictures should give 0.02 sure ones at most. Where a picture shows one thing alone
there is also the area under the ROC curve of the rejection score against MNIST's test images: the
chance that the thing looks less like a digit than a digit does. Letters are of fonts that come
with matplotlib and OpenCV, and of those in a folder, handwriting for instance.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.metrics import unlikeness
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.reader import Reader

from .machine import machine
from .non_digit_pictures import CAPITALS, LOWER_CASE, THINGS, Picture, written
from .reading import encoded, model_parser, open_classifier
from .textures import SCENES

COUNT = 300  # of each kind


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--fonts", type=Path, help="A folder of .ttf and .otf files.")
    parser.add_argument("--count", type=int, default=COUNT, help="Pictures of each kind.")
    options = parser.parse_args()
    classifier = open_classifier(parser, options)
    reader, single = Reader(classifier), Reader(classifier, layout="single")
    digits = unlikeness(classifier.probabilities(load_mnist("test").images))
    things = dict(THINGS)
    if options.fonts:
        fonts = sorted(options.fonts.rglob("*.[to]tf"))
        things["letters of --fonts"] = lambda generator: written(
            fonts, CAPITALS + LOWER_CASE, generator
        )
    print(machine())
    for name, make in (things | SCENES).items():
        generator = np.random.default_rng(0)
        pictures = [make(generator) for _ in range(options.count)]
        told = found(reader, pictures)
        if name in things and len(images := seen(single, pictures)):
            area = area_under_roc(unlikeness(classifier.probabilities(images)), digits)
            told += f"; area {area:.4f} of {len(images)}"
        print(f"{name:<22}{told}", flush=True)


def found(reader: Reader, pictures: list[Picture]) -> str:
    """Tell how many digits a picture has, and how many sure ones."""
    unsure = [digit.unsure for picture in pictures for digit in digits_of(reader, picture)]
    sure = len(unsure) - sum(unsure)
    return f"{len(unsure) / len(pictures):7.3f} digits a picture, {sure / len(pictures):.3f} sure"


def seen(reader: Reader, pictures: list[Picture]) -> NDArray[np.uint8]:
    """Return (N, 28, 28): what the network saw of the first digit in each that has one."""
    readings = (digits_of(reader, picture) for picture in pictures)
    images = [digits[0].image for digits in readings if digits]
    return np.stack(images) if images else np.empty((0, 28, 28), np.uint8)


def digits_of(reader: Reader, picture: Picture) -> tuple[Digit, ...]:
    return reader.read(encoded(Image.fromarray(picture), "PNG"), errors="record").digits


def area_under_roc(higher: NDArray[np.float32], lower: NDArray[np.float32]) -> float:
    """Return the chance that one of the first scores higher than one of the second."""
    low = np.sort(lower)
    below = np.searchsorted(low, higher, "left"), np.searchsorted(low, higher, "right")
    return float(np.mean(below[0] + below[1]) / 2 / len(low))


if __name__ == "__main__":
    main()
