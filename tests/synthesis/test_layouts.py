import cv2
import numpy as np
import pytest

from mnist_cli.synthesis.canvas import Canvas, overlap
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.layouts import KINDS
from mnist_cli.synthesis.scribe import Scribe, any_number

SIDE = 300


def filled(kind: str, seed: int, digits: Digits, height: float = 30) -> Canvas:
    canvas = Canvas(SIDE, SIDE)
    scribe = Scribe(canvas, np.random.default_rng(seed), digits, Hand(), height)
    KINDS[kind](scribe, (10, 10, SIDE - 10, SIDE - 10))
    return canvas


@pytest.mark.parametrize("kind", sorted({*KINDS} - {"things", "picture"}))
def test_each_piece_of_digits_ink_lies_in_a_box_and_each_box_has_some(
    digits: Digits, kind: str
) -> None:
    for seed in range(4):
        canvas = filled(kind, seed, digits)
        boxes = [symbol.box for symbol in canvas.symbols if symbol.text.isdigit()]
        _, _, pieces, _ = cv2.connectedComponentsWithStats((canvas.digits > 0.3).astype(np.uint8))
        areas = [(left, top, left + width, top + height) for left, top, width, height, _ in pieces]

        for area in areas[1:]:
            assert any(overlap(area, box) for box in (*boxes, *canvas.unclear))
        for left, top, right, bottom in boxes:
            window = canvas.digits[max(0, int(top)) : int(bottom), max(0, int(left)) : int(right)]
            assert window.size == 0 or window.max() > 0.3  # what is beyond the canvas has none


@pytest.mark.parametrize("kind", ["things", "picture"])
def test_what_is_no_digit_leaves_no_symbols(digits: Digits, kind: str) -> None:
    canvases = [filled(kind, seed, digits) for seed in range(4)]

    assert not any(canvas.symbols for canvas in canvases)
    assert all(canvas.written.any() or canvas.printed.any() for canvas in canvases)


def test_notes_are_words_some_of_them_with_numbers_among_them(digits: Digits) -> None:
    canvases = [filled("notes", seed, digits, 16) for seed in range(12)]
    words = [(canvas.written - canvas.digits).clip(0).sum() for canvas in canvases]
    numbers = [len({symbol.number for symbol in canvas.symbols}) for canvas in canvases]

    assert min(words) > 100
    assert min(numbers) == 0
    assert max(numbers) > 10


def test_cells_of_a_sudoku_come_in_order(digits: Digits) -> None:
    cells = [symbol.cell for symbol in filled("sudoku", 1, digits).symbols if symbol.cell]

    assert cells == sorted(cells)
    assert all(1 <= row <= 9 and 1 <= column <= 9 for row, column in cells)


def test_a_number_is_written_from_left_to_right_on_one_line(digits: Digits) -> None:
    canvas = Canvas(SIDE, SIDE)
    scribe = Scribe(canvas, np.random.default_rng(0), digits, Hand(), 30)
    end = scribe.write("31-5", 20, 150, 7)
    lefts = [symbol.box[0] for symbol in canvas.symbols]

    assert "".join(symbol.text for symbol in canvas.symbols) == "31-5"
    assert lefts == sorted(lefts)
    assert lefts[0] == pytest.approx(20, abs=2)
    assert canvas.symbols[-1].box[2] == pytest.approx(end, abs=3)
    assert {(symbol.line, symbol.number) for symbol in canvas.symbols} == {(7, 0)}


def test_numbers_are_mostly_digits_and_at_most_as_long_as_asked_for() -> None:
    generator = np.random.default_rng(0)
    numbers = [any_number(generator, 3) for _ in range(200)]

    assert all(number.isdigit() and 1 <= len(number) <= 3 for number in numbers)
    assert sum(any_number(generator).isdigit() for _ in range(200)) > 100
