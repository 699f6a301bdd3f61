"""What stands next to digits on their line."""

import pytest

from mnist_cli.reading.neighbours import neighbours
from tests.reading.looks import candidate

ONE = candidate((100, 100, 120, 140))


@pytest.mark.parametrize(
    ("box", "is_beside"),
    [
        ((130, 102, 150, 142), True),
        ((60, 90, 80, 130), True),
        ((165, 100, 185, 140), True),  # 1.1 heights away
        ((190, 100, 210, 140), False),  # 1.75
        ((130, 125, 150, 165), False),  # of the line below
        ((130, 100, 135, 112), False),  # a point
    ],
)
def test_what_is_level_near_and_as_high_stands_beside_a_digit(
    box: tuple[int, int, int, int], is_beside: bool
) -> None:
    other = candidate(box)

    (alone,) = neighbours([ONE], [other])
    (first, second) = neighbours([ONE, other], [])

    assert alone == ((), int(is_beside))
    assert first.digits == ((other,) if is_beside else ())
    assert second.digits == ((ONE,) if is_beside else ())


def test_what_lies_over_a_digit_is_not_beside_it() -> None:
    (found,) = neighbours([ONE], [candidate((104, 100, 124, 140))])

    assert found == ((), 0)


def test_what_lies_around_a_digit_is_not_beside_it() -> None:
    (found,) = neighbours([ONE], [candidate((90, 90, 160, 150))])

    assert found == ((), 0)
