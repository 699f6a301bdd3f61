"""mnist predict, of Kaggle's test file: a row of pixels an image, to a row a digit."""

from pathlib import Path
from typing import TYPE_CHECKING

from mnist_cli.cli import console
from mnist_cli.core.errors import DatasetError, PictureNotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mnist_cli.reading.classifier import Classifier

SUFFIX = ".csv"
HEADS = "ImageId,Label"  # of Kaggle's submissions; ImageId counts from 1
AT_ONCE = 10_000  # images, which take 30 MB as floats


def is_table(name: str) -> bool:
    """Tell by its name whether a source is a table of images."""
    return name.lower().endswith(SUFFIX)


def read_table(
    sources: list[str],
    open_classifier: "Callable[[], Classifier]",
    output: str | None,
    others: list[str],
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Read each image of a table, and write `ImageId,Label` in its order.

    Args:
        sources: The one table.
        open_classifier: Opens who reads.
        output: A `.csv` file.
        others: Options that were given and mean nothing here.
        force: Whether an existing file is replaced.
        as_json: Whether a document tells what was done.
    """
    import numpy as np

    from mnist_cli.core.data.csv_file import read_unlabelled_csv
    from mnist_cli.core.files import write_bytes
    from mnist_cli.core.outputs import check_output

    if len(sources) > 1:
        raise UsageError(f"A {SUFFIX} of images is read alone. Received: {len(sources)} sources.")
    if others:
        raise UsageError(f"A {SUFFIX} of images is read without {', '.join(others)}.")
    if output is None or not is_table(output):
        raise UsageError(
            f"The digits of a {SUFFIX} of images go to another {SUFFIX}.",
            hint="Pass --output submission.csv.",
        )
    source, target = Path(sources[0]), Path(output)
    check_output(target, force=force, inputs=sources)
    if not source.is_file():
        raise PictureNotFoundError(f"No file {sources[0]!r}.")
    try:
        images = read_unlabelled_csv(source)
    except OSError as error:
        raise DatasetError(f"{source}: {error.strerror}.") from error
    classifier = open_classifier()
    parts = (images[at : at + AT_ONCE] for at in range(0, len(images), AT_ONCE))
    digits = np.concatenate([classifier.probabilities(part).argmax(axis=1) for part in parts])
    lines = [HEADS, *(f"{number},{digit}" for number, digit in enumerate(digits.tolist(), 1))]
    write_bytes(target, ("\n".join(lines) + "\n").encode())
    if as_json:
        console.result_json({"path": str(source), "n": len(digits), "output": str(target)})
    console.note(f"results: {console.printable(str(target))}, {len(digits):,} images")
