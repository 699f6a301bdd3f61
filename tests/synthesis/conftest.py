from collections.abc import Iterator

import numpy as np
import pytest

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.synthesis import print as printing
from mnist_cli.synthesis.digits import Digits


@pytest.fixture(scope="session", autouse=True)
def _fonts_of_matplotlib() -> Iterator[None]:
    """Print in the fonts that are always there, whatever else the machine has."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "FOLDERS", printing.FOLDERS[:1])
        printing.fonts.cache_clear()
        yield
    printing.fonts.cache_clear()


@pytest.fixture(scope="session")
def digits() -> Digits:
    """200 of MNIST's images, and 12 that are drawn."""
    data = load_mnist("train")
    return Digits.of(data.images[:200], data.labels[:200], [], np.random.default_rng(0))
