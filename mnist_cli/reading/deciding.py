"""How what is known to be written decides what a page says."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from mnist_cli.core.finder_maps import SYMBOLS
from mnist_cli.reading.answers import Answer
from mnist_cli.reading.candidates import Candidate, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.expectations import Expectation
from mnist_cli.reading.expected_readings import (
    LEAST,
    Choice,
    choose,
    digit_readings,
    doubtful_readings,
    mark_readings,
)
from mnist_cli.reading.numbers import GAP_IN_CELL, Line, Number
from mnist_cli.reading.page import Page, Take, left_out, placed

Pairs = Sequence[tuple[Take, Answer]]

# Where some digit has to be missed, or none, less probable readings are believed, and all unsure.
LEAST_DOUBTFUL = 0.01
LONGEST = 20  # signs of a number that is joined: a line may hold hundreds
NO_DIGIT = "not_a_digit"


class Deciding:
    """A page's numbers, while what is expected decides between their readings.

    Args:
        page: With `spare` digits that count only where what is expected needs them.
        pairs: Each digit with its answer, which names all ten of them.
        min_confidence: Under it an answer is unsure, in [0, 1].
        digits_only: Whether no mark is told.
    """

    def __init__(
        self, page: Page, pairs: Pairs, min_confidence: float, *, digits_only: bool = False
    ) -> None:
        self._page, self._pairs, self._least = page, pairs, min_confidence
        self._digits_only = digits_only
        self._answers = {take.candidate: answer for take, answer in pairs if take.candidate}
        self._read = dict[Number, Number]()
        self._as_marks = dict[Candidate, Candidate]()

    def join(self, expected: Expectation) -> None:
        """Join numbers beside each other where that makes what is expected, and they don't.

        Tables stay as they are.
        """
        arrangement = self._page.arrangement
        kept = arrangement.in_tables
        lines = tuple(
            line if kept.intersection(line) else self._joined(line, expected)
            for line in arrangement.lines
        )
        self._page = replace(self._page, arrangement=replace(arrangement, lines=lines))

    def decide_all(self, expected: Expectation) -> None:
        """Decide each number by what is expected; where there are tables, but for print."""
        arrangement = self._page.arrangement
        self.decide(arrangement.numbers, expected, prints=not arrangement.tables)

    def decide(self, numbers: Iterable[Number], expected: Expectation, *, prints: bool) -> None:
        """Decide numbers of the page by what is expected.

        Args:
            numbers: Some of its numbers.
            expected: What is known of them.
            prints: Whether those that are printed are decided, too.
        """
        for number in numbers:
            printed = sum(one.is_printed for one in number) > len(number) / 2
            if prints or not printed:
                self._read[number] = self._decided(number, expected)

    def result(self) -> tuple[Page, list[tuple[Take, Answer]]]:
        """Return the page as it was decided, and its digits with their answers."""
        page, spare = self._page, self._page.spare
        arrangement = page.arrangement.exchanged(
            {
                number: self._read.get(number) or _without(number, spare)
                for number in page.arrangement.numbers
            }
        )
        takes = {take.candidate: take for take, _ in self._pairs if take.candidate}
        kept = list(placed(arrangement.lines, takes))
        wholes = [(take, answer) for take, answer in self._pairs if not take.candidate]
        stay = {take.candidate for take in kept}.union(self._as_marks)
        told = {one.box for one in stay & spare if one}
        gone = [one for one in takes if one not in stay and one not in spare]
        page = replace(
            page,
            arrangement=arrangement,
            takes=(*kept, *(take for take, _ in wholes)),
            marks=(*page.marks, *self._as_marks.values()),
            left_out=(
                *(one for one in page.left_out if one.box not in told),
                *(left_out(one, "unlikely") for one in gone),
            ),
            spare=frozenset(),
        )
        own = [(take, self._answers[take.candidate]) for take in kept if take.candidate]
        return page, own + wholes

    def _joined(self, line: Line, expected: Expectation) -> Line:
        done: list[Number] = []
        at = 0
        while at < len(line):
            end = at + 1
            signs = len(line[at])
            for longer in range(at + 2, len(line) + 1):
                signs += len(line[longer - 1])
                if signs > LONGEST or not _are_near(line[longer - 2], line[longer - 1]):
                    break
                if self._are_one(line[at:longer], expected):
                    end = longer
            done.append(sum(line[at:end], ()))
            at = end
        return tuple(done)

    def _are_one(self, parts: Line, expected: Expectation) -> bool:
        """Tell whether parts make what is expected, where not all do, or none with spare digits."""
        whole = sum(parts, ())
        plain = _without(whole, self._page.spare)
        alone = (
            self._plain(_without(part, self._page.spare), expected).is_expected for part in parts
        )
        if self._plain(plain, expected).is_expected:
            return not all(alone)
        needed = len(plain) < len(whole) and self._doubtful(whole, expected).is_expected
        return needed and not any(alone)

    def _plain(self, number: Number, expected: Expectation) -> Choice:
        return choose([self._readings(one) for one in number], expected.fits)

    def _doubtful(self, number: Number, expected: Expectation) -> Choice:
        readings = [self._doubtful_readings(one, expected.marks) for one in number]
        return choose(readings, expected.fits, LEAST_DOUBTFUL)

    def _decided(self, number: Number, expected: Expectation) -> Number:
        """Put the answers of a number's digits right, and return the signs that count.

        Which signs there are is doubted only where no reading of the likely ones is expected.
        """
        plain = _without(number, self._page.spare)
        choice = self._plain(plain, expected)
        if choice.is_expected:
            pairs = list(zip(plain, choice.symbols, strict=True))
            signs = tuple(one for one, symbol in pairs if symbol)
            for one, symbol in pairs:
                self._name(one, symbol, choice.confidence)
                if len(signs) < len(plain):  # what was taken for a mark may be a digit
                    self._doubt(one)
            return signs
        choice = self._doubtful(number, expected)
        if any(map(str.isdigit, choice.symbols)) and choice.is_expected:
            return self._doubted(number, choice)
        for one in plain:
            self._doubt(one, "unexpected")
        return plain

    def _doubted(self, number: Number, choice: Choice) -> Number:
        """Return the signs of a number that was doubted, each of them unsure."""
        signs = []
        for one, symbol in zip(number, choice.symbols, strict=True):
            if symbol.isdigit():
                self._name(one, symbol, choice.confidence)
                self._doubt(one, *(("unlikely",) if one in self._page.spare else ()))
                signs.append(one)
            elif symbol:
                if one.is_digit:
                    self._as_marks[one] = _as_mark(one, symbol)
                signs.append(self._as_marks.get(one, one))
        return tuple(signs)

    def _readings(self, one: Candidate) -> dict[str, float]:
        if one.is_digit:
            return digit_readings(self._answers[one].top)
        return mark_readings(one.symbol, one.score)

    def _doubtful_readings(self, one: Candidate, marks: str) -> dict[str, float]:
        """Return the readings of a sign that may be another, or none at all."""
        if not (one in self._page.spare or (one.is_digit and self._may_be_none(one))):
            return self._readings(one)
        known = "" if self._digits_only else marks
        shares = {mark: LEAST + float(one.symbols[SYMBOLS.index(mark)]) for mark in known}
        return doubtful_readings(self._answers[one].top, shares)

    def _may_be_none(self, digit: Candidate) -> bool:
        """Tell whether it looks like no digit, or is likelier to be none than any."""
        answer = self._answers[digit]
        return NO_DIGIT in answer.flags or math.fsum(share for _, share in answer.top) < 0.5

    def _name(self, one: Candidate, symbol: str, confidence: float) -> None:
        """Take a digit for another one, if that was chosen."""
        if not one.is_digit:
            return
        answer = self._answers[one]
        first = [pair for pair in answer.top if str(pair[0]) == symbol]
        rest = [pair for pair in answer.top if str(pair[0]) != symbol]
        if rest and answer.top[0] != first[0]:
            first = [(first[0][0], round(confidence, 4))]
            is_doubted = confidence < self._least or NO_DIGIT in answer.flags
            answer = answer._replace(unsure=is_doubted)
        self._answers[one] = answer._replace(top=(*first, *rest))

    def _doubt(self, one: Candidate, *flags: str) -> None:
        if one.is_digit:
            answer = self._answers[one]
            self._answers[one] = answer._replace(unsure=True, flags=(*answer.flags, *flags))


def _without(number: Number, spare: frozenset[Candidate]) -> Number:
    return tuple(one for one in number if one not in spare)


def _are_near(one: Number, other: Number) -> bool:
    height = median_height(sign for sign in (*one, *other) if sign.is_digit)
    gap = other[0].edges[0] - one[-1].edges[2]
    return bool(gap < GAP_IN_CELL * height)


def _as_mark(one: Candidate, symbol: str) -> Candidate:
    """Take what was found as a digit for a mark, which is no sure one."""
    symbols = np.zeros(len(SYMBOLS), np.float32)
    symbols[SYMBOLS.index(symbol)] = 1
    score = min(one.score, CONFIG.sure_mark - 0.01)
    return replace(one, is_digit=False, symbols=symbols, score=score)
