"""Unlikely digits beside numbers, that what is expected may need."""

import pytest

from mnist_cli.reading.spare import beside_numbers, longer
from mnist_cli.reading.tables.arrangement import Arrangement
from tests.reading.looks import candidate

FIRST, LAST = candidate((10, 10, 24, 34), "1"), candidate((50, 10, 64, 34), "2")
NUMBER = (FIRST, LAST)
OTHER = (candidate((140, 10, 154, 34), "7"),)
ARRANGEMENT = Arrangement(((NUMBER, OTHER),))


@pytest.mark.parametrize(
    ("box", "own"),
    [
        ((30, 10, 40, 34), NUMBER),
        ((70, 12, 80, 34), NUMBER),
        ((120, 10, 130, 34), OTHER),
        ((95, 10, 105, 34), None),  # too far from either
        ((30, 30, 40, 54), None),  # of another line
        ((30, 17, 36, 25), None),  # too low
        ((12, 10, 26, 34), None),  # the same as another
    ],
)
def test_what_is_near_level_and_as_high_may_be_of_a_number(
    box: tuple[float, float, float, float], own: tuple[object, ...] | None
) -> None:
    one = candidate(box, "1", score=0.2)

    found = beside_numbers(ARRANGEMENT, [one])

    assert found == ({one: own} if own else {})
    made = longer(found)
    assert all(
        one in number and list(number) == sorted(number, key=lambda c: c.middle)
        for number in made.values()
    )


def test_without_a_number_nothing_is_beside_one() -> None:
    assert beside_numbers(Arrangement(), [FIRST]) == {}
