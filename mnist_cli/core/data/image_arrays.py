"""Images and labels as arrays of any plain form, brought to the one that all else takes.

That is (N, 28, 28) uint8 with 0 for paper and 255 for ink, and (N,) uint8 labels, 0-9.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.data.digit_form import DIGIT_SIDE, SIDE
from mnist_cli.core.errors import DatasetError

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]
Decode = Callable[[bytes], Images]  # a picture's bytes to (H, W)

MAX_IMAGES = 1_000_000
AT_ONCE = 10_000  # images that are brought to uint8 together
SMALLEST, LARGEST = 8, 64  # px, the sides of images that are taken
GREY, COLOUR = 1, 3  # channels
LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # of red, green, blue, as ITU-R BT.601 has it
RANGES = (  # of pixels, from no ink to full ink
    (0, 1),
    (-0.5, 0.5),
    (-1, 1),
    (0, 255),
    (-0.42422, 2.82149),  # torchvision's tutorials: less MNIST's mean, by its deviation
)
FAINTEST = 64  # of 255 of ink: what is fainter does not say how large a digit is
MEASURED = 1_000  # images that say it for all


class Layout(NamedTuple):
    """How an array holds images.

    Attributes:
        n: How many.
        side: Pixels a side; they are square.
        channels: 1 or 3 values a pixel.
        order: Its axes, in the order of images, rows, columns, channels.
    """

    n: int
    side: int
    channels: int
    order: tuple[int, ...]


def check_images_shape(name: str, shape: tuple[int, ...]) -> None:
    """Refuse an array that is none of images, by its shape, before it is read.

    Raises:
        DatasetError: It is of another shape, or holds none or too many.
    """
    _check_count(name, layout_of(name, shape).n)


def check_labels_shape(name: str, shape: tuple[int, ...]) -> None:
    """Refuse an array that is none of labels, by its shape, before it is read.

    Raises:
        DatasetError: It is neither (N,), (N, 1) nor one-hot (N, 10), or holds none or too many.
    """
    if not (len(shape) == 1 or (len(shape) == 2 and (1 in shape or shape[1] == 10))):
        raise DatasetError(f"{name}: labels must be (N,), or one-hot (N, 10). Received: {shape}.")
    _check_count(name, math.prod(shape) if 1 in shape else shape[0])


def _check_count(name: str, count: int) -> None:
    if not 1 <= count <= MAX_IMAGES:
        raise DatasetError(f"{name}: 1 to {MAX_IMAGES} images are read. Received: {count}.")


def layout_of(name: str, shape: tuple[int, ...], count: int | None = None) -> Layout:
    """Say how an array holds images.

    Args:
        name: What a refusal calls it.
        shape: Of the array: (N, 28, 28), (N, 784), (N, 28, 28, 1), (N, 1, 28, 28), or (784, N),
            (28, 28, N) and (28, 28, 1, N), as Matlab has it; three channels, and other sides.
        count: How many images there are, where that is known.

    Raises:
        DatasetError: It is of another shape.
    """
    for layout in _layouts(shape):
        if count in {None, layout.n}:
            return layout
    raise DatasetError(
        f"{name}: images must be (N, 28, 28), (N, 28, 28, 1), (N, 1, 28, 28) or (N, 784), square"
        f" with {SMALLEST} to {LARGEST} pixels a side, or in colour. Received: {shape}."
    )


def _layouts(shape: tuple[int, ...]) -> Iterator[Layout]:
    """Yield each way to see images in an array, the usual one first."""
    match shape:
        case a, b:
            yield from _squares((a, math.isqrt(max(b, 0)), GREY, (0, 1)), b)
            yield from _squares((b, math.isqrt(max(a, 0)), GREY, (1, 0)), a)
        case a, b, c:
            yield from _squares((a, b, GREY, (0, 1, 2)), b * c)
            yield from _squares((c, a, GREY, (2, 0, 1)), a * b)
        case a, b, c, d:
            yield from _squares((a, b, d, (0, 1, 2, 3)), b * c)
            yield from _squares((a, c, b, (0, 2, 3, 1)), c * d)
            yield from _squares((d, a, c, (3, 0, 1, 2)), a * b)


def _squares(found: tuple[int, int, int, tuple[int, ...]], pixels: int) -> Iterator[Layout]:
    layout = Layout(*found)
    is_square = layout.side**2 == pixels and SMALLEST <= layout.side <= LARGEST
    if is_square and layout.channels in {GREY, COLOUR}:
        yield layout


def to_dataset(name: str, images: NDArray[Any], labels: NDArray[Any]) -> tuple[Images, Labels]:
    """Bring images and their labels to the one form.

    Images of another size, or in colour, are drawn anew: paper is what most of an image's border
    shows, ink what differs from it, and digits become about 20 px large, as MNIST's are.

    Args:
        name: What a refusal calls them.
        images: Numbers; see `layout_of`.
        labels: 0-9 as whole numbers of any type, or one-hot. Of 1-10, as Matlab's data sets have
            them, 10 is a 0.

    Returns:
        (N, 28, 28) uint8 and (N,) uint8.

    Raises:
        DatasetError: They are no images and labels, or differ in number.
    """
    digits = _to_digits(name, labels)
    if not any(layout.n == len(digits) for layout in _layouts(images.shape)):
        count = layout_of(name, images.shape).n
        raise DatasetError(f"{name}: {count} images, but {len(digits)} labels.")
    return to_images(name, images, len(digits)), digits


def to_images(name: str, images: NDArray[Any], count: int | None = None) -> Images:
    """Bring images to (N, 28, 28) uint8; arguments and errors are those of `to_dataset`."""
    layout = layout_of(name, images.shape, count)
    side = layout.side
    ordered = images.transpose(layout.order)
    low, high = _range_of(name, images)
    grey = np.empty((layout.n, side, side), np.uint8)
    is_coloured = False
    for at in range(0, layout.n, AT_ONCE):
        part = ordered[at : at + AT_ONCE].reshape(-1, side, side, layout.channels)
        if part.dtype != np.uint8 or high != 255:
            whole = (part.astype(np.float32) - np.float32(low)) * np.float32(255 / (high - low))
            part = np.rint(whole).clip(0, 255).astype(np.uint8)
        if layout.channels == COLOUR and (part != part[..., :1]).any():
            is_coloured = True
            grey[at : at + AT_ONCE] = np.rint(part.astype(np.float32) @ LUMA)
        else:
            grey[at : at + AT_ONCE] = part[..., 0]
    return _drawn_anew(grey) if is_coloured or side != SIDE else grey


def _range_of(name: str, images: NDArray[Any]) -> tuple[float, float]:
    """Return which values mean no ink and full ink: of the known ranges the first that holds."""
    least, most = images.min(), images.max()  # NaN fails all comparisons below
    for low, high in RANGES:
        if images.dtype.kind in "uifb" and least >= low and most <= high:
            if low < 0:
                log.event("data.pixels_taken_as", data=name, no_ink=low, full_ink=high)
            return low, high
    raise DatasetError(
        f"{name}: pixels must be numbers 0 to 255, 0 to 1, -1 to 1, or -0.5 to 0.5. "
        f"Received: {images.dtype} from {least} to {most}."
    )


def _to_digits(name: str, labels: NDArray[Any]) -> Labels:
    if labels.ndim == 2 and 1 in labels.shape:
        labels = labels.ravel()
    received = f"{labels.dtype} from {labels.min()} to {labels.max()}"
    if labels.ndim == 2:
        if not (np.isin(labels, (0, 1)).all() and (labels.sum(axis=1) == 1).all()):
            raise DatasetError(
                f"{name}: one-hot labels must have a single 1 in each row. Received: {received}."
            )
        labels = labels.argmax(axis=1)
    if np.array_equal(np.unique(labels), np.arange(1, 11)):
        log.warning("data.label_10_is_0", data=name)
        labels = labels % 10
    is_whole = labels.dtype.kind in "uif" and np.array_equal(labels, np.rint(labels))
    if not is_whole or labels.min() < 0 or labels.max() > 9:
        raise DatasetError(f"{name}: labels must be whole numbers 0 to 9. Received: {received}.")
    return labels.astype(np.uint8)


def _drawn_anew(grey: Images) -> Images:
    """Bring (N, S, S) uint8 of any paper to MNIST's size and ink."""
    side = grey.shape[1]
    new_side = min(LARGEST, max(1, round(side * DIGIT_SIDE / _digit_side(grey))))
    how = cv2.INTER_AREA if new_side < side else cv2.INTER_LINEAR
    before, cut = max(0, (SIDE - new_side) // 2), max(0, (new_side - SIDE) // 2)
    kept = min(new_side, SIDE)
    inside, seen = slice(before, before + kept), slice(cut, cut + kept)
    images = np.zeros((len(grey), SIDE, SIDE), np.uint8)
    for at in range(0, len(grey), AT_ONCE):
        for image, ink in zip(images[at:], _ink(grey[at : at + AT_ONCE]), strict=False):
            sized = cv2.resize(ink, (new_side, new_side), interpolation=how)
            image[inside, inside] = sized[seen, seen]
    return images


def _ink(grey: Images) -> Images:
    """Return what differs from the paper, which most of an image's border shows, up to 255."""
    border = np.concatenate([grey[:, 0], grey[:, -1], grey[:, :, 0], grey[:, :, -1]], axis=1)
    paper = np.asarray(np.median(border, axis=1), np.int16)[:, None, None]
    ink = np.abs(grey - paper)
    peak = np.maximum(ink.max(axis=(1, 2), keepdims=True), 1)
    return np.asarray(ink * np.float32(255) / peak, np.uint8)


def _digit_side(grey: Images) -> float:
    """Return how large digits are in (N, S, S): the median of their longer sides, in px."""
    strokes = _ink(grey[:: max(1, len(grey) // MEASURED)]) >= FAINTEST
    extents = []
    for axis in (1, 2):
        inked = np.asarray(strokes.any(axis=axis))
        extents.append(inked.shape[1] - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1))
    return max(1.0, float(np.median(np.maximum(*extents))))
