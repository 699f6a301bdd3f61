import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.reading.cutting import NO_OTHERS, cut
from mnist_cli.reading.normalise import Grey, Normalised
from tests.reading.looks import Mask, around, candidate, likeness, look_at

SIDE = 320  # of the sheet
AT, LONG = 60, 196  # where on it the MNIST image of 28×28 px lies, seven times as large
Floats = NDArray[np.floating]


def strokes_of(image: Grey) -> Floats:
    """Return the ink of a sheet with an MNIST image on it: (SIDE, SIDE), 0 to 1."""
    ink = np.zeros((SIDE, SIDE))
    ink[AT : AT + LONG, AT : AT + LONG] = (
        cv2.resize(image, (LONG, LONG), interpolation=cv2.INTER_CUBIC) / 255
    )
    return ink


def taken(picture: Floats, ink: Mask, invert: str = "auto") -> tuple[Normalised, float] | None:
    """Cut out the digit of which the ink is known."""
    grey = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    look = look_at(ink)
    return cut(grey, candidate(around(ink), look=look), (look,), invert)


def as_written(picture: Floats, ink: Mask, image: Grey) -> float:
    """Return how much the digit is like the MNIST image that it is, at most 1."""
    made = taken(picture, ink)
    assert made
    return likeness(made[0].image, image)


@pytest.fixture(params=range(10))
def image(request: pytest.FixtureRequest, test_split: Dataset) -> Grey:
    return np.asarray(test_split.images[test_split.labels == request.param][0], np.uint8)


@pytest.fixture
def strokes(image: Grey) -> Floats:
    return strokes_of(image)


@pytest.fixture
def three(test_split: Dataset) -> Floats:
    return strokes_of(test_split.images[test_split.labels == 3][0])


@pytest.mark.parametrize(("ink", "paper"), [(20, 230), (230, 20), (180, 230), (140, 100)])
def test_dark_and_light_ink_give_the_image_that_was_written(
    image: Grey, strokes: Floats, ink: float, paper: float
) -> None:
    picture = paper + (ink - paper) * strokes
    made = taken(picture, strokes > 0.5)

    assert made
    assert likeness(made[0].image, image) > 0.94  # a shift by one pixel costs 0.04
    assert made[1] == pytest.approx(paper - ink, rel=0.1)
    assert made[0].flags == ()


def test_the_box_is_around_the_ink(strokes: Floats) -> None:
    made = taken(230 - 200 * strokes, strokes > 0.5)

    assert made
    assert np.abs(np.subtract(made[0].box, around(strokes > 0.3))).max() <= 3


def test_a_rule_through_the_digit_is_left_out(image: Grey, strokes: Floats) -> None:
    """Squared paper, its lines as dark as pencil."""
    rules = np.zeros((SIDE, SIDE))
    rules[::35, :] = rules[:, ::35] = rules[1::35, :] = rules[:, 1::35] = 0.5

    assert as_written(230 - 200 * np.maximum(strokes, rules), strokes > 0.5, image) > 0.85


def test_a_neighbour_in_the_window_is_left_out(image: Grey, strokes: Floats) -> None:
    beside = strokes.copy()
    right = around(strokes > 0.5)[2]
    beside[:, right + 8 : right + 20] = 1

    assert as_written(230 - 200 * beside, strokes > 0.5, image) > 0.92


@pytest.mark.parametrize("light", ["shadow", "edge of a shadow", "lamp"])
def test_uneven_light_changes_little(image: Grey, strokes: Floats, light: str) -> None:
    rows, columns = np.mgrid[:SIDE, :SIDE] / SIDE
    lights = {
        "shadow": 1 - 0.4 * columns,
        "edge of a shadow": 1 - 0.3 / (1 + np.exp(-40 * (columns - 0.5))),
        "lamp": 0.6 + 0.4 * np.exp(-8 * ((rows - 0.4) ** 2 + (columns - 0.6) ** 2)),
    }

    assert as_written((240 - 160 * strokes) * lights[light], strokes > 0.5, image) > 0.8


def test_dust_that_a_finder_takes_for_ink_is_left_out(three: Floats) -> None:
    dusty = three.copy()
    left, top, *_ = around(three > 0.5)
    dusty[top : top + 4, left - 10 : left - 6] = 1

    clean, made = taken(230 - 200 * three, three > 0.5), taken(230 - 200 * dusty, dusty > 0.5)

    assert clean
    assert made
    assert (
        np.abs(made[0].image.astype(int) - clean[0].image).mean() < 18
    )  # a shift by a pixel costs about 15


def test_where_all_is_dust_there_is_still_an_image() -> None:
    """A sheet of grain that a finder takes for a digit."""
    dust = np.zeros((SIDE, SIDE))
    dust[60:260:20, 60:260:20] = dust[61:261:20, 60:260:20] = 1
    dust[60:260:20, 61:261:20] = dust[61:261:20, 61:261:20] = 1
    made = taken(230 - 200 * dust, dust > 0.5)

    assert made is None or made[0].image.max() == 255


@pytest.mark.parametrize(("invert", "read"), [("auto", True), ("yes", True), ("no", False)])
def test_ink_of_the_other_kind_than_was_told_is_none(
    three: Floats, invert: str, read: bool
) -> None:
    assert (taken(230 - 200 * three, three > 0.5, invert) is not None) is read
    other = {"auto": "auto", "yes": "no", "no": "yes"}[invert]
    assert (taken(30 + 200 * three, three > 0.5, other) is not None) is read


def test_ink_that_is_none_is_no_digit(three: Floats) -> None:
    assert taken(np.full((SIDE, SIDE), 230.0), three > 0.5) is None


def test_a_digit_cut_by_the_border_says_so(three: Floats) -> None:
    left = around(three > 0.5)[0]
    cut_off = three[:, (left + 30) // 4 * 4 :]
    made = taken(230 - 200 * cut_off, cut_off > 0.5)

    assert made
    assert made[0].flags == ("touches_border",)
    assert made[0].box[0] == 0


@pytest.mark.parametrize("enlarged", [3, 7])
def test_a_digit_of_many_pixels_keeps_its_box_within_the_picture(enlarged: int) -> None:
    """More pixels than a digit needs are not looked at."""
    ink = np.zeros((100 * enlarged + 8, 60 * enlarged + 4), np.bool_)
    ink[8:, 20 * enlarged : 40 * enlarged + 1] = True
    ink = ink[: ink.shape[0] // 4 * 4, : ink.shape[1] // 4 * 4]
    made = taken(230.0 - 200 * ink, ink)

    assert made
    left, top, right, bottom = made[0].box
    assert np.abs(np.subtract((left, top, right, bottom), around(ink))).max() <= enlarged
    assert right <= ink.shape[1]
    assert bottom <= ink.shape[0]


def test_a_narrow_picture_keeps_the_box_within_it_too() -> None:
    """Of 31 px, half of them are 16."""
    ink = np.zeros((480, 32), np.bool_)
    ink[:, 20:] = True
    made = taken(230.0 - 200 * ink[:, :31], ink)

    assert made
    assert np.abs(np.subtract(made[0].box, (20, 0, 31, 480))).max() <= 3
    assert made[0].box[2] <= 31


def test_a_stroke_in_the_box_of_another_digit_is_left_out(three: Floats) -> None:
    """A 1 so near that the finder takes some of it for this digit's ink."""
    edge = around(three > 0.5)[2]
    three[AT + 30 : AT + 160, edge + 4 : edge + 16] = 1
    grey = np.rint(230 - 200 * three).astype(np.uint8)
    look = look_at(three > 0.5)
    own = candidate((AT, AT, edge + 8, AT + LONG), "3", look=look)
    one = np.array([[edge, AT + 30, edge + 20, AT + 160]], np.float64)

    (alone, _), (beside, _) = (
        made for others in (NO_OTHERS, one) if (made := cut(grey, own, (look,), "yes", others))
    )

    assert alone.box[2] > edge + 4
    assert beside.box[2] <= edge + 2
