"""What is known to be written, and how it decides between readings."""

import math
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from heapq import nlargest
from itertools import product
from pathlib import Path
from typing import NamedTuple

from mnist_cli.core.errors import UsageError
from mnist_cli.core.files import read_regular
from mnist_cli.core.finder_maps import MARKS
from mnist_cli.reading.answers import Answer
from mnist_cli.reading.candidates import Candidate, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.numbers import GAP_IN_CELL, Line, Number
from mnist_cli.reading.page import Take
from mnist_cli.reading.tables.arrangement import Arrangement

Fits = Callable[[str], bool]

KINDS = "integer, decimal, date, time, phone, a length as 6, or a range as 0..100"
LEAST = 1e-3  # probability of a digit: one with less is no reading of it
MOST = 200  # readings of a number that are looked at, the likeliest
LEAST_FITTING = 0.1  # of all readings' probability: where less fits, none of them is believed
MOST_ALLOWED = 1_000_000  # bytes of a file


class Choice(NamedTuple):
    """A reading of a number.

    Attributes:
        symbols: What each sign is; empty for a mark that is none.
        confidence: That it is right, of those that fit, in [0, 1]; 0 where none does.
        is_expected: Whether it is as expected, and not far-fetched.
    """

    symbols: tuple[str, ...]
    confidence: float
    is_expected: bool


def parse_expectation(expected: str | Sequence[str]) -> Fits:
    """Return what tells whether a text is as expected.

    Args:
        expected: One of `KINDS`, or the texts that are allowed.

    Raises:
        UsageError: It is none of these.
    """
    if not isinstance(expected, str):
        return partial(_is_among, frozenset(expected))
    if expected in _KINDS:
        return _KINDS[expected]
    if re.fullmatch(r"[1-9]\d?", expected):
        return partial(_matches, re.compile(rf"\d{{{expected}}}"))
    if found := re.fullmatch(r"(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)", expected):
        low, high = map(float, found.groups())
        if low <= high:
            return partial(_in_range, low, high)
    raise UsageError(f"What is expected must be {KINDS}. Received: {expected!r}.")


def marks_of(expected: str | Sequence[str]) -> str:
    """Return the marks that may be written, where it is known what is; as `parse_expectation`."""
    if not isinstance(expected, str):
        return "".join(sorted({sign for text in expected for sign in text if sign in MARKS}))
    if expected in _MARKS:
        return _MARKS[expected]
    return "-.," if ".." in expected else ""


def read_expectation(text: str) -> str | list[str]:
    """Return what is expected, as `parse_expectation` takes it: a kind, or what a file allows.

    Raises:
        UsageError: It is neither, or as of `read_allowed`.
    """
    if os.path.exists(text):  # noqa: PTH110  Path raises where a name is too long
        return read_allowed(Path(text))
    try:
        parse_expectation(text)
    except UsageError as error:
        raise UsageError(error.message, hint="Nor is there a file of that name.") from error
    return text


def read_allowed(path: Path) -> list[str]:
    """Return the texts that a file allows, a line each.

    Raises:
        UsageError: It is no text, empty, or very large.
    """
    try:
        if path.stat().st_size > MOST_ALLOWED:
            raise UsageError(f"{path}: at most {MOST_ALLOWED:,} bytes of allowed texts are read.")
        lines = read_regular(path).decode("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: can't be read as text ({error}).") from error
    if allowed := sorted({line.strip() for line in lines} - {""}):
        return allowed
    raise UsageError(f"{path}: no line of it has anything that is allowed.")


def _matches(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


def _is_among(allowed: frozenset[str], text: str) -> bool:
    return text in allowed


def _in_range(low: float, high: float, text: str) -> bool:
    decimal = re.fullmatch(r"-?\d+(?:[.,]\d+)?", text)
    return decimal is not None and low <= float(text.replace(",", ".")) <= high


def _is_date(text: str) -> bool:
    """Tell whether it is a day: day, month, year, or month first, as in America, or year first."""
    parts = re.split(r"[/.\-]", text.rstrip("."))
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        return False
    if len(parts[0]) == 4:
        return _is_day(*map(int, parts))
    if len(parts[2]) not in {2, 4}:
        return False
    first, second, year = map(int, parts)
    year += 2000 if year < 100 else 0
    return _is_day(year, second, first) or _is_day(year, first, second)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except (ValueError, OverflowError):
        return False
    return True


def _is_time(text: str) -> bool:
    found = re.fullmatch(r"(\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?", text)
    if not found:
        return False
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours < 24 and minutes < 60 and seconds < 60


def _is_phone(text: str) -> bool:
    digits = sum(character.isdigit() for character in text)
    return 5 <= digits <= 15 and re.fullmatch(r"\+?[\d()/.\-]+", text) is not None


_KINDS: Mapping[str, Fits] = {
    "integer": partial(_matches, re.compile(r"[+-]?\d+")),
    "decimal": partial(_matches, re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)([.,]\d+)?")),
    "date": _is_date,
    "time": _is_time,
    "phone": _is_phone,
}


_MARKS = {"integer": "+-", "decimal": "+-.,", "date": "/.-", "time": ":.", "phone": "+()/.-"}


def choose(signs: Sequence[Mapping[str, float]], fits: Fits) -> Choice:
    """Choose the likeliest reading of a number that is as expected.

    Args:
        signs: Of each sign its readings with their probabilities; a mark that may be none has `""`
            among them.
        fits: Tells what is expected.

    Returns:
        The likeliest of those that fit, or, where none does, the likeliest of all.
    """
    readings = _likeliest(signs)
    fitting = [(share, symbols) for share, symbols in readings if fits("".join(symbols))]
    if not fitting:
        return Choice(max(readings)[1], 0.0, is_expected=False)
    best, symbols = max(fitting)
    of_fitting, of_all = (sum(share for share, _ in some) for some in (fitting, readings))
    believed = of_fitting >= LEAST_FITTING * of_all
    return Choice(symbols, best / of_fitting, is_expected=believed)


def _likeliest(signs: Sequence[Mapping[str, float]]) -> list[tuple[float, tuple[str, ...]]]:
    """Return up to `MOST` readings with their probabilities."""
    readings: list[tuple[float, tuple[str, ...]]] = [(1.0, ())]
    for sign in signs:
        longer = (
            (share * own, (*symbols, symbol))
            for (share, symbols), (symbol, own) in product(readings, sign.items())
            if own >= LEAST
        )
        readings = nlargest(MOST, longer)
    return readings


def mark_readings(symbol: str, score: float) -> dict[str, float]:
    """Return the readings of a mark: a doubtful one may be none."""
    share = min(1.0, score)
    return {symbol: share} if share >= CONFIG.sure_mark else {symbol: share, "": 1 - share}


def digit_readings(top: Sequence[tuple[int, float]]) -> dict[str, float]:
    """Return the readings of a digit, out of its likeliest ones."""
    total = math.fsum(share for _, share in top) or 1.0
    return {str(digit): max(LEAST, share / total) for digit, share in top}


def expected(
    pairs: Sequence[tuple[Take, Answer]],
    arrangement: Arrangement,
    fits: Fits,
    min_confidence: float,
) -> list[tuple[Take, Answer]]:
    """Choose what is written on a page by what is expected; in tables, of what is by hand.

    Args:
        pairs: Each digit with its answer, which names all ten of them.
        arrangement: Which of them are numbers.
        fits: Tells what is expected.
        min_confidence: Under it an answer is unsure, in [0, 1].
    """
    answers = {take.candidate: answer for take, answer in pairs if take.candidate}
    for line in arrangement.lines:
        for number in line:
            printed = sum(one.is_printed for one in number) > len(number) / 2
            if not (arrangement.tables and printed):
                _decide(number, answers, fits, min_confidence)
    return [(take, answers[take.candidate] if take.candidate else answer) for take, answer in pairs]


def joined(
    pairs: Sequence[tuple[Take, Answer]], arrangement: Arrangement, fits: Fits
) -> tuple[list[tuple[Take, Answer]], Arrangement]:
    """Join numbers that stand beside each other where that makes what is expected, and they don't.

    Args:
        pairs: Each digit with its answer, which names all ten of them.
        arrangement: Which of them are numbers; tables stay as they are.
        fits: Tells what is expected.

    Returns:
        The digits, counted by their new numbers, and how they stand.
    """
    answers = {take.candidate: answer for take, answer in pairs if take.candidate}
    kept = arrangement.in_tables
    lines = tuple(
        line if kept.intersection(line) else _joined(line, answers, fits)
        for line in arrangement.lines
    )
    every = (number for line in lines for number in line)
    place = {one: count for count, number in enumerate(every) for one in number}
    renumbered = [
        (replace(take, number=place[take.candidate]) if take.candidate in place else take, answer)
        for take, answer in pairs
    ]
    return renumbered, replace(arrangement, lines=lines)


def _joined(line: Line, answers: Mapping[Candidate, Answer], fits: Fits) -> Line:
    done: list[Number] = []
    at = 0
    while at < len(line):
        end = at + 1
        for longer in range(at + 2, len(line) + 1):
            if not _are_near(line[longer - 2], line[longer - 1]):
                break
            parts = line[at:longer]
            if _is_expected(sum(parts, ()), answers, fits) and not all(
                _is_expected(part, answers, fits) for part in parts
            ):
                end = longer
        done.append(sum(line[at:end], ()))
        at = end
    return tuple(done)


def _are_near(one: Number, other: Number) -> bool:
    height = median_height(sign for sign in (*one, *other) if sign.is_digit)
    gap = other[0].edges[0] - one[-1].edges[2]
    return bool(gap < GAP_IN_CELL * height)


def _is_expected(number: Number, answers: Mapping[Candidate, Answer], fits: Fits) -> bool:
    return choose(_readings(number, answers), fits).is_expected


def _readings(number: Number, answers: Mapping[Candidate, Answer]) -> list[dict[str, float]]:
    return [
        digit_readings(answers[one].top) if one.is_digit else mark_readings(one.symbol, one.score)
        for one in number
    ]


def _decide(
    number: Number, answers: dict[Candidate, Answer], fits: Fits, min_confidence: float
) -> None:
    """Put the answers of a number's digits right, in place."""
    choice = choose(_readings(number, answers), fits)
    for one, symbol in zip(number, choice.symbols, strict=True):
        if not one.is_digit:
            continue
        answer = answers[one]
        first = [pair for pair in answer.top if str(pair[0]) == symbol]
        rest = [pair for pair in answer.top if str(pair[0]) != symbol]
        changed = bool(rest) and answer.top[0] != first[0]
        if changed:
            first = [(first[0][0], round(choice.confidence, 4))]
        answers[one] = answer._replace(
            top=(*first, *rest),
            unsure=not choice.is_expected
            or (choice.confidence < min_confidence if changed else answer.unsure),
            flags=answer.flags if choice.is_expected else (*answer.flags, "unexpected"),
        )
