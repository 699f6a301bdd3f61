import numpy as np
import pytest

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.synthesis.digits import Digits


@pytest.fixture(scope="session")
def digits() -> Digits:
    """100 of MNIST's images, and 12 that are drawn."""
    data = load_mnist("train")
    return Digits.of(data.images[:100], data.labels[:100], [], np.random.default_rng(0))
