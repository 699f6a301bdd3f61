"""Numbers of every kind that `--expect` knows, written and printed, with their marks.

    python -m tests.benchmarks.numbers [--count 200] [--model PATH]

Each picture holds one number, 24 to 60 px high, dark on light, written with MNIST's digits that all
recipes hold out, or set in a font of this machine. `exact` is the share whose text is right to the
last mark, `digits` that whose digits are, both as it is expected and without; `sure` are the wrong
ones that are not called unsure.
"""

from collections import Counter
from collections.abc import Callable, Mapping

import cv2
import numpy as np

from mnist_cli.reading.output.entries import digits_of
from mnist_cli.reading.reader import Reader
from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.print import any_font, set_text
from mnist_cli.synthesis.scribe import Scribe
from mnist_cli.synthesis.strokes import Generator

from .machine import machine
from .reading import held_out_digits, model_parser, open_classifier

SEED = 1_000_007
HIGH, WIDE = 160, 900  # px of a picture


def _decimal(generator: Generator) -> str:
    whole, part = generator.integers(0, 10_000), generator.integers(0, 100)
    sign = "-" if generator.random() < 0.3 else ""
    return f"{sign}{whole}{generator.choice(['.', ','])}{part:02}"


def _date(generator: Generator) -> str:
    day, month = generator.integers(1, 29), generator.integers(1, 13)
    year = generator.integers(1950, 2050)
    separator = str(generator.choice(["/", ".", "-"]))
    return separator.join([f"{day:02}", f"{month:02}", str(year)])


def _phone(generator: Generator) -> str:
    parts = [str(generator.integers(100, 1_000)) for _ in range(3)]
    return "-".join(parts) if generator.random() < 0.5 else f"({parts[0]}){parts[1]}-{parts[2]}"


KINDS: Mapping[str, Callable[[Generator], str]] = {
    "integer": lambda generator: f"{generator.integers(-999, 100_000)}",
    "decimal": _decimal,
    "date": _date,
    "time": lambda generator: f"{generator.integers(24):02}:{generator.integers(60):02}",
    "phone": _phone,
    "6": lambda generator: f"{generator.integers(1_000_000):06}",
    "0..100": lambda generator: f"{generator.integers(101)}",
}


def rendered(generator: Generator, digits: Digits, text: str, *, printed: bool) -> bytes:
    """Write or print a number: a PNG."""
    canvas, height = Canvas(HIGH, WIDE), float(generator.uniform(24, 60))
    if printed:
        size = round(1.4 * height)
        set_text(canvas, text, 40, 80 - 0.6 * size, any_font(generator), size, line=0)
    else:
        scribe = Scribe(canvas, generator, digits, Hand.any(generator, digits), height)
        scribe.write(text, 40, 80, 0)
    ink = np.maximum(canvas.written, canvas.printed)
    page = generator.uniform(0.75, 1) - generator.uniform(0.5, 0.7) * ink
    page = page + generator.normal(0, 0.01, page.shape)
    return cv2.imencode(".png", np.asarray(np.clip(page, 0, 1) * 255, np.uint8))[1].tobytes()


def main() -> None:
    """Measure, and print the table."""
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=200)
    options = parser.parse_args()
    digits = held_out_digits()
    classifier = open_classifier(parser, options)
    print(machine())
    print("| expected | written | exact | digits | sure | not expected: exact | digits |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for kind, make in KINDS.items():
        readers = Reader(classifier, expect=kind), Reader(classifier)
        for printed in (False, True):
            generator = np.random.default_rng([SEED, *kind.encode(), printed])
            counts: Counter[tuple[int, str]] = Counter()
            for _ in range(options.count):
                text = make(generator)
                picture = rendered(generator, digits, text, printed=printed)
                for way, reader in enumerate(readers):
                    reading = reader.read(picture, errors="record")
                    counts[way, "exact"] += reading.text == text
                    counts[way, "digits"] += digits_of(reading.text) == digits_of(text)
                    unsure = any(number.unsure for number in reading.numbers)
                    counts[way, "sure"] += reading.text != text and not (unsure or reading.error)
            shares = {
                place: f"{100 * count / options.count:.1f} %" for place, count in counts.items()
            }
            told = [shares.get((0, what), "0") for what in ("exact", "digits", "sure")]
            told += [shares.get((1, what), "0") for what in ("exact", "digits")]
            how = "printed" if printed else "by hand"
            print(f"| {kind} | {how} | {' | '.join(told)} |", flush=True)


if __name__ == "__main__":
    main()
