"""Sheets laid over their form: where a camera saw each point is known, as it is made up."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mnist_cli.reading.forms.alignment import Aligner, DoesNotFitError
from mnist_cli.reading.forms.form_new import make_form, with_print
from mnist_cli.reading.forms.form_page import aligner_of
from mnist_cli.reading.forms.views import transformed
from mnist_cli.reading.image import decode
from mnist_cli.reading.normalise import Grey
from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.sources import Source
from tests.benchmarks.form_sheets import (
    COLUMNS,
    HIGH,
    ROWS,
    TABLE,
    WIDE,
    filled,
    inked,
    printed,
    scanned,
)

CORNERS = np.array([[100.0, 100], [900, 100], [900, 1300], [100, 1300]])


def sheet(form: int) -> Grey:
    return np.asarray(255 * inked(printed(form), 0.8), np.uint8)


@pytest.fixture(scope="module")
def aligner() -> Aligner:
    return Aligner("sheet", sheet(0))


def seen(page: Grey, corners: list[list[float]], side: int = 1_600) -> tuple[Grey, np.ndarray]:
    """Return how a camera sees a sheet whose corners lie there, and the homography."""
    ends = np.array([[0, 0], [WIDE, 0], [WIDE, HIGH], [0, HIGH]], np.float32)
    matrix = cv2.getPerspectiveTransform(ends, np.array(corners, np.float32))
    grey = cv2.warpPerspective(page, matrix, (side, side), borderValue=90)
    return np.asarray(grey, np.uint8), matrix


@pytest.mark.parametrize(
    ("corners", "turned"),
    [
        ([[200, 60], [1250, 120], [1300, 1500], [150, 1450]], 0),
        ([[1500, 250], [1450, 1300], [100, 1200], [140, 300]], 3),
        ([[1300, 1500], [250, 1400], [300, 90], [1250, 150]], 2),
    ],
)
def test_a_sheet_lies_over_its_form_however_it_was_photographed(
    aligner: Aligner, corners: list[list[float]], turned: int
) -> None:
    grey, matrix = seen(sheet(0), corners)

    aligned = aligner.align(grey)

    found = transformed(CORNERS * aligned.scale, aligned.to_picture)
    np.testing.assert_allclose(found, transformed(CORNERS, matrix), atol=4)
    assert aligned.turned == turned


def test_another_form_and_a_mirrored_one_do_not_fit(aligner: Aligner) -> None:
    lying = [[200.0, 60.0], [1250.0, 120.0], [1300.0, 1500.0], [150.0, 1450.0]]

    mirrored = np.ascontiguousarray(seen(sheet(0), lying)[0][:, ::-1])

    for grey in (seen(sheet(1), lying)[0], mirrored, np.full((400, 300), 200, np.uint8)):
        with pytest.raises(DoesNotFitError, match="does not fit form 'sheet'"):
            aligner.align(grey)


def test_of_a_sheet_that_is_cut_off_the_rest_lies_where_it_belongs(aligner: Aligner) -> None:
    """Its rows are alike, and it must not slip by one."""
    grey, matrix = seen(sheet(0), [[150.0, -300], [1450, -300], [1450, 1400], [150, 1400]])

    aligned = aligner.align(grey)

    found = transformed(CORNERS * aligned.scale, aligned.to_picture)
    np.testing.assert_allclose(found, transformed(CORNERS, matrix), atol=4)
    assert aligned.is_cut_off(CORNERS[:2] * aligned.scale, grey.shape)
    assert not aligned.is_cut_off(CORNERS[2:] * aligned.scale, grey.shape)


def test_a_sheet_whose_columns_are_others_does_not_fit() -> None:
    left, top, right, bottom = TABLE
    lines = [(x, top, x, bottom) for x in np.linspace(left, right, COLUMNS + 1)]
    strict = Aligner("sheet", sheet(0), np.array(lines))
    canvas = printed(0)
    canvas.ruled[top + 3 : bottom - 3, left + 3 : right - 3] = 0
    for x in (left + 250, left + 380, left + 540, left + 640):
        canvas.ruled[top:bottom, x : x + 2] = 1
    other = np.asarray(255 * inked(canvas, 0.8), np.uint8)
    lying = [[200.0, 60.0], [1250.0, 120.0], [1300.0, 1500.0], [150.0, 1450.0]]

    assert strict.align(seen(sheet(0), lying)[0]).turned == 0
    with pytest.raises(DoesNotFitError) as caught:
        strict.align(seen(other, lying)[0])
    assert "made from a sheet that was filled in?" in caught.value.hint


@pytest.mark.parametrize("which", ["without its table", "half covered"])
def test_of_a_sheet_that_lacks_much_of_the_form_it_is_not_said_to_be_laid_out_alike(
    which: str,
) -> None:
    left, top, right, bottom = TABLE
    lines = [(x, top, x, bottom) for x in np.linspace(left, right, COLUMNS + 1)]
    strict = Aligner("sheet", sheet(0), np.array(lines))
    other = sheet(0)
    if which == "half covered":
        other[HIGH // 2 :] = 90
    else:
        other[top - 3 : bottom + 4, left - 3 : right + 4] = 255
    lying = [[200.0, 60.0], [1250.0, 120.0], [1300.0, 1500.0], [150.0, 1450.0]]

    with pytest.raises(DoesNotFitError) as caught:
        strict.align(seen(other, lying)[0])

    assert "Too little of the form's print and lines is on it." in caught.value.hint
    assert "Its layout is the form's" not in caught.value.hint


def test_what_is_written_over_what_the_form_has_is_not_its_print() -> None:
    """A 1 within the 8 of the form, and a 4 over it, are no 8."""
    left, top, right, bottom = TABLE
    wide, tall = (right - left) // COLUMNS, (bottom - top) // (ROWS + 1)
    rows = range(2, 6)
    boxes = [(left + wide, top + r * tall, left + 2 * wide, top + (r + 1) * tall) for r in rows]

    def written(texts: str) -> Grey:
        canvas, ink = printed(0), np.zeros((HIGH, WIDE), np.uint8)
        for text, box in zip(texts, boxes, strict=True):
            at = int(box[0]) + 60, int(box[3]) - 16
            cv2.putText(ink, text, at, cv2.FONT_HERSHEY_SIMPLEX, 2.0, 255, 2)
        canvas.written[:] = ink / 255
        return np.asarray(255 * inked(canvas, 0.8), np.uint8)

    lying = [[200.0, 60.0], [1250.0, 120.0], [1300.0, 1500.0], [150.0, 1450.0]]
    aligner = Aligner("sheet", written("8888"), printed=np.array(boxes))

    same = aligner.align(seen(written("8888"), lying)[0])
    other = aligner.align(seen(written("81 8"), lying)[0])
    over = aligner.align(seen(written("8884"), lying)[0])

    assert same.same_print == (True, True, True, True)
    assert other.same_print == (True, False, True, True)  # the third is empty
    assert over.same_print == (True, True, True, False)


def test_it_is_told_which_cells_have_the_print_of_the_form() -> None:
    left, top, _, bottom = TABLE
    tall = (bottom - top) / (ROWS + 1)
    boxes = [
        (left, top + row * tall, left + 168, top + (row + 1) * tall) for row in range(ROWS + 1)
    ]
    aligner = Aligner("sheet", sheet(0), printed=np.array(boxes))
    changed = sheet(0)
    window = slice(int(boxes[4][1]) + 4, int(boxes[4][3]) - 4), slice(left + 4, left + 160)
    changed[window] = changed[window][::-1, ::-1]
    lying = [[200.0, 60.0], [1250.0, 120.0], [1300.0, 1500.0], [150.0, 1450.0]]

    aligned = aligner.align(seen(changed, lying)[0])

    assert [number for number, same in enumerate(aligned.same_print) if not same] == [4]


def with_names(number: int) -> Canvas:
    """A sheet without printed labels; somebody filled it in, with other names on each."""
    canvas = filled(0, number, Source(300, None, (), True, 0).open()).canvas
    left, top, _, bottom = TABLE
    tall = (bottom - top) / (ROWS + 1)
    canvas.printed[round(top + tall) : bottom, left + 3 : left + 165] = 0
    generator, ink = np.random.default_rng(number), np.zeros((HIGH, WIDE), np.uint8)
    for row in range(1, ROWS + 1):
        name = "".join(generator.choice(list("aeinorstulkhd"), int(generator.integers(5, 9))))
        at = (
            left + int(generator.integers(8, 40)),
            int(top + (row + generator.uniform(0.5, 0.8)) * tall),
        )
        cv2.putText(
            ink, name, at, cv2.FONT_HERSHEY_SCRIPT_COMPLEX, generator.uniform(0.8, 1.2), 255, 2
        )
    canvas.written[:] = np.maximum(canvas.written, ink / 255)
    return canvas


def test_sheets_fit_a_form_that_was_made_from_a_filled_one_with_other_names() -> None:
    table = f"table={','.join(map(str, TABLE))}:{ROWS + 1}x{COLUMNS}"
    form = make_form("marks", decode(scanned(with_names(0))), 0, [table]).form
    other, foreign = (
        np.asarray(255 * inked(canvas, 0.8), np.uint8) for canvas in (with_names(1), printed(1))
    )

    aligned = aligner_of(form).align(other)

    assert form.is_filled
    assert with_print(replace(form, is_filled=False)).is_filled  # as after fields were drawn
    noted = [row for row, column in sorted(form.fields[0].printed) if column == 1]
    assert len(noted) > ROWS / 2  # what is no digit counts as print
    same = dict(zip(sorted(form.fields[0].printed), aligned.same_print, strict=True))
    assert sum(not same[row, 1] for row in noted) > ROWS / 2  # and is read as it is elsewhere
    with pytest.raises(DoesNotFitError):
        aligner_of(form).align(foreign)
    with pytest.raises(DoesNotFitError, match="does not fit") as caught:
        aligner_of(replace(form, is_filled=False)).align(other)
    assert "made from a sheet that was filled in?" in caught.value.hint
