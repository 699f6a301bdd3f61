import base64
import io
import xml.etree.ElementTree as ET

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reporting.pictures import digit_uri, svg_uri
from mnist_cli.reporting.plots.weights import weights

NOBODY: dict[str, str | None] = {"version": None, "sha256": "0" * 64}


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


def test_a_figure_is_svg_that_is_the_same_each_time() -> None:
    first, second = (svg_uri(weights(np.eye(28, dtype=np.float32)[None], NOBODY)) for _ in "ab")

    kind, content = first.split(",", 1)
    drawn = ET.fromstring(base64.b64decode(content))  # noqa: S314  we wrote it
    assert kind == "data:image/svg+xml;base64"
    assert drawn.tag.endswith("svg")
    assert first == second
