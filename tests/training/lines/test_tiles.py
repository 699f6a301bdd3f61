import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.core.strips import DIGIT, EDGE, HIGH, STRIDE, WIDE, Strip
from mnist_cli.synthesis.canvas import Area, Symbol
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.page import make_page
from mnist_cli.synthesis.truth import Page
from mnist_cli.training.lines.targets import (
    BEYOND,
    COLUMNS,
    COUNTS,
    COUNTS_JOINED,
    JOINED,
    LEAD,
    MARK,
    MARK_BOX,
    TARGETS,
    WHICH,
    targets_of,
)
from mnist_cli.training.lines.tiles import SHARES, found_edges, tiles_of


def symbols(text: str, numbers: str, apart: float = 10) -> list[Symbol]:
    """Symbols in a row, 40 px high and 20 wide, each of the number that its figure says."""
    made, x = [], 100.0
    for sign, number in zip(text, numbers, strict=True):
        corners = np.array([[x, 200.0], [x + 20, 240.0]])
        made.append(Symbol(sign, corners, number=int(number)))
        x += 20 + apart
    return made


def told(
    made: list[Symbol], unclear: list[Area] | None = None
) -> tuple[Strip, NDArray[np.float32]]:
    digits = np.array([one.box for one in made if one.text.isdigit()])
    strip = Strip.of(digits)
    return strip, targets_of(strip, made, unclear or [])


def between(strip: Strip, made: list[Symbol], targets: NDArray[np.float32]) -> NDArray[np.float32]:
    """The targets from the first symbol's middle to the last one's."""
    ends = np.array([[(one.box[0] + one.box[2]) / 2, 220.0] for one in (made[0], made[-1])])
    first, last = (strip.seen_at(ends)[:, 0] // STRIDE).astype(int) + LEAD
    return targets[first:last]


def test_marks_and_digits_stand_in_the_columns_of_their_middles() -> None:
    made = symbols("1-3", "000")
    strip, targets = told(made)
    (x, y), *_ = strip.seen_at(np.array([[140.0, 220.0]])).tolist()
    at = int(x / STRIDE) + LEAD

    assert np.flatnonzero(targets[:, MARK]).tolist() == [at]
    assert targets[at, MARK] == 1 + MARKS.index("-")
    assert targets[at, MARK_BOX][1] == pytest.approx((y - HIGH / 2) / DIGIT, abs=0.01)
    assert np.exp(targets[at, MARK_BOX][2:]) == pytest.approx([0.5, 1.0])
    assert targets[targets[:, WHICH] > 0, WHICH].tolist() == [1 + 1, 1 + 3]


@pytest.mark.parametrize(
    ("text", "numbers", "apart", "joined"),
    [
        ("12", "00", 30, True),  # one number, written wide
        ("12", "01", 25, False),  # two
        ("3+", "01", 20, True),  # a sum
        ("3+", "01", 60, False),  # too far from it
        ("3.", "01", 20, True),  # a mark that is written alone
    ],
)
def test_neighbours_are_joined_as_they_were_written(
    text: str, numbers: str, apart: float, joined: bool
) -> None:
    made = symbols(text, numbers, apart)
    strip, targets = told(made)
    targets = between(strip, made, targets)
    counted = targets[targets[:, COUNTS_JOINED] > 0]

    assert len(counted) > 0
    assert (counted[:, JOINED] == joined).all()


def test_two_numbers_as_close_as_digits_count_for_nothing() -> None:
    near, wide = symbols("12", "01", 15), symbols("1234", "0011", 25)
    of_near, of_wide = (between(told(made)[0], made, told(made)[1]) for made in (near, wide))

    assert not of_near[:, COUNTS_JOINED].any()
    assert of_wide[of_wide[:, COUNTS_JOINED] > 0][:, JOINED].all()


def test_nothing_is_joined_to_the_ends_of_a_line_as_far_as_it_is_clear() -> None:
    made = symbols("12", "00")
    strip, targets = told(made, [(180, 190, 200, 250)])
    x = strip.seen_at(np.array([[110.0, 220], [140, 220], [180, 220]]))[:, 0]
    first, last, unclear = (int(at // STRIDE) + LEAD for at in x)

    outside = np.r_[first - BEYOND : first, last:unclear]
    assert unclear - last < BEYOND
    assert np.flatnonzero((targets[:, COUNTS_JOINED] > 0) & (targets[:, JOINED] == 0)).tolist() == (
        outside.tolist()
    )
    assert targets[first:last, JOINED].all()


def test_what_is_unclear_counts_for_nothing() -> None:
    strip, targets = told(symbols("12", "00"), [(130, 190, 150, 250)])
    at = int(strip.seen_at(np.array([[140.0, 220.0]]))[0, 0] / STRIDE) + LEAD

    assert targets[at, COUNTS] == 0
    assert targets[:, COUNTS].sum() > 0.7 * len(targets)


def test_a_finder_errs_here_and_there() -> None:
    made = symbols("12345678.", "000000000")
    many = [found_edges(made, np.random.default_rng(seed)) for seed in range(200)]
    counts = np.array([len(edges) for edges in many])

    assert 0 < (counts < 8).mean() < 0.6  # one was missed
    assert (counts > 8).any()  # a point was taken for one
    assert all((np.diff(edges[:, 0] + edges[:, 2]) >= 0).all() for edges in many)


def page_of(*made: Symbol) -> Page:
    """A blank page with symbols on it."""
    nothing = np.zeros((400, 400), np.uint8)
    return Page(nothing, nothing, np.zeros((400, 400, 2), np.uint8), made, (), 0, "lines")


@pytest.mark.parametrize(("y", "more"), [(200, 0), (320, 1)])  # beside digits, and alone
def test_what_a_finder_takes_for_a_digit_is_shown_and_told_to_be_none(y: float, more: int) -> None:
    page = page_of(*symbols("22222", "00000"))
    false = np.array([[250.0, y, 270, y + 40]])
    shown = [tiles_of(page, np.random.default_rng(seed), false) for seed in range(20)]
    plain = [tiles_of(page, np.random.default_rng(seed)) for seed in range(20)]

    for with_false, without in zip(shown, plain, strict=True):
        assert len(with_false.images) == len(without.images) + more
        assert (with_false.images[..., 1] > 0).sum() > (without.images[..., 1] > 0).sum()
        answered = with_false.targets[:, EDGE // STRIDE : -EDGE // STRIDE]  # each column once
        assert (answered[..., WHICH] > 0).sum() == 5


def test_nothing_is_told_of_a_line_whose_digits_a_finder_did_not_see() -> None:
    false = np.array([[250.0, 200, 270, 240]])
    for seed in range(100):
        tiles = tiles_of(page_of(*symbols("1", "0")), np.random.default_rng(seed), false)
        assert not len(tiles.images) or (tiles.targets[..., WHICH] == 2).any()


@pytest.mark.parametrize("kind", sorted(SHARES))
def test_tiles_of_a_page_have_a_target_each(digits: Digits, kind: str) -> None:
    tiles = tiles_of(make_page(3, digits, kind, upright=True), np.random.default_rng(0))

    assert tiles.images.shape == (len(tiles.targets), HIGH, WIDE, 2)
    assert tiles.targets.shape[1:] == (COLUMNS, TARGETS)
    assert tiles_of(make_page(3, digits, kind, upright=True), np.random.default_rng(0)).targets == (
        pytest.approx(tiles.targets)
    )
