import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mnist_cli.core.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from mnist_cli.reading.ink import Invert
from mnist_cli.reading.normalise import Normalised, is_mnist, stroke_share
from mnist_cli.reading.page import BlankPictureError, find_digits
from mnist_cli.reading.segment import Layout
from tests.conftest import render_digit

Grey = NDArray[np.uint8]
DIGITS = range(10)


def only(picture: Grey, invert: Invert = "auto") -> Normalised:
    (digit,) = find_digits(picture, invert, "single").digits
    return digit


def centre_of_mass(image: Grey) -> tuple[float, float]:
    rows, columns = np.indices(image.shape)
    return float((rows * image).sum() / image.sum()), float((columns * image).sum() / image.sum())


def longer_side(image: Grey) -> int:
    rows, columns = np.nonzero(image)
    return 1 + max(int(np.ptp(rows)), int(np.ptp(columns)))


def photographed(digit: Grey, generator: np.random.Generator) -> Grey:
    """Enlarge an MNIST image to 600 px, on a larger sheet that is lit from the left."""
    ink = np.zeros((760, 700), np.float32)
    top, left = generator.integers(20, 140), generator.integers(20, 80)
    ink[top : top + 600, left : left + 600] = cv2.resize(
        digit, (600, 600), interpolation=cv2.INTER_CUBIC
    )
    paper = np.linspace(250, 180, 700)[None, :] + generator.normal(0, 2, ink.shape)
    return np.clip(paper - ink * (160 / 255), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("negative", [False, True])
def test_every_mnist_image_comes_through_unchanged(test_split: Dataset, negative: bool) -> None:
    changed = [
        index
        for index, image in enumerate(test_split.images)
        if not np.array_equal(only(255 - image if negative else image).image, image)
    ]
    assert changed == []


def test_an_enlarged_and_shaded_mnist_digit_comes_back_nearly_the_same(test_split: Dataset) -> None:
    generator = np.random.default_rng(0)
    differences = [
        np.abs(only(photographed(image, generator)).image.astype(int) - image).mean()
        for image in test_split.images[:25]
    ]
    assert np.median(differences) < 8  # of 255; a shift by one pixel costs about 15
    assert np.percentile(differences, 90) < 20


def test_an_enlarged_five_in_two_pieces_keeps_both(test_split: Dataset) -> None:
    five = test_split.images[8]
    normalised = only(photographed(five, np.random.default_rng(0)))

    assert np.abs(normalised.image.astype(int) - five).mean() < 25


@pytest.mark.parametrize("grey", [0, 100, 255])
@pytest.mark.parametrize("invert", ["auto", "yes", "no"])
def test_a_single_grey_is_blank(grey: int, invert: Invert) -> None:
    with pytest.raises(BlankPictureError) as refusal:
        only(np.full((60, 80), grey, np.uint8), invert)
    assert refusal.value.code == "blank"
    assert refusal.value.exit_code == ExitCode.REFUSED


def test_the_grain_of_empty_paper_is_blank() -> None:
    grain = np.random.default_rng(0).normal(230, 2, (200, 200))

    with pytest.raises(BlankPictureError):
        only(grain.astype(np.uint8))


@pytest.mark.parametrize("darkest", [200, 150])
def test_a_shadow_on_empty_paper_is_blank(darkest: int) -> None:
    shadow = np.linspace(250, darkest, 300)[None, :].repeat(200, axis=0)

    with pytest.raises(BlankPictureError):
        only(shadow.astype(np.uint8))


@pytest.mark.parametrize("digit", DIGITS)
def test_black_on_white_and_white_on_black_are_one_image(digit: int) -> None:
    dark, light = find_digits(render_digit(digit)), find_digits(255 - render_digit(digit))
    of_dark, of_light = dark.digits[0], light.digits[0]

    np.testing.assert_allclose(of_dark.image.astype(int), of_light.image.astype(int), atol=3)
    assert dark.inverted
    assert not light.inverted
    assert of_dark.box == of_light.box


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("side", [24, 60, 400])
def test_a_digit_is_20_px_long_full_black_and_centred_by_its_mass(digit: int, side: int) -> None:
    image = only(render_digit(digit, side)).image

    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    assert longer_side(image) in {19, 20}
    assert image.max() == 255
    assert np.abs(np.subtract(centre_of_mass(image), 14)).max() <= 0.6


def test_a_wide_digit_keeps_its_proportions() -> None:
    sheet = np.full((100, 300), 255, np.uint8)
    sheet[40:60, 50:250] = 0
    rows, columns = np.nonzero(only(sheet).image > 127)

    assert 1 + np.ptp(columns) == 20
    assert 1 + np.ptp(rows) == 2


def test_the_box_is_where_the_digit_is() -> None:
    sheet = np.full((300, 400), 240, np.uint8)
    sheet[50:250, 150:350] = render_digit(3)
    rows, columns = np.nonzero(sheet < 128)

    left, top, right, bottom = only(sheet).box

    wanted = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert np.abs(np.subtract((left, top, right, bottom), wanted)).max() <= 1


def test_the_polarity_can_be_told() -> None:
    told = only(render_digit(3), "yes")

    np.testing.assert_array_equal(told.image, only(render_digit(3)).image)
    assert find_digits(render_digit(3), "yes").inverted
    assert not find_digits(render_digit(3), "no").inverted


def test_uneven_light_changes_little() -> None:
    even = render_digit(3)
    light = np.linspace(1.0, 0.55, even.shape[1])[None, :]
    shaded = (even * light).astype(np.uint8)

    difference = only(shaded).image.astype(int) - only(even).image
    assert np.abs(difference).mean() < 5


def test_dust_is_left_out() -> None:
    clean = render_digit(3)
    dusty = clean.copy()
    at = np.random.default_rng(0).integers(0, 200, (30, 2))
    dusty[at[:, 0], at[:, 1]] = 0

    difference = only(dusty).image.astype(int) - only(clean).image
    assert np.abs(difference).mean() < 5


def line_seven(width: int, side: int = 400) -> Grey:
    image = Image.new("L", (side, side), 255)
    corners = [(0.3, 0.2), (0.7, 0.2), (0.45, 0.8)]
    ImageDraw.Draw(image).line([(x * side, y * side) for x, y in corners], fill=0, width=width)
    return np.asarray(image)


def two_digits() -> Grey:
    return np.hstack([render_digit(3), render_digit(5)])


FLAGS: dict[str, tuple[Grey, tuple[str, ...]]] = {
    "a plain digit": (render_digit(3), ()),
    "a stroke as wide as MNIST's": (line_seven(32), ()),
    "a thin stroke": (line_seven(4), ("thin_stroke",)),
    "pencil": (render_digit(3, ink=190, paper=225), ("low_contrast",)),
    "cut at the left": (render_digit(3)[:, 70:], ("touches_border",)),
    "two digits": (two_digits(), ("several_digits",)),
}


@pytest.mark.parametrize("name", FLAGS)
def test_what_looks_wrong_is_flagged(name: str) -> None:
    picture, flags = FLAGS[name]
    page = find_digits(picture, layout="single")

    assert (*page.digits[0].flags, *page.flags) == flags


def test_a_thin_stroke_is_thickened_towards_mnists() -> None:
    thin = only(line_seven(4))

    assert stroke_share(thin.strokes > 127) == pytest.approx(0.12, abs=0.03)
    assert thin.image.max() == 255
    assert longer_side(thin.image) in {19, 20}


@pytest.mark.parametrize("width", [6, 10, 20])
@pytest.mark.parametrize("upright", [True, False])
def test_the_stroke_of_a_bar_is_its_width(width: int, upright: bool) -> None:
    bar = np.zeros((100, 60), np.bool_)
    bar[:, 20 : 20 + width] = True

    assert stroke_share(bar if upright else bar.T) == pytest.approx(width / 100, abs=0.01)


def test_no_ink_has_no_stroke() -> None:
    assert stroke_share(np.zeros((10, 10), np.bool_)) == 0.0


def test_each_step_is_kept_for_a_person_to_look_at() -> None:
    page = find_digits(render_digit(3))

    assert list(page.stages) == ["grey", "ink", "mask", "without-rules"]
    steps = [*page.stages.values(), page.digits[0].strokes]
    assert {step.dtype for step in steps} == {np.dtype(np.uint8)}


def test_28_by_28_alone_does_not_make_an_mnist_image(test_split: Dataset) -> None:
    image = test_split.images[0]

    assert is_mnist(image)
    assert not is_mnist(np.roll(image, 3, axis=0))
    assert not is_mnist(255 - image)
    assert not is_mnist(image // 2)
    assert not is_mnist(np.zeros((28, 28), np.uint8))


SHAPES = st.tuples(st.integers(4, 48), st.integers(4, 48))
SHADES = st.sampled_from([0, 1, 127, 254, 255]) | st.integers(0, 255)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    SHAPES.flatmap(lambda shape: arrays.arrays(np.uint8, shape, elements=SHADES, fill=SHADES)),
    st.sampled_from(["auto", "yes", "no"]),
    st.sampled_from(["auto", "single", "line", "page"]),
)
def test_any_picture_gives_images_or_is_blank(
    picture: Grey, invert: Invert, layout: Layout
) -> None:
    try:
        page = find_digits(picture, invert, layout)
    except BlankPictureError:
        return
    assert page.digits
    assert layout != "single" or len(page.digits) == 1
    for digit in page.digits:
        left, top, right, bottom = digit.box
        assert digit.image.shape == (28, 28)
        assert digit.image.dtype == np.uint8
        assert digit.image.max() >= 254
        assert 0 <= left < right <= picture.shape[1]
        assert 0 <= top < bottom <= picture.shape[0]
