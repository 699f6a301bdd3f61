from pathlib import Path

import cv2
import numpy as np
import pytest

from mnist_cli.core.errors import DatasetError, DatasetNotFoundError
from mnist_cli.core.finder_maps import MARKS
from mnist_cli.synthesis.digits import Digits, Hand, scanned
from mnist_cli.synthesis.marks import SIZES, write_mark
from mnist_cli.synthesis.rare import FORMS
from mnist_cli.synthesis.strokes import FIELD

PIECES = {".": 1, ",": 1, "-": 1, "+": 1, "×": 1, "÷": 3, "=": 2, "/": 1, "%": 3, "(": 1, ")": 1,
          ":": 2}  # fmt: skip
STEADY = Hand(unsteady=0)


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_is_about_as_high_as_asked_for(digits: Digits, digit: int) -> None:
    ink = digits.write(np.random.default_rng(0), STEADY, digit, 40)

    assert max(ink.shape) == pytest.approx(40, abs=5)  # the pen that it was written with was wider
    assert ink.max() == 1


def test_a_soft_hand_leaves_the_strokes_as_they_were(digits: Digits) -> None:
    fine, soft = (
        digits.write(np.random.default_rng(1), Hand(pen=0.02, unsteady=0, soft=s), 0, 40)
        for s in (False, True)
    )

    assert soft.sum() > 2 * fine.sum()


def test_a_writer_writes_his_own_digits_and_anybodys_where_he_has_none() -> None:
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 4:24, 13:15] = images[1, 13:15, 4:24] = 255  # an upright line, a flat one
    scan = np.zeros((50, 50), np.uint8)
    cv2.circle(scan, (25, 25), 20, 255, 3)
    labels = np.array([1, 2], np.uint8)
    digits = Digits.of(images, labels, [(3, 1, scan)], np.random.default_rng(0))
    his = Hand(unsteady=0, writer=3)
    one, two = (digits.write(np.random.default_rng(0), his, digit, 40) for digit in (1, 2))

    np.testing.assert_array_equal(digits.writers, [3])
    assert one.shape[1] == pytest.approx(one.shape[0], abs=1)  # his ring
    assert two.shape[1] > 5 * two.shape[0]


@pytest.mark.parametrize("number", range(len(FORMS)))
def test_drawn_forms_stay_in_the_field_and_differ(number: int) -> None:
    generator = np.random.default_rng(0)
    drawings = [np.concatenate(FORMS[number][1](generator)) for _ in range(50)]

    assert all((path >= 0).all() and (path < FIELD).all() for path in drawings)
    assert len({path.tobytes() for path in drawings}) == 50


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_has_its_pieces(mark: str) -> None:
    ink = write_mark(np.random.default_rng(0), Hand(pen=0.05), mark, 50)
    pieces = cv2.connectedComponents((ink > 0.3).astype(np.uint8))[0] - 1

    assert pieces == PIECES[mark]
    assert mark in SIZES


def test_scans_of_a_writer_are_read_but_blank_ones_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "someone" / "7"
    folder.mkdir(parents=True)
    paper = np.full((30, 20), 250, np.uint8)
    cv2.imwrite(str(folder / "b.png"), paper)
    written = paper.copy()
    written[5:25, 8:12] = 20
    cv2.imwrite(str(folder / "a.png"), cv2.GaussianBlur(written, (3, 3), 0))
    [(writer, label, ink)] = scanned(tmp_path, ["someone"])

    assert (writer, label) == (0, 7)
    np.testing.assert_array_equal(ink[6:24] > 0, written[6:24] == 20)


def test_scans_that_are_not_there_or_no_pictures_are_told(tmp_path: Path) -> None:
    (tmp_path / "someone" / "7").mkdir(parents=True)
    (tmp_path / "someone" / "7" / "a.png").write_text("no picture")

    with pytest.raises(DatasetNotFoundError, match="nobody"):
        scanned(tmp_path, ["nobody"])
    with pytest.raises(DatasetError, match=r"a\.png: no picture"):
        scanned(tmp_path, ["someone"])
