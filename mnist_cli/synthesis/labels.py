"""Letters beside numbers: units, signs of money, codes; which characters are of a number."""

from collections.abc import Iterator

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.synthesis.strokes import Generator

CLEAR_LETTERS = "ABCDEFGHJKMNPRTUVWXYacdefhkmnprtuvwxy"  # that no hand writes as a digit
UNITS = (
    "kg", "g", "mg", "cm", "m", "km", "mm", "€", "$", "£", "h", "h", "min", "°C", "°", "pcs", "St.",
    "ml", "mL", "kWh", "kcal", "V", "A", "W", "Hz", "ha", "pt", "x", "EUR", "CHF", "Fr.",
)  # fmt: skip
BEFORE = ("€", "$", "£", "Nr.", "No.", "#", "CHF", "EUR", "Fr.", "A", "R", "T", "p.", "am", "ca.")


def labelled(generator: Generator, text: str) -> str:
    """Return a number with letters before it, after it, or among its digits."""
    room = str(generator.choice(["", " "]))
    kind = generator.random()
    if kind < 0.5:
        return f"{text}{room}{generator.choice(UNITS)}"
    if kind < 0.65:
        return f"{generator.choice(BEFORE)}{room}{text}"
    capitals = list(filter(str.isupper, CLEAR_LETTERS))
    code = "".join(generator.choice(capitals, int(generator.integers(1, 4))))
    digits = str(generator.integers(0, 10 ** int(generator.integers(1, 6))))
    if kind < 0.85:
        return f"{code}{generator.choice(['', '', '-', ' '])}{digits}"
    if kind < 0.95:
        return f"{digits}{code[0]}"
    return f"{generator.integers(24)}h{generator.integers(60):02}"


def characters(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield each character of a text, whether it counts, and whether a further number begins there.

    What counts are digits, and marks but those behind a letter: in `AB-12` is no minus. Room and
    letters part numbers.
    """
    parted, behind_letter = False, False
    for character in text:
        counts = character.isdigit() or (character in MARKS and not behind_letter)
        yield character, counts, counts and parted
        parted = not counts
        behind_letter = not counts and not character.isspace()
