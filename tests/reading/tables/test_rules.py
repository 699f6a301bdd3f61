"""Rules of a flat page, by maps of what the finder may see there."""

import numpy as np
import pytest

from mnist_cli.reading.tables.rules import find_rules

HEIGHT = 20.0  # px of digits


@pytest.mark.parametrize(("gap", "begins"), [(0, 22), (6, 30)])
def test_a_rule_that_is_hardly_seen_at_its_end_goes_on_as_its_ink_does(
    gap: int, begins: int
) -> None:
    nothing = np.zeros((60, 200), np.float32)
    seen, ink = nothing.copy(), nothing.copy()
    seen[30, 50:180] = 0.9
    ink[30, 22:180] = 3.0
    ink[30, begins - gap : begins] = 0.0

    (rule,) = find_rules((seen, nothing), ink, HEIGHT, np.zeros(seen.shape, np.uint8)).across

    assert rule.x[0] == begins
    np.testing.assert_allclose(rule.y, 30)
    assert (np.diff(rule.x) > 0).all()
