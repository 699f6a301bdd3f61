"""Which of several named arrays are the images, and which the labels, of a split."""

import re
from collections.abc import Iterable

from mnist_cli.core.errors import DatasetError

IMAGES = {"x", "image", "images", "data", "pixels"}
LABELS = {"y", "label", "labels", "target", "targets"}
SPLITS = {"train": {"train", "training"}, "test": {"test", "testing", "10k"}}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|\d+[a-z]?")


def words(name: str) -> set[str]:
    """Return the words of a name, in small letters: of `train/x_data` or `trainX` alike."""
    return {word.lower() for word in _WORD.findall(name)}


def split_of(name: str) -> str | None:
    """Return which split a name means; None if it means none."""
    return next((split for split, marks in SPLITS.items() if words(name) & marks), None)


def find_pair(names: Iterable[str], split: str, where: str) -> tuple[tuple[str, str], bool]:
    """Find images and labels of a split by their names: `x_train` and `y_train`, `data`, `target`.

    Args:
        names: Of all arrays.
        split: `train` or `test`. Where no name tells one, the arrays are the same in both.
        where: What a refusal calls them.

    Returns:
        Names of both, and whether they are one half of several, rather than all there is.

    Raises:
        DatasetError: There are none, or several.
    """
    held = sorted(names)
    labels = [name for name in held if words(name) & LABELS]
    images = [name for name in held if words(name) & IMAGES and name not in labels]
    is_split = any(split_of(name) for name in images)
    if is_split:
        images = [name for name in images if split_of(name) == split]
        labels = [name for name in labels if split_of(name) == split]
    if len(images) != 1 or len(labels) != 1:
        wanted = f"x_{split} and y_{split}" if is_split else "images and labels"
        raise DatasetError(
            f"{where}: one array each of {wanted} is needed."
            f" Received: {', '.join(held[:8]) or 'none'}.",
            hint="Name them so, or save them as an .npz.",
        )
    return (images[0], labels[0]), is_split
