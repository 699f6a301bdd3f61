"""Pictures of what is no digit: does the reader doubt them, and not the digits?

    python -m tests.benchmarks.non_digits [--model bundled] [--fonts FOLDER]

Kinds that the training of the bundled model does not make: letters that resemble no digit, in the
fonts that come with matplotlib and OpenCV (and those of a folder, handwriting for instance);
symbols; interfering waves; brush strokes of many hands at once. Each picture goes the whole way.
The area under the ROC curve is of the rejection score against MNIST's test images.
"""

from collections.abc import Callable
from pathlib import Path

import cv2
import matplotlib as mpl
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mnist_cli.core.dataset import load_mnist
from mnist_cli.core.errors import PictureError
from mnist_cli.core.metrics import unlikeness
from mnist_cli.reading.answers import doubts
from mnist_cli.reading.page import find_digits

from .machine import machine
from .reading import model_parser, open_classifier

Grey = NDArray[np.uint8]
Generator = np.random.Generator
Maker = Callable[[Generator], Grey]

LETTERS = "AEFHKMNRWXkmnwx"
SYMBOLS = "&@#%?!*+=§¥€£"
COUNT = 300  # of each kind


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--fonts", type=Path, help="A folder of .ttf and .otf files.")
    options = parser.parse_args()
    classifier = open_classifier(parser, options)
    digits = unlikeness(classifier.probabilities(load_mnist("test").images))
    own = sorted(Path(mpl.get_data_path(), "fonts", "ttf").glob("DejaVuS*.ttf"))
    given = sorted(options.fonts.rglob("*.[to]tf")) if options.fonts else []
    kinds: dict[str, Maker] = {
        "letters": lambda generator: written(own, LETTERS, generator),
        "pen letters": pen_letter,
        "symbols": lambda generator: written(own, SYMBOLS, generator),
        "waves": waves,
        "tangles": tangle,
    }
    if given:
        kinds["letters of --fonts"] = lambda generator: written(given, LETTERS, generator)
    print(machine())
    for name, make in kinds.items():
        generator = np.random.default_rng(0)
        images = list(filter(None, (normalised(make(generator)) for _ in range(COUNT))))
        answers = classifier.probabilities(np.stack([image[0] for image in images]))
        scores = unlikeness(answers)
        unsure = doubts(answers).mean()
        print(f"{name:<20}area {area_under_roc(scores, digits):.4f}, {unsure:.1%} called unsure")


def normalised(picture: Grey) -> tuple[Grey] | None:
    try:
        return (find_digits(picture, layout="single").digits[0].image,)
    except PictureError:
        return None


def written(fonts: list[Path], characters: str, generator: Generator) -> Grey:
    image = Image.new("L", (260, 260), 255)
    font = ImageFont.truetype(fonts[generator.integers(len(fonts))], 120)
    character = characters[generator.integers(len(characters))]
    ImageDraw.Draw(image).text((130, 130), character, font=font, fill=20, anchor="mm")
    return np.asarray(image)


def pen_letter(generator: Generator) -> Grey:
    """Draw a letter of OpenCV's script fonts with pens of several widths."""
    image = np.full((200, 200), 255, np.uint8)
    fonts = (cv2.FONT_HERSHEY_SCRIPT_SIMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
    letter = LETTERS[generator.integers(len(LETTERS))]
    pen = int(generator.integers(4, 14))
    font = fonts[generator.integers(2)]
    cv2.putText(image, letter, (40, 150), font, 4, 0, pen, cv2.LINE_AA)
    return image


def waves(generator: Generator) -> Grey:
    """Add four plane waves."""
    rows, columns = np.mgrid[0:1:200j, 0:1:200j]
    field = np.zeros((200, 200))
    for _ in range(4):
        across, down = generator.normal(0, 5, 2)
        field += np.sin(2 * np.pi * (across * columns + down * rows + generator.random()))
    return np.asarray(255 * (field - field.min()) / np.ptp(field), dtype=np.uint8)


def tangle(generator: Generator) -> Grey:
    """Draw several arcs over each other."""
    image = np.full((200, 200), 255, np.uint8)
    pen = int(generator.integers(3, 14))
    for _ in range(generator.integers(5, 9)):
        centre = generator.integers(60, 140, 2).tolist()
        axes = generator.integers(15, 60, 2).tolist()
        first, turn = generator.uniform(0, 360, 2)
        reach = generator.uniform(60, 200)
        cv2.ellipse(image, centre, axes, turn, first, first + reach, 20, pen, cv2.LINE_AA)
    return image


def area_under_roc(higher: NDArray[np.float32], lower: NDArray[np.float32]) -> float:
    """Return the chance that one of the first scores higher than one of the second."""
    low = np.sort(lower)
    below = np.searchsorted(low, higher, "left"), np.searchsorted(low, higher, "right")
    return float(np.mean(below[0] + below[1]) / 2 / len(low))


if __name__ == "__main__":
    main()
