import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw

from mnist_cli.core.choices import Invert, Layout
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode, PictureError
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.normalise import Grey, Normalised, is_mnist, normalise, stroke_share
from mnist_cli.reading.page import BlankPictureError, NoDigitsError
from tests.conftest import handwritten, render_digit
from tests.reading.looks import Mask, find, likeness, only

DIGITS = range(10)


@pytest.fixture(params=DIGITS)
def image(request: pytest.FixtureRequest, test_split: Dataset) -> Grey:
    """The first image of each digit."""
    return np.asarray(test_split.images[test_split.labels == request.param][0], np.uint8)


@pytest.fixture
def three(test_split: Dataset) -> Grey:
    return np.asarray(test_split.images[test_split.labels == 3][0], np.uint8)


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
        np.abs(
            only(photographed(image, generator), layout="single").image.astype(int) - image
        ).mean()
        for image in test_split.images[:25]
    ]
    assert np.median(differences) < 8  # of 255; a shift by one pixel costs about 15
    assert np.percentile(differences, 90) < 20


def test_an_enlarged_five_in_two_pieces_keeps_both(test_split: Dataset) -> None:
    five = test_split.images[8]
    normalised = only(photographed(five, np.random.default_rng(0)), layout="single")

    assert np.abs(normalised.image.astype(int) - five).mean() < 25


@pytest.mark.parametrize("grey", [0, 100, 255])
@pytest.mark.parametrize("invert", ["auto", "yes", "no"])
@pytest.mark.parametrize("shape", [(60, 80), (28, 28)])
def test_a_single_grey_is_blank(grey: int, invert: Invert, shape: tuple[int, int]) -> None:
    with pytest.raises(BlankPictureError) as refusal:
        find(np.full(shape, grey, np.uint8), invert=invert)
    assert refusal.value.code == "blank"
    assert refusal.value.exit_code == ExitCode.REFUSED


def test_the_grain_of_empty_paper_is_blank() -> None:
    grain = np.random.default_rng(0).normal(230, 2, (200, 200))

    with pytest.raises(BlankPictureError):
        find(grain.astype(np.uint8))


@pytest.mark.parametrize("grain", [5, 20, 60])
def test_coarse_grain_is_no_digit_or_a_doubtful_one(grain: int) -> None:
    coarse = np.random.default_rng(0).normal(128, grain, (200, 200)).clip(0, 255)

    try:
        page = find(coarse.astype(np.uint8))
    except PictureError as error:
        assert error.code in {"blank", "no_digits"}  # noqa: PT017  both are right
    else:
        assert [take.candidate.score < CONFIG.digit for take in page.takes if take.candidate] == [
            True
        ]


@pytest.mark.parametrize("darkest", [220, 200])
def test_a_shadow_on_empty_paper_is_no_digit(darkest: int) -> None:
    shadow = np.linspace(250, darkest, 300)[None, :].repeat(200, axis=0)

    with pytest.raises(NoDigitsError) as refusal:
        find(shadow.astype(np.uint8))
    assert refusal.value.code == "no_digits"
    assert refusal.value.exit_code == ExitCode.REFUSED


def test_black_on_white_and_white_on_black_are_one_image(image: Grey) -> None:
    picture = handwritten(image)
    dark, light = find(picture), find(255 - picture)
    (of_dark,), (of_light,) = dark.takes, light.takes

    assert likeness(of_dark.normalised.image, of_light.normalised.image) > 0.7
    assert dark.inverted
    assert not light.inverted
    assert np.abs(np.subtract(of_dark.normalised.box, of_light.normalised.box)).max() <= 30


@pytest.mark.parametrize("side", [24, 60, 250])
def test_a_digit_is_20_px_long_full_black_and_centred_by_its_mass(image: Grey, side: int) -> None:
    found = only(handwritten(image, side), layout="single").image

    assert found.shape == (28, 28)
    assert found.dtype == np.uint8
    assert longer_side(found) in {19, 20}
    assert found.max() == 255
    assert np.abs(np.subtract(centre_of_mass(found), 14)).max() <= 0.6


def whole(mask: Mask) -> Normalised:
    """Bring ink to MNIST's form."""
    return normalise(mask.astype(np.float32), mask)


def test_a_wide_digit_keeps_its_proportions() -> None:
    sheet = np.zeros((100, 300), np.bool_)
    sheet[40:60, 50:250] = True
    rows, columns = np.nonzero(whole(sheet).image > 127)

    assert 1 + np.ptp(columns) == 20
    assert 1 + np.ptp(rows) == 2


def test_the_box_is_where_the_digit_is(three: Grey) -> None:
    sheet = np.full((300, 400), 240, np.uint8)
    sheet[50:250, 150:350] = handwritten(three, paper=240)
    rows, columns = np.nonzero(sheet < 128)

    left, top, right, bottom = only(sheet).box

    wanted = columns.min(), rows.min(), columns.max() + 1, rows.max() + 1
    assert np.abs(np.subtract((left, top, right, bottom), wanted)).max() <= 4


def test_the_polarity_can_be_told(three: Grey) -> None:
    picture = handwritten(three)
    told = only(picture, invert="yes")

    np.testing.assert_array_equal(told.image, only(picture).image)
    assert find(picture, invert="yes").inverted
    assert not find(255 - picture, invert="no").inverted


@pytest.mark.parametrize("invert", ["yes", "no"])
def test_of_the_other_polarity_there_is_no_digit(three: Grey, invert: Invert) -> None:
    picture = handwritten(three)

    with pytest.raises(NoDigitsError):
        find(picture if invert == "no" else 255 - picture, invert=invert)


def test_uneven_light_changes_little(three: Grey) -> None:
    even = handwritten(three)
    light = np.linspace(1.0, 0.55, even.shape[1])[None, :]
    shaded = (even * light).astype(np.uint8)

    assert likeness(only(shaded).image, only(even).image) > 0.9


def test_dust_is_left_out(three: Grey) -> None:
    clean = handwritten(three)
    dusty = clean.copy()
    at = np.random.default_rng(0).integers(0, 200, (30, 2))
    dusty[at[:, 0], at[:, 1]] = 0

    assert likeness(only(dusty).image, only(clean).image) > 0.9


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
    "pencil": (render_digit(3, ink=190, paper=225), ("low_contrast",)),
    "cut at the left": (render_digit(3)[:, 70:], ("touches_border",)),
    "two digits": (two_digits(), ("several_digits",)),
}


def test_a_thin_stroke_is_flagged_and_widened() -> None:
    line = line_seven(4)
    made = normalise(((255 - line) / 255).astype(np.float32), line < 128)

    assert made.flags == ("thin_stroke",)
    assert stroke_share(made.strokes > 127) > 0.08


@pytest.mark.parametrize("name", FLAGS)
def test_what_looks_wrong_is_flagged(name: str) -> None:
    picture, flags = FLAGS[name]
    page = find(picture, layout="single")

    assert (*page.takes[0].normalised.flags, *page.flags) == flags


def test_a_thin_stroke_is_thickened_towards_mnists() -> None:
    thin = whole(line_seven(4) < 128)

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


def test_each_step_is_kept_for_a_person_to_look_at(three: Grey) -> None:
    page = find(handwritten(three))

    assert list(page.stages) == ["grey", "digits", "ink"]
    assert page.stages["ink"].shape == page.grey.shape
    steps = [*page.stages.values(), page.takes[0].normalised.strokes]
    assert {step.dtype for step in steps} == {np.dtype(np.uint8)}
    assert list(find(three).stages) == ["grey"]


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
def test_any_picture_gives_images_or_is_refused(
    picture: Grey, invert: Invert, layout: Layout
) -> None:
    try:
        page = find(picture, invert=invert, layout=layout)
    except PictureError:
        return
    digits = page.takes[: len(page.takes) - page.as_it_is]
    assert page.takes
    assert layout != "single" or len(digits) <= 1
    for take in page.takes:
        left, top, right, bottom = take.normalised.box
        assert take.normalised.image.shape == (28, 28)
        assert take.normalised.image.dtype == np.uint8
        assert 0 <= left < right <= picture.shape[1]
        assert 0 <= top < bottom <= picture.shape[0]
    assert all(take.normalised.image.max() >= 254 for take in digits)
