"""How a picture became 28×28: each step as a picture, and the whole in words."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import cv2
import numpy as np

from mnist_cli.core.files import storage_errors, write_bytes
from mnist_cli.core.outputs import begin_folder
from mnist_cli.reading.classifier import Attributing, Classifier
from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.opening import attributing
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.page import LeftOut
from mnist_cli.reading.saliency import Attribution, panel, sentence

SHOWN_SIDE = 280  # px; the 28×28 image is enlarged to be looked at
COLUMNS, CAPTION, MARGIN = 4, 24, 12  # of the contact sheet; px

FLAG_WORDS = {
    "low_contrast": "The ink is hardly darker than the paper: use a darker pen or more light.",
    "touches_border": "The digit touches the border and may be cut off: leave some room around it.",
    "several_digits": "There seem to be several digits: only one was read.",
    "no_table": "No table was found: it was read line by line. --grid ROWSxCOLUMNS says its size.",
    "table_cut_off": "Beside the table is one that the picture's edge cuts: it was left out.",
    "beside_table": "Beside the table are digits that look printed: they were left out.",
    "sudoku": "It was read as a sudoku, by its rules; --layout table reads it as any table.",
    "beside_sudoku": "Digits beside the sudoku were left out; --layout table reads them too.",
    "thin_stroke": "The stroke is thin for the size of the digit: it was widened.",
    "not_a_digit": "This looks like no digit: the answer is the least unlikely one.",
    "unexpected": "This is not what was expected, whichever way its digits are read.",
    "contradicts": "By the rules of sudoku it contradicts other digits, or the first answer did.",
    "unread_ink": "Beside it is a stroke as tall as a digit that was not read: one may be missing.",
    "unlikely": "It was hardly seen as a digit, but stands beside some, is expected, or is alone.",
    "crossed_out": "A stroke runs through it and its neighbours: somebody struck the number out.",
    "lies": "It seems to lie on its side: --turn turns the page.",
    "animated": "Of several frames or pages the first was read; of a file scan.tif all pages are.",
}

LEFT_OUT_WORDS = {
    "unlikely": "too unlikely to be one",
    "hardly_a_digit": "since what it was read as is hardly right; it may be a letter or a stroke",
    "a_letter": "a letter rather, or a drawing, by how its line looks",
    "a_mark": "a mark rather, by how its line looks",
    "no_ink": "without ink of its own, or of the colour that was asked for",
    "another_digit": "since only one digit is read here",
    "beside_table": "since it is printed beside a table, or stands beside a sudoku",
    "cut_off": "since its table is cut off, beside a whole one; --layout table reads both",
    "printed_on_form": "since it is printed there on each sheet of the form",
    "outside_fields": "since it stands in no field of the form",
}


class Explainer:
    """Writes a folder for each reading: its steps as pictures, and the whole in words.

    Args:
        folder: Gets `0001-NAME/`, `0002-NAME/`, …; made if missing.
        classifier: What read; shown is too what spoke for and against its answers, where that can
            be told, for which TensorFlow is loaded.
        force: Whether a folder that holds something is written into.

    Raises:
        ConflictError: The folder is not empty, and `force` is off.
        StorageError: The folder can't be written.
    """

    def __init__(
        self, folder: Path, classifier: Classifier | None = None, *, force: bool = False
    ) -> None:
        self._folder = folder
        self._classifier = classifier
        self._count = 0
        begin_folder(folder, force=force)

    def write(self, reading: Reading) -> None:
        """Explain one reading."""
        self._count += 1
        folder = self._folder / f"{self._count:04}-{reading.stem}"
        with storage_errors(folder):
            folder.mkdir(exist_ok=True)
        attributions = self._attributions(reading)
        steps = _steps(reading, attributions)
        digits = len(str(len(steps)))  # names of the same length, so that they sort as they come
        pictures = {
            f"{number:0{digits}}-{name}.png": step for number, (name, step) in enumerate(steps, 1)
        }
        if steps:
            pictures["contact-sheet.png"] = _contact_sheet(steps)
        for name, picture in pictures.items():
            write_bytes(folder / name, cv2.imencode(".png", picture)[1].tobytes())
        write_bytes(folder / "explanation.txt", explain(reading, attributions).encode())

    @cached_property
    def _attributing(self) -> Attributing | None:
        return attributing(self._classifier) if self._classifier else None

    def _attributions(self, reading: Reading) -> Sequence[Attribution]:
        if not reading.digits or not self._attributing:
            return ()
        images = np.stack([digit.image for digit in reading.digits])
        answers = np.array([digit.digit for digit in reading.digits])
        return tuple(self._attributing.attributions(images, answers))


def _steps(reading: Reading, attributions: Sequence[Attribution]) -> list[tuple[str, Grey]]:
    """Return name and picture of each step, those of a single digit enlarged to be looked at.

    What speaks for and against a digit comes after it, in colour.
    """
    if not reading.page:
        return []
    steps = list(reading.page.stages.items())
    several = len(reading.digits) > 1
    for number, (take, digit) in enumerate(zip(reading.page.takes, reading.digits, strict=True), 1):
        suffix = f"-{number}" if several else ""
        steps += [(f"strokes{suffix}", take.normalised.strokes), (f"digit{suffix}", digit.image)]
        if attributions:
            shown = panel(attributions[number - 1], digit.image, SHOWN_SIDE)
            steps.append((f"saliency{suffix}", shown))
    return [(name, _enlarged(step)) for name, step in steps]


def _enlarged(step: Grey) -> Grey:
    factor = max(1, SHOWN_SIDE // max(step.shape))
    size = step.shape[1] * factor, step.shape[0] * factor
    return np.asarray(cv2.resize(step, size, interpolation=cv2.INTER_NEAREST))


def _contact_sheet(steps: list[tuple[str, Grey]]) -> Grey:
    """Lay all steps out on one picture, each with its name above it."""
    columns = min(len(steps), COLUMNS)
    rows = -(-len(steps) // columns)
    side = SHOWN_SIDE + MARGIN
    coloured = any(step.ndim == 3 for _, step in steps)
    height, width = rows * (side + CAPTION) + MARGIN, columns * side + MARGIN
    sheet = np.full((height, width, 3) if coloured else (height, width), 255, np.uint8)
    for number, (name, step) in enumerate(steps):
        top = MARGIN + number // columns * (side + CAPTION)
        left = MARGIN + number % columns * side
        cv2.putText(
            *(sheet, name, (left, top + CAPTION - 8), cv2.FONT_HERSHEY_SIMPLEX, 0.5, 0, 1),
            lineType=cv2.LINE_AA,
        )
        factor = SHOWN_SIDE / max(step.shape)
        size = max(1, round(step.shape[1] * factor)), max(1, round(step.shape[0] * factor))
        how = cv2.INTER_AREA if factor < 1 else cv2.INTER_NEAREST
        shown = cv2.resize(step, size, interpolation=how)
        if coloured and shown.ndim == 2:
            shown = cv2.cvtColor(shown, cv2.COLOR_GRAY2BGR)
        top += CAPTION
        sheet[top - 1 : top + size[1] + 1, left - 1 : left + size[0] + 1] = 160  # a frame
        sheet[top : top + size[1], left : left + size[0]] = shown
    return sheet


def explain(reading: Reading, attributions: Sequence[Attribution] = ()) -> str:
    """Say in words what was done, what spoke for the answers, and what looks wrong."""
    if reading.error or not reading.page:
        reason = reading.error.message if reading.error else "nothing was found"
        return f"{reading.path}: {reason}\n"
    page, digits = reading.page, reading.digits
    lines = [
        _answer(reading),
        f"The ink is {'darker' if page.inverted else 'lighter'} than the paper.",
    ]
    if page.turned:
        lines.append(f"The picture was turned clockwise by {90 * page.turned}° to be read.")
    if page.straightened:
        lines.append("It lay askew, and was straightened along its lines.")
    if page.found is None:
        lines.append("The picture already is 28×28 as MNIST has it, and was left as it is.")
    else:
        lines += [_place(number, digit, len(digits)) for number, digit in enumerate(digits, 1)]
        lines.append(
            "Each was brought to 20 pixels on its longer side, and centred by its mass in 28×28."
        )
    if reading.marks:
        lines.append(f"Marks were found too: {' '.join(mark.text for mark in reading.marks)}")
    lines += [_left_out(one) for one in reading.left_out]
    lines += [sentence(a, digit.names[0]) for a, digit in zip(attributions, digits, strict=False)]
    return "\n".join([*lines, *warnings(reading)]) + "\n"


def warnings(reading: Reading) -> list[str]:
    """Say what looks wrong, a sentence each."""
    said = [FLAG_WORDS[flag] for flag in reading.flags if flag in FLAG_WORDS]
    for number, digit in enumerate(reading.digits, 1):
        which = f"Digit {number}: " if len(reading.digits) > 1 else ""
        said += [which + FLAG_WORDS[flag] for flag in digit.flags]
        if digit.unsure and "not_a_digit" not in digit.flags:
            said.append(f"{which}The answer is unsure: its confidence is low.")
    said += [
        f"Number {one.text}: each digit is sure, but hardly all of them together; or it may be two,"
        " or a part of one, or its marks may be others."
        for one in reading.numbers
        if one.unsure and not one.in_table and "?" not in one.doubtful_text
    ]
    return said


def _left_out(one: LeftOut) -> str:
    left, top, right, bottom = one.box
    return (
        f"Left out: what looks like {one.symbol!r} in the box from ({left}, {top}) to"
        f" ({right}, {bottom}), {LEFT_OUT_WORDS[one.reason]}."
    )


def _answer(reading: Reading) -> str:
    if not reading.digits:
        return f"{reading.path}: a table without a digit."
    confidence = min(digit.confidence for digit in reading.digits)
    words = "confidence" if len(reading.digits) == 1 else "lowest confidence"
    text = " / ".join(reading.text.splitlines())
    return f"{reading.path}: read as {text}, {words} {100 * confidence:.1f} %."


def _place(number: int, digit: Digit, count: int) -> str:
    left, top, right, bottom = digit.box
    what = "The digit" if count == 1 else f"Digit {number}, a {digit.names[0]},"
    return f"{what} was found in the box from ({left}, {top}) to ({right}, {bottom})."
