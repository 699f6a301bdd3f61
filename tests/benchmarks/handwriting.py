"""Pictures of people's handwriting, and twins of them.

    python -m tests.benchmarks.handwriting FOLDER [--model bundled] [--twins]

FOLDER holds `labels.csv` with the columns `path` and `label`; a label's lines are joined by `|`.
Of pictures with several digits the edit distance counts. A twin is the same picture in another
form, and should be read as the same digit.
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from mnist_cli.core.metrics import wilson_interval
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.results import Reading

from .machine import machine
from .reading import encoded, model_parser, open_classifier


@dataclass(frozen=True)
class Example:
    """A picture and what it says."""

    path: Path
    label: str

    @property
    def several(self) -> bool:
        return len(self.label) > 1


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--twins", action="store_true", help="Read 13 twins of each single digit.")
    options = parser.parse_args()
    reader = Reader(open_classifier(parser, options))
    with (options.folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        examples = [
            Example(options.folder / row["path"], row["label"].replace("|", "\n"))
            for row in csv.DictReader(file)
        ]
    print(machine())
    singles = [example for example in examples if not example.several]
    if singles:
        read_singles(reader, singles)
    if pages := [example for example in examples if example.several]:
        read_pages(reader, pages)
    if options.twins:
        read_twins(reader, singles)


def read_singles(reader: Reader, examples: list[Example]) -> None:
    readings = reader.read_many([example.path for example in examples])
    right = 0
    for example, reading in zip(examples, readings, strict=True):
        right += reading.text == example.label
        if reading.text != example.label:
            print(f"    {example.path.name}: {example.label!r} read as {told(reading)}")
    low, high = wilson_interval(right, len(examples))
    unsure = sum(any(digit.unsure for digit in reading.digits) for reading in readings)
    print(
        f"single digits  {right} of {len(examples)}, {right / len(examples):.2%}"
        f" (95 % interval {low:.2%} to {high:.2%}); {unsure / len(examples):.2%} unsure"
    )


def told(reading: Reading) -> str:
    if reading.error:
        return reading.error.message
    digits = ", ".join(f"{digit.confidence:.0%}" for digit in reading.digits)
    unsure = ", unsure" if any(digit.unsure for digit in reading.digits) else ""
    return f"{reading.text!r} ({digits}{unsure})"


def read_pages(reader: Reader, examples: list[Example]) -> None:
    wrong = digits = exact = 0
    for example in examples:
        reading = reader.read(example.path)
        distance = edit_distance(reading.text, example.label)
        wrong += distance
        digits += sum(map(str.isdigit, example.label))
        exact += distance == 0
        if distance:
            print(f"    {example.path.name}: {example.label!r} read as {told(reading)}")
    print(
        f"several digits  {1 - wrong / digits:.2%} of {digits} digits by edit distance;"
        f" {exact} of {len(examples)} pictures exactly"
    )


def edit_distance(one: str, other: str) -> int:
    """Count the fewest characters to insert, delete or replace (Levenshtein)."""
    distances = list(range(len(other) + 1))
    for row, left in enumerate(one, 1):
        diagonal, distances[0] = distances[0], row
        for column, right in enumerate(other, 1):
            diagonal, distances[column] = (
                distances[column],
                min(distances[column] + 1, distances[column - 1] + 1, diagonal + (left != right)),
            )
    return distances[-1]


def _turned_by_exif(image: Image.Image) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90° to look at it
    return encoded(image.transpose(Image.Transpose.ROTATE_90), "PNG", exif=exif)


def _inverted(image: Image.Image) -> bytes:
    return encoded(Image.fromarray(255 - np.asarray(image)), "PNG")


def _deep(image: Image.Image) -> bytes:
    return encoded(Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257), "PNG")


def _with_alpha(image: Image.Image) -> bytes:
    grey = image.convert("L")
    return encoded(Image.merge("LA", [grey, Image.new("L", grey.size, 255)]), "PNG")


def _resized(image: Image.Image, factor: float) -> bytes:
    size = max(4, round(image.width * factor)), max(4, round(image.height * factor))
    return encoded(image.resize(size, Image.Resampling.BICUBIC), "PNG")


def _padded(image: Image.Image) -> bytes:
    """Put more of the paper's colour around it: half its size."""
    pixels = np.asarray(image)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = tuple(int(level) for level in np.median(border, axis=0))
    page = Image.new("RGB", (round(image.width * 1.5), round(image.height * 1.5)), colour)
    page.paste(image, (image.width // 4, image.height // 4))
    return encoded(page, "PNG")


def _darkened(image: Image.Image) -> bytes:
    """Let the light fall to half from one corner to the other."""
    rows, columns = np.mgrid[0 : 1 : 1j * image.height, 0 : 1 : 1j * image.width]
    light = 1 - 0.25 * (rows + columns)
    return encoded(Image.fromarray((np.asarray(image) * light[..., None]).astype(np.uint8)), "PNG")


def _palette(image: Image.Image) -> bytes:
    return encoded(image.convert("L").convert("P"), "PNG")


LOSSLESS: dict[str, Callable[[Image.Image], bytes]] = {
    "turned by EXIF": _turned_by_exif,
    "inverted": _inverted,
    "16-bit": _deep,
    "palette": _palette,
    "grey and alpha": _with_alpha,
    "WebP": lambda image: encoded(image, "WEBP", lossless=True),
    "TIFF": lambda image: encoded(image, "TIFF"),
    "CMYK": lambda image: encoded(image.convert("CMYK"), "TIFF"),
}
LOSSY: dict[str, Callable[[Image.Image], bytes]] = {
    "enlarged 3×": lambda image: _resized(image, 3),
    "shrunk to half": lambda image: _resized(image, 0.5),
    "padded by half": _padded,
    "JPEG quality 30": lambda image: encoded(image, "JPEG", quality=30),
    "darkened": _darkened,
}


def read_twins(reader: Reader, examples: list[Example]) -> None:
    total = 0
    images = [Image.open(example.path).convert("RGB") for example in examples]
    expected = [reader.read_bytes(encoded(image, "PNG")).text for image in images]
    kinds = LOSSLESS | LOSSY
    for kind, make in kinds.items():
        answers = [reader.read_bytes(make(image)).text for image in images]
        pairs = list(zip(examples, expected, answers, strict=True))
        differing = [(e.path.name, one, two) for e, one, two in pairs if one != two]
        total += len(differing)
        print(f"{kind:<16}{1 - len(differing) / len(images):.2%} the same", *differing[:6])
    print(f"twins  {1 - total / len(kinds) / len(images):.2%} the same")


if __name__ == "__main__":
    main()
