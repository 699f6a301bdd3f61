"""How what is known to be written decides between readings."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import nlargest
from itertools import product
from typing import NamedTuple

from mnist_cli.reading.answers import Answer
from mnist_cli.reading.candidates import Candidate, median_height
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.expectations import Fits
from mnist_cli.reading.numbers import GAP_IN_CELL, Line, Number
from mnist_cli.reading.page import Take
from mnist_cli.reading.tables.arrangement import Arrangement

LEAST = 1e-3  # probability of a digit: one with less is no reading of it
MOST = 200  # readings of a number that are looked at, the likeliest
LEAST_FITTING = 0.1  # of all readings' probability: where less fits, none of them is believed


class Choice(NamedTuple):
    """A reading of a number.

    Attributes:
        symbols: What each sign is; empty for a mark that is none.
        confidence: That it is right, of those that fit, in [0, 1]; 0 where none is believed.
        is_expected: Whether it is as expected.
    """

    symbols: tuple[str, ...]
    confidence: float
    is_expected: bool


def choose(signs: Sequence[Mapping[str, float]], fits: Fits) -> Choice:
    """Choose the likeliest reading of a number that is as expected.

    Args:
        signs: Of each sign its readings with their probabilities; a mark that may be none has `""`
            among them.
        fits: Tells what is expected.

    Returns:
        The likeliest of those that fit, or, where they are far-fetched, the likeliest of all.
    """
    readings = _likeliest(signs)
    fitting = [(share, symbols) for share, symbols in readings if fits("".join(symbols))]
    of_fitting, of_all = (sum(share for share, _ in some) for some in (fitting, readings))
    if not fitting or of_fitting < LEAST_FITTING * of_all:
        return Choice(tuple(max(sign, key=sign.__getitem__) for sign in signs), 0.0, False)
    best, symbols = max(fitting)
    return Choice(symbols, best / of_fitting, is_expected=True)


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
