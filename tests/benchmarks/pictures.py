"""Accuracy on MNIST's test digits made into pictures as people have them.

    python -m tests.benchmarks.pictures

Each digit is enlarged to 600 px, then padded, shifted off centre, shaded by uneven light, or all
of it, in black on white, and written as PNG or JPEG; `predict` reads the files.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.reading.reader import Reader

from .machine import machine
from .reading import encoded, model_parser, open_classifier

Grey = NDArray[np.uint8]
PAPER, INK = 235, 30  # of 255


def enlarged(image: Grey) -> Grey:
    return np.asarray(Image.fromarray(image).resize((600, 600), Image.Resampling.BICUBIC))


def inverted(ink: Grey) -> Grey:
    return (PAPER - ink * ((PAPER - INK) / 255)).astype(np.uint8)


def padded(ink: Grey) -> Grey:
    return np.pad(ink, 300)


def shifted(ink: Grey) -> Grey:
    return np.pad(ink, ((0, 400), (400, 0)))


def shaded(picture: Grey) -> Grey:
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    light = 0.35 + 0.65 * (rows / picture.shape[0] + columns / picture.shape[1]) / 2
    return np.asarray(picture * light, dtype=np.uint8)


VARIANTS: dict[str, Callable[[Grey], Grey]] = {
    "enlarged": enlarged,
    "inverted": lambda image: inverted(enlarged(image)),
    "padded": lambda image: inverted(padded(enlarged(image))),
    "shifted": lambda image: inverted(shifted(enlarged(image))),
    "shaded": lambda image: shaded(inverted(enlarged(image))),
    "all of it": lambda image: shaded(inverted(shifted(padded(enlarged(image))))),
}


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=2_000, help="Test images, from the first on.")
    options = parser.parse_args()
    classifier = open_classifier(parser, options)
    reader = Reader(classifier)
    data = load_mnist("test")
    images, labels = data.images[: options.count], data.labels[: options.count]
    print(machine())
    raw = (classifier.probabilities(images).argmax(axis=1) == labels).mean()
    print(f"{'raw 28×28':<12}{100 * raw:7.2f} %")
    for name, make in VARIANTS.items():
        for file_format, settings in (("PNG", {"compress_level": 1}), ("JPEG", {"quality": 80})):
            right = 0
            for image, label in zip(images, labels, strict=True):
                picture = encoded(Image.fromarray(make(image)), file_format, **settings)
                right += reader.read(picture, errors="record").text == str(label)
            share = right / len(labels)
            print(f"{name:<12}{file_format:<5}{100 * share:7.2f} %  {100 * (share - raw):+.2f}")


if __name__ == "__main__":
    main()
