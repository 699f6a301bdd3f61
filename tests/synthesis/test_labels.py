import numpy as np
import pytest

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.synthesis.canvas import Canvas
from mnist_cli.synthesis.digits import Digits, Hand
from mnist_cli.synthesis.labels import characters, labelled
from mnist_cli.synthesis.print import any_font, set_text
from mnist_cli.synthesis.scribe import Scribe

TEXTS = [
    ("12.5 kg", ["12.5"]),
    ("A12-345", ["12-345"]),
    ("AB-12", ["12"]),  # no minus
    ("12-AB", ["12"]),
    ("A-8-XM-97", ["8", "97"]),
    ("No. 7", ["7"]),  # no point
    ("8h30", ["8", "30"]),
    ("€-3", ["3"]),
    ("DE89 3704", ["89", "3704"]),
]


@pytest.mark.parametrize(("text", "numbers"), TEXTS)
def test_letters_and_room_part_numbers(text: str, numbers: list[str]) -> None:
    found: list[str] = []
    for character, counts, begins in characters(text):
        if begins or (counts and not found):
            found.append("")
        found[-1:] = [found[-1] + character] if counts else found[-1:]

    assert found == numbers


def test_what_is_labelled_has_letters_or_room_and_digits_that_can_be_told() -> None:
    generator = np.random.default_rng(0)
    made = [labelled(generator, "12.5") for _ in range(500)]

    assert any(text.startswith("12.5") for text in made)
    assert any(text.endswith("12.5") for text in made)
    assert all(any(counts for _, counts, _ in characters(text)) for text in made)
    told = {character for text in made for character, counts, _ in characters(text) if counts}
    assert told <= {*"0123456789", *MARKS}


@pytest.mark.parametrize(("text", "numbers"), TEXTS)
@pytest.mark.parametrize("way", ["hand", "print"])
def test_letters_are_on_the_page_and_no_symbols_of_it(
    text: str, numbers: list[str], way: str, digits: Digits
) -> None:
    canvas, generator = Canvas(80, 600), np.random.default_rng(0)
    if way == "hand":
        hand = Hand.any(generator, digits)
        Scribe(canvas, generator, digits, hand, 30).write(text, 20, 40, 0)
    else:
        set_text(canvas, text, 20, 20, any_font(generator), 40, line=0)

    by_number: dict[int, str] = {}
    for symbol in canvas.symbols:
        by_number[symbol.number] = by_number.get(symbol.number, "") + symbol.text
    assert list(by_number.values()) == numbers
    covered = np.zeros((80, 600), bool)
    for left, top, right, bottom in (symbol.box for symbol in canvas.symbols):
        covered[int(top) : int(bottom), int(left) : int(right)] = True
    inked = (canvas.written + canvas.printed) > 0.3
    assert (inked & ~covered).any() == any(map(str.isalpha, text.replace("€", "E")))
