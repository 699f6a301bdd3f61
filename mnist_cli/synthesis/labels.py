"""Letters beside numbers: units, signs of money, codes; which characters are of a number."""

from collections.abc import Iterator
from itertools import zip_longest
from string import ascii_lowercase

from mnist_cli.core.finder_maps import MARKS
from mnist_cli.synthesis.strokes import Generator

CLEAR_LETTERS = "ABCDEFGHJKMNPRTUVWXYacdefhkmnprtuvwxy"  # that no hand writes as a digit
UNCLEAR_LETTERS = "ILOQSZ"  # that many hands write as a digit; what stands around them tells
CAPITALS = list(filter(str.isupper, CLEAR_LETTERS))
SMALL = list(filter(str.islower, CLEAR_LETTERS))
UNITS = (
    "kg", "g", "mg", "cm", "m", "km", "mm", "€", "$", "£", "h", "h", "min", "°C", "°", "pcs", "St.",
    "ml", "mL", "kWh", "kcal", "V", "A", "W", "Hz", "ha", "pt", "x", "EUR", "CHF", "Fr.",
    "s", "sec", "l", "L", "dl", "oz", "lb", "lbs", "ft", "in", "gal", "Std", "Stk", "am", "pm",
)  # fmt: skip
# what forms, tables and sheets of marks say
USUAL_WORDS = (
    "Sum", "Total", "Name", "Date", "Score", "No.", "Nr.", "Points", "Marks", "Class", "Page",
    "Time", "Age", "Amount", "Price", "Qty", "Subtotal", "Balance", "Start", "End", "Student",
    "Subject", "Grade", "Result", "Phone", "Zip", "Code", "Signature", "Address", "Team", "Player",
    "Week", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Datum", "Summe", "Betrag", "Klasse",
    "Schüler", "Punkte", "Note", "Menge", "Preis", "Gesamt", "Nom", "Prénom", "Somme", "Montant",
    "Fecha", "Nombre", "Suma", "Importe", "Totale", "Voto", "ID", "OBS", "YES", "NO", "Solution",
)  # fmt: skip
BEFORE = ("€", "$", "£", "Nr.", "No.", "#", "CHF", "EUR", "Fr.", "A", "R", "T", "p.", "am", "ca.")


def labelled(generator: Generator, text: str) -> str:
    """Return a number with letters before it, after it, or among its digits."""
    room = str(generator.choice(["", " "]))
    kind = generator.random()
    if kind < 0.32:
        return f"{text}{room}{generator.choice(UNITS)}"
    if kind < 0.45:
        before = USUAL_WORDS if generator.random() < 0.4 else BEFORE
        return f"{generator.choice(before)}{room}{text}"
    if kind < 0.7:
        word = _any_word(generator)
        return f"{text} {word}" if kind < 0.58 else f"{word} {text}"
    if kind < 0.85:
        return _code(generator)
    digits = _some_digits(generator)
    if kind < 0.95:
        return f"{digits}{generator.choice(CAPITALS)}"
    return f"{generator.integers(24)}h{generator.integers(60):02}"


def _any_word(generator: Generator) -> str:
    """Make up a word out of any letters: small ones, capitals, or one capital before small ones."""
    length = int(generator.integers(2, 8))
    word = "".join(generator.choice(list(ascii_lowercase), length))
    kind = generator.random()
    return word if kind < 0.5 else word.capitalize() if kind < 0.8 else word.upper()


def _code(generator: Generator) -> str:
    """Make up a code as on plates, parts and accounts: letters and digits in turns."""
    parts, begin = int(generator.choice([2, 2, 2, 3, 4])), int(generator.random() < 0.2)
    between = str(generator.choice(["", "", "-", " "]))
    kind = generator.random()
    letters = CAPITALS if kind < 0.6 else SMALL if kind < 0.8 else [*CAPITALS, *UNCLEAR_LETTERS]
    return between.join(
        _some_digits(generator)
        if part % 2
        else "".join(generator.choice(letters, int(generator.integers(1, 4))))
        for part in range(begin, begin + parts)
    )


def _some_digits(generator: Generator) -> str:
    return str(generator.integers(0, 10 ** int(generator.integers(1, 6))))


def characters(text: str) -> Iterator[tuple[str, bool, bool]]:
    """Yield each character of a text, whether it counts, and whether a further number begins there.

    What counts are digits, and marks but those beside a letter: `AB-12` and `12-AB` have no minus.
    Room and letters part numbers.
    """
    parted, behind_letter = False, False
    for character, following in zip_longest(text, text[1:], fillvalue=" "):
        beside_letter = behind_letter or following.isalpha()
        counts = character.isdigit() or (character in MARKS and not beside_letter)
        yield character, counts, counts and parted
        parted = not counts
        behind_letter = not counts and not character.isspace()
