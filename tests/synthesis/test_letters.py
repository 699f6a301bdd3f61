import numpy as np
import pytest

from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Hand
from mnist_cli.synthesis.labels import UNITS, USUAL_WORDS, labelled
from mnist_cli.synthesis.letters import (
    Letters,
    any_hand,
    write_letter,
    write_words,
    written_letter,
)
from mnist_cli.synthesis.print import any_font, fonts
from mnist_cli.synthesis.strokes import Ink

HEIGHT = 40.0


def _written(character: str, pen: float) -> tuple[Ink, float]:
    """Write a letter of a plain font, steadily."""
    plain = next(font for font in fonts() if "DejaVuSans.ttf" in font.path)
    hand = Hand(pen=pen, unsteady=0.0)
    return written_letter(np.random.default_rng(0), hand, character, plain, HEIGHT)


def _stem(pen: float) -> float:
    """Return how wide the stem of an I is, as a share of its height."""
    ink, _ = _written("I", pen)
    return float(ink[ink.shape[0] // 2].sum()) / HEIGHT


def test_letters_have_the_width_of_the_pen() -> None:
    assert _stem(0.04) == pytest.approx(0.04, abs=0.02)
    assert _stem(0.15) == pytest.approx(0.15, abs=0.03)


def test_a_capital_is_as_high_as_a_digit_and_a_small_letter_reaches_under_the_line() -> None:
    capital, rise = _written("H", 0.08)
    small, small_rise = _written("p", 0.08)

    assert capital.shape[0] == pytest.approx(HEIGHT, abs=0.2 * HEIGHT)
    assert rise == pytest.approx(HEIGHT, abs=0.1 * HEIGHT)
    assert small.shape[0] > small_rise + 0.1 * HEIGHT


@pytest.mark.parametrize("character", sorted({*"".join((*USUAL_WORDS, *UNITS))} - {" "}))
def test_any_sign_is_written_or_left_out(character: str) -> None:
    generator = np.random.default_rng(1)
    for _ in range(8):
        ink, rise = written_letter(generator, Hand(), character, any_hand(generator), 12.0)

        assert ink.ndim == 2
        assert np.isfinite(rise)


def test_words_and_letters_are_as_dark_as_the_ink() -> None:
    for ink in (0.4, 1.0):
        canvas, generator = Canvas(200, 300), np.random.default_rng(2)
        write_letter(canvas, generator, Hand(ink=ink, pen=0.12), 50, 50, HEIGHT)
        assert canvas.written.max() == pytest.approx(ink, abs=0.05)


def test_words_stay_in_their_area() -> None:
    for seed in range(6):
        canvas, generator = Canvas(300, 400), np.random.default_rng(seed)
        write_words(canvas, generator, (60, 60, 300, 200), Hand(pen=0.08), 24)
        assert canvas.written[60:200, 60:300].sum() > 10
        assert canvas.written[:, 360:].sum() == 0


@pytest.mark.parametrize("loops", [False, True])
def test_a_word_stands_on_its_line_as_high_as_the_digits_beside_it(loops: bool) -> None:
    generator = np.random.default_rng(5)
    letters = Letters(any_font(generator), loops, apart=0.1, size=1.0)
    words = [letters.word(generator, Hand(pen=0.05), HEIGHT) for _ in range(30)]

    assert 0.5 * HEIGHT < np.median([rise for _, rise in words]) < 1.4 * HEIGHT
    assert all(ink.shape[0] < 3 * HEIGHT and ink.max() > 0.5 for ink, _ in words)
    assert max(ink.shape[1] for ink, _ in words) > 2 * HEIGHT


def test_every_font_has_ink_for_its_letters() -> None:
    generator = np.random.default_rng(3)
    for _ in range(30):
        font = any_font(generator, handwritten=True)
        ink, _ = written_letter(generator, Hand(), "E", font, 20.0)
        assert ink.sum() > 5


def test_codes_have_letters_and_digits_in_turns() -> None:
    generator = np.random.default_rng(4)
    texts = [labelled(generator, "12") for _ in range(400)]
    codes = [text for text in texts if sum(one.isupper() for one in text) > 1 and "12" not in text]

    assert any(text[0].isdigit() and text[-1].isdigit() for text in texts)
    assert any(sum(map(str.isdigit, text.split("-")[-1])) for text in codes if "-" in text)
