import numpy as np
import pytest

from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.scribe import Scribe


@pytest.mark.parametrize("style", ["line", "double", "dotted"])
def test_a_rule_is_known_whole_by_the_way_it_runs(digits: Digits, style: str) -> None:
    canvas, generator = Canvas(60, 100), np.random.default_rng(0)
    scribe = Scribe(canvas, generator, digits, Hand.any(generator, digits), 20)

    scribe.rule(10, 30, 90, 32, 2, style)
    scribe.rule(50, 5, 51, 55, 2, style)

    assert (canvas.across[28:35, 12:88].max(axis=0) == 1).all()
    assert (canvas.down[7:53, 48:54].max(axis=1) == 1).all()
    assert canvas.across[:25].max() == canvas.down[:, :45].max() == 0
