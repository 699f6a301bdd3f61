import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.data.shapes import centre_of_mass
from mnist_cli.training.augmentation.glyph_variants import CHANGES, ROOM, with_glyph_variants

Images = NDArray[np.uint8]


def stem() -> Images:
    """Return a 1 as a plain stem, 20 px high and 2 px wide, with room around it."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 13:15] = 255
    return np.pad(image, ROOM)


def seven() -> Images:
    """Return a 7 of a bar, 14 px wide, and an upright stem at its right, with room around it."""
    image = np.zeros((28, 28), np.uint8)
    image[4:6, 6:20] = image[4:24, 18:20] = 255
    return np.pad(image, ROOM)


def ring() -> Images:
    """Return a 0 as a frame of 20 by 14 px, with room around it."""
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 7:21] = 255
    image[6:22, 9:19] = 0
    return np.pad(image, ROOM)


def test_variants_are_added_in_the_asked_share(test_split: Dataset) -> None:
    images, labels = test_split.images[:1_000], test_split.labels[:1_000]
    more, of_classes = with_glyph_variants(images, labels, 0.5, seed=0)
    added = of_classes[1_000:]

    np.testing.assert_array_equal(more[:1_000], images)
    for digit in CHANGES:
        assert (added == digit).sum() == pytest.approx(0.5 * (labels == digit).sum(), abs=1)
    assert set(added) == {0, 1, 2, 4, 7, 9}


def test_a_seed_repeats_them_and_another_makes_others(test_split: Dataset) -> None:
    given = test_split.images[:100], test_split.labels[:100]
    first, _ = with_glyph_variants(*given, 1.0, seed=1)

    np.testing.assert_array_equal(first, with_glyph_variants(*given, 1.0, seed=1)[0])
    assert (first != with_glyph_variants(*given, 1.0, seed=2)[0]).any(axis=(1, 2)).sum() > 30


def test_they_have_the_form_of_mnists_digits(test_split: Dataset) -> None:
    more, _ = with_glyph_variants(test_split.images[:200], test_split.labels[:200], 1.0, seed=0)

    for variant in more[200:]:
        rows, columns = np.nonzero(variant)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 <= 20
        assert centre_of_mass(variant) == pytest.approx((14, 14), abs=0.51)


def test_a_flag_hangs_from_the_head_to_the_left_at_most_as_long_as_the_stem() -> None:
    flagged, _ = CHANGES[1]
    lengths = []
    for seed in range(200):
        drawn = flagged(stem(), np.random.default_rng(seed))
        rows, columns = np.nonzero(drawn[:18] > 127)  # what is over a foot
        tip = columns.argmin()
        head = columns[rows <= rows.min() + 2].max()
        lengths.append(np.hypot(rows[tip] - rows.min(), columns[tip] - head) / 20)
        assert rows.min() < rows[tip]
    assert min(lengths) < 0.4
    assert 0.75 < max(lengths) <= 1.1


@pytest.mark.parametrize(
    ("digit", "kind", "part"),
    [(7, 0, np.s_[11:18, 7:13]), (7, 1, np.s_[7:9, 4:9]), (0, 0, np.s_[10:18, 13:16])],
    ids=["a bar", "a hook", "a slash"],
)
def test_a_stroke_is_added_where_there_was_none(
    digit: int, kind: int, part: tuple[slice, slice]
) -> None:
    image = {7: seven(), 0: ring()}[digit]
    changed = CHANGES[digit][kind](image, np.random.default_rng(0))

    assert image[ROOM:-ROOM, ROOM:-ROOM][part].sum() == 0
    assert (changed[part] > 127).sum() >= 3


def test_a_share_of_nothing_adds_nothing(test_split: Dataset) -> None:
    images, _ = with_glyph_variants(test_split.images[:50], test_split.labels[:50], 0.0, seed=0)

    assert len(images) == 50
