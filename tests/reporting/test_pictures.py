import base64
import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reporting.pictures import NEGATIVE, POSITIVE, digit_uri, weights_uri


def pixels(uri: str) -> NDArray[np.uint8]:
    """Decode to (H, W, 4)."""
    kind, content = uri.split(",", 1)
    assert kind == "data:image/png;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGBA"))


def test_a_digit_is_black_where_it_is_ink_and_nothing_where_it_is_paper(
    test_split: Dataset,
) -> None:
    drawn = pixels(digit_uri(test_split.images[0]))

    np.testing.assert_array_equal(drawn[..., 3], test_split.images[0])
    assert (drawn[..., :3] == 0).all()


def test_weights_are_sorted_by_size_and_coloured_by_sign() -> None:
    kernels = np.zeros((9, 2, 2), np.float32)
    kernels[3] = 1.0
    kernels[5] = -0.5

    drawn = pixels(weights_uri(kernels, most=9))

    assert drawn.shape == (2 * 4, 8 * 4, 4)  # two rows of units, two pixels apart
    assert drawn[0, 0].tolist() == [*POSITIVE, 255]
    assert drawn[0, 4].tolist() == [*NEGATIVE, 127]
    assert (drawn[4:, :, 3] == 0).all()


def test_weights_of_nothing_but_zeros_are_drawn_too() -> None:
    assert pixels(weights_uri(np.zeros((1, 5, 5), np.float32), most=32)).shape == (7, 56, 4)
