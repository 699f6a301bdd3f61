"""Single digits without any room around them, also of few pixels, as cases.

MNIST's are cropped as they are and to 16×16, as the US Postal Service's scans are. Of the scans of
scikit-learn's `load_digits` (UCI, 1,797 images of 8×8 pixels) a network of ours has seen none.
"""

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from sklearn.datasets import load_digits

from .cases import Case

Grey = NDArray[np.uint8]
ANY_OVERLAP = 1e-6  # one digit alone is on the picture


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
    "cropped": cropped,
    "cropped, dark on white": lambda image: 255 - cropped(image),
    "cropped, enlarged": lambda image: 255 - enlarged(cropped(image), 10),
    "16×16": of_16_px,
    "16×16, enlarged": lambda image: enlarged(of_16_px(image), 4),
}
SCANS: dict[str, Callable[[Grey], Grey]] = {
    "8×8": lambda scan: scan,
    "8×8, dark on white": lambda scan: 255 - scan,
    "8×8 to 28×28": lambda scan: enlarged(scan, 3.5),
    "8×8 to 64×64": lambda scan: enlarged(scan, 8),
    "8×8 to 64×64, margins": lambda scan: np.pad(255 - enlarged(scan, 8), 8, constant_values=255),
}


def crops(images: Grey, labels: Grey) -> dict[str, list[Case]]:
    """Return MNIST's images by the way in which they are cropped."""
    digits = list(zip(images, labels.tolist(), strict=True))
    return {kind: [alone(make(i), label) for i, label in digits] for kind, make in CROPS.items()}


def scans(count: int) -> dict[str, list[Case]]:
    """Return scikit-learn's first scans by the way in which they are enlarged."""
    found = load_digits()
    images = np.clip(found.images[:count] * 16, 0, 255).astype(np.uint8)
    digits = list(zip(images, found.target.tolist()[:count], strict=True))
    return {kind: [alone(make(i), label) for i, label in digits] for kind, make in SCANS.items()}


def alone(picture: Grey, label: int) -> Case:
    height, width = picture.shape
    return Case(picture, str(label), [(0, 0, width, height)], str(label), iou=ANY_OVERLAP)
