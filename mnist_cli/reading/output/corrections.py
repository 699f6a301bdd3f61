"""What a person put right in a file of results, as images of digits with their labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from itertools import accumulate, groupby, islice
from reprlib import repr as short
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.errors import UsageError
from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading.output.entries import Entry, digits_of
from mnist_cli.reading.output.record import Reading
from mnist_cli.reading.output.results import Digit
from mnist_cli.reading.reader import Reader
from mnist_cli.reading.tables.tables import lies_in

MANY = 10  # places of a picture with something in them, of which half the digits stay the same
KNOWN = {*SYMBOLS, *" \n"}  # signs that a text of digits may have

ANOTHER = "most of it reads otherwise now: is it that picture, and was it read with this model?"

NO_DIGIT = "no digit is written there, and so none can be learned"
MARKS_ALONE = "its marks or spaces alone differ, and these are not learned"


class LabelledDigit(NamedTuple):
    """A digit with what a person says that it is.

    Attributes:
        digit: Which, 0-9.
        name: Of its image's file, unique among those of one file of results.
        image: (28, 28) uint8, as the classifier sees it.
    """

    digit: int
    name: str
    image: NDArray[np.uint8]


class Change(NamedTuple):
    """What a person changed of a place: one number, or several that he joined or parted.

    Attributes:
        text: What he wrote.
        read: What was read.
        there: Its digits, as they are read now.
    """

    text: str
    read: str
    there: Sequence[Digit]


@dataclass
class Corrections:
    """What comes of a file.

    Attributes:
        digits: Those of the numbers that were changed.
        places: How many these are: a picture without a table has several, and so may a cell.
        left_out: Of each place that was changed and could not be used, and of each picture: line,
            picture and reason.
        lost: How many places were changed and could not be used.
        unknown: How many pictures could not be used, of which it is not known what was read.
    """

    digits: list[LabelledDigit] = field(default_factory=list)
    places: int = 0
    left_out: list[tuple[int, str, str]] = field(default_factory=list)
    lost: int = 0
    unknown: int = 0

    @property
    def are_emptied(self) -> bool:
        """Whether all places that were changed are some in which no digit stands."""
        reasons = {reason for _, _, reason in self.left_out}
        return not self.places and reasons == {NO_DIGIT}

    @property
    def may_be_read_otherwise(self) -> bool:
        """Whether something can't be used that could be if it was read now as it was before."""
        return any(reason not in {NO_DIGIT, MARKS_ALONE} for _, _, reason in self.left_out)


def corrections(entries: Sequence[Entry], reader: Reader) -> Corrections:
    """Read the pictures again; what a person wrote in place of what was read stands there.

    Where a file does not say what was read, it is what is read now. A number that has more or fewer
    digits than are found can't be used. A printed cell of a form that is left empty is none.

    Args:
        entries: As of `read_entries`.
        reader: Reads with the model, and by the form, that read them before.

    Raises:
        UsageError: The model's classes are no digits.
    """
    if reader.class_names:
        raise UsageError("The model's classes have names; digits alone can be put right.")
    found = Corrections()
    said = [one for one in entries if one.text.strip() or not one.is_printed]
    for path, own in groupby(sorted(said, key=lambda one: one.path), lambda one: one.path):
        places = list(own)
        reading = reader.read(path, errors="record")
        if reading.error:
            _leave_out(found, places, reading.error.message)
        elif _is_another(places, reading):
            _leave_out(found, places, ANOTHER)
        else:
            for place in places:
                _add(found, place, reading)
    return found


def _leave_out(found: Corrections, places: Sequence[Entry], reason: str) -> None:
    """Leave a picture out: the places that are known to be changed, or it is said once."""
    changed = [one for one in places if one.read is not None and _is_changed(one, one.read)]
    found.lost += len(changed)
    found.unknown += not changed and any(one.read is None for one in places)
    for place in changed or places[:1]:
        found.left_out.append((place.line, place.path, reason))


def _is_changed(entry: Entry, read: str) -> bool:
    """Tell whether a place has something else than was read there, be it marks or spaces."""
    return entry.text.split() != read.split()


def _is_another(places: Sequence[Entry], reading: Reading) -> bool:
    """Tell whether a file's places are of another picture of that name, or read in another way."""
    filled = alike = count = 0
    for entry in places:
        before = digits_of(entry.text if entry.read is None else entry.read)
        now = _now(_there(entry, reading))
        filled += bool(before or now)
        count += max(len(before), len(now))
        if len(before) == len(now):
            alike += sum(map(str.__eq__, before, now))
    return filled >= MANY and alike < count / 2


def _there(entry: Entry, reading: Reading) -> list[Digit]:
    return [one for one in reading.digits if _is_inside(one, entry.corners)]


def _now(digits: Sequence[Digit]) -> str:
    return "".join(str(one.digit) for one in digits)


def _add(found: Corrections, entry: Entry, reading: Reading) -> None:
    for change in _changes(entry, reading):
        is_same = digits_of(change.text) == digits_of(change.read) and "?" not in change.text
        if is_same and entry.read is None:  # the file does not say which marks were read
            continue
        if reason := _reason(change):
            found.left_out.append((entry.line, entry.path, reason))
            found.lost += 1
            continue
        found.places += 1
        for digit, one in zip(digits_of(change.text), change.there, strict=True):
            name = f"{reading.stem}-{len(found.digits):05}"
            found.digits.append(LabelledDigit(int(digit), name, one.image))


def _changes(entry: Entry, reading: Reading) -> Iterator[Change]:
    """Yield what was changed of a place, number by number: the others may be read wrongly."""
    there = _there(entry, reading)
    read = entry.read
    if read is None:
        read = reading.text if entry.corners is None else _now(there)
    if len(digits_of(read)) != len(there):  # read otherwise now: nobody knows which is of which
        if read.split() != entry.text.split():
            yield Change(entry.text, read, there)
        return
    before, after = read.splitlines(), entry.text.splitlines()
    lines = zip(before, after, strict=True) if len(before) == len(after) else [(read, entry.text)]
    left = iter(there)
    for line, text in lines:
        yield from _changes_of_line(line, text, list(islice(left, len(digits_of(line)))))


def _changes_of_line(read: str, text: str, there: Sequence[Digit]) -> Iterator[Change]:
    numbers, texts = read.split(), text.split()
    ends = [0, *accumulate(len(digits_of(number)) for number in numbers)]
    if len(numbers) == len(texts):
        steps = [(at, at + 1, at, at + 1) for at in range(len(numbers))]
    else:  # some were joined, parted, added, or left out
        matching = SequenceMatcher(None, numbers, texts, autojunk=False)
        steps = [step[1:] for step in matching.get_opcodes()]
    for begin, end, first, last in steps:
        if numbers[begin:end] != texts[first:last]:
            old, new = " ".join(numbers[begin:end]), " ".join(texts[first:last])
            yield Change(new, old, there[ends[begin] : ends[end]])


def _reason(change: Change) -> str:
    """Say why a change teaches nothing; empty if it does."""
    digits = digits_of(change.text)
    if "?" in change.text:
        return f"a ? is left in {short(change.text)}"
    if not set(change.text) <= KNOWN:
        return f"{short(change.text)} is no text of digits"
    if digits == digits_of(change.read):
        return MARKS_ALONE
    if not digits:
        return NO_DIGIT
    if len(change.there) != len(digits):
        return f"{len(digits)} written, {len(change.there)} found"
    return ""


def _is_inside(digit: Digit, corners: NDArray[np.float32] | None) -> bool:
    return corners is None or lies_in(corners, digit)
