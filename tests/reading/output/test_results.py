import pytest

from mnist_cli.reading.output.results import Mark, Place
from mnist_cli.reading.page import LeftOut
from tests.reading.looks import candidate

BOX = (10, 20, 30, 60)  # of an upright picture, 100 px wide and 200 px high


@pytest.mark.parametrize(
    ("turned", "size", "box"),
    [
        (0, (100, 200), (10, 20, 30, 60)),
        (1, (200, 100), (20, 70, 60, 90)),
        (2, (100, 200), (70, 140, 90, 180)),
        (3, (200, 100), (140, 10, 180, 30)),
    ],
)
def test_a_box_goes_back_to_where_it_was_before_the_picture_was_turned(
    turned: int, size: tuple[int, int], box: tuple[int, int, int, int]
) -> None:
    """By quarters clockwise: of a picture that was turned once, the top was at the left."""
    assert Place(size, (200, 100), turned).box(BOX) == box


def test_a_box_goes_back_to_where_it_was_before_the_picture_was_reduced() -> None:
    assert Place((250, 400), (200, 100), 0).box(BOX) == (25, 40, 75, 120)
    assert Place((400, 250), (200, 100), 1).box(BOX) == (40, 175, 120, 225)


def test_marks_and_what_was_left_out_have_their_place_too() -> None:
    place = Place((200, 400), (200, 100), 2)
    mark = place.mark(candidate(BOX, "-", 0.87654))
    left_out = place.left_out(LeftOut(BOX, "5", 0.2, "unlikely"))

    assert mark == Mark("-", 0.8765, (140, 280, 180, 360))
    assert mark.to_record() == {"text": "-", "confidence": 0.8765, "box": [140, 280, 180, 360]}
    assert left_out == LeftOut((140, 280, 180, 360), "5", 0.2, "unlikely")
