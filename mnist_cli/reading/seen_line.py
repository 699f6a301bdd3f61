"""A line of digits as the network along lines saw it: what is put right there."""

import math
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import sigmoid, softmax
from mnist_cli.core.strips import DIGIT, HIGH, STRIDE, Strip, channel
from mnist_cli.reading.answers import LEAST
from mnist_cli.reading.candidates import ANY_DIGIT, Candidate
from mnist_cli.reading.config import CONFIG
from mnist_cli.reading.known_marks import STROKES, is_inside, is_over

ALIKE_IN_LINE = 1.6  # times as high or low as a line's digits, what else is one of them
BESIDE = 0.4  # heights: nearer to the middle of a digit it is the same one
APART = 0.3  # heights: what the finder calls a mark is this far from those of the line
EDGE_ROWS = 6  # px: what lies nearer to a strip's edge is of another line
SUREST = 5.0  # log-odds: that neighbours are of one number, or not, is never surer
UPRIGHT = np.zeros(4, np.float32)  # logarithms: a mark tells nothing of how a page lies


@dataclass(frozen=True, eq=False)
class SeenLine:
    """A strip and what the network says of it.

    Attributes:
        strip: How it lies on the page.
        columns: (columns, COUNT) float32.
        digits: That the finder found on it, from left to right.
    """

    strip: Strip
    columns: NDArray[np.float32]
    digits: Sequence[Candidate]

    def letters(self) -> Iterator[Candidate]:
        """Yield what the finder took for digits of the line and is neither one, nor of a number.

        A number has a digit that is not denied.
        """
        held, columns = [self._held(one) for one in self.digits], self.columns_at(self.digits)
        others = [at for share, at in zip(held, columns, strict=True) if share >= CONFIG.denied]
        for one, share, at in zip(self.digits, held, columns, strict=True):
            before, after = ([x for x in others if x <= at], [x for x in others if x > at])
            beside = [(max(before), at)] if before else []
            beside += [(at, min(after))] if after else []
            joins = (self.joined(*ends) or 0.0 for ends in beside)
            if share < CONFIG.denied and max(joins, default=0.0) < CONFIG.parted:
                yield one

    def joined(self, first: float, last: float) -> float | None:
        """Return how likely neighbours in two columns, from left to right, are of one number.

        None of what lies beyond the strip.
        """
        joins = self.columns[:, channel("joined").start]
        between = joins[int(first) : max(int(last), int(first) + 1)]
        if not len(between):
            return None
        return float(sigmoid(np.clip(between.mean(), -SUREST, SUREST) - CONFIG.joined))

    def put_right(self, doubtful: Sequence[Candidate], shape: tuple[int, ...]) -> list[Candidate]:
        """Return the digits and marks of the line.

        Args:
            doubtful: What the finder saw there beside the digits: it counts where the line says so.
                Marks that are seen here alone, or by the finder alone, are no sure ones.
            shape: (H, W) of the page.
        """
        own = [*self.digits, *(one for one in doubtful if one.is_digit and self._is_missed(one))]
        own += self._seen_alone(own, shape)
        marks = list[Candidate]()
        for mark in self._marks(shape):
            if mark.symbol == "%":  # each of its rings looks like a digit
                own = [digit for digit in own if not is_inside(digit, mark)]
            over = next((one for one in own if is_over(mark, one)), None)
            if over is None:
                marks.append(_as_doubted(mark) if self._may_be_one(mark) else mark)
            elif self._held(over) < mark.score:
                own = [digit for digit in own if digit is not over]
                marks.append(_as_doubted(mark) if over in self.digits else mark)
        for mark in doubtful:
            far = all(
                abs(mark.middle[0] - one.middle[0]) > APART * DIGIT * self.strip.step
                for one in marks
            )
            if not mark.is_digit and far and not any(is_inside(mark, one) for one in own):
                marks.append(_as_doubted(mark))
        return [*own, *marks]

    def _marks(self, shape: tuple[int, ...]) -> Iterator[Candidate]:
        """Yield the marks: each column that is likelier one than those beside it."""
        scores = sigmoid(self.columns[:, channel("mark")])
        best = scores.max(axis=1)
        for at in _peaks(best, CONFIG.mark):
            none = np.full(10, (1 - best[at]) / 10)
            symbols = np.concatenate([none, best[at] * scores[at] / scores[at].sum()])
            if mark := self._candidate("mark", at, float(best[at]), symbols, shape):
                yield mark

    def _seen_alone(self, own: Sequence[Candidate], shape: tuple[int, ...]) -> Iterator[Candidate]:
        """Yield the digits that the finder did not see: of which digit, nothing is said."""
        scores = sigmoid(self.columns[:, channel("digit").start])
        taken = np.array(self.columns_at(own)) if own else np.empty(0)
        for at in _peaks(scores, CONFIG.alone):
            if (np.abs(taken - at - 0.5) * STRIDE < BESIDE * DIGIT).any():
                continue
            score = min(float(scores[at]), CONFIG.supported)
            one = self._candidate("digit", at, score, ANY_DIGIT, shape)
            if one and self._is_alike(one):
                yield one

    def _candidate(
        self,
        kind: Literal["mark", "digit"],
        at: int,
        score: float,
        symbols: NDArray[np.floating],
        shape: tuple[int, ...],
    ) -> Candidate | None:
        """Return what is seen in a column; None of what lies at the strip's edge."""
        box = self.columns[at, channel(f"{kind}_box")].astype(np.float64)
        if abs(box[1]) * DIGIT > HIGH / 2 - EDGE_ROWS:
            return None
        edges = np.clip(self._edges(at, box), 0, np.tile(shape[1::-1], 2))
        printed = float(np.mean([digit.printed for digit in self.digits]))
        return Candidate(
            *(score, edges, symbols.astype(np.float32), kind == "digit", printed, UPRIGHT),
            self.digits[0].look,
        )

    def digit_of(
        self, edges: NDArray[np.float64], near: Candidate, taken: Collection[int]
    ) -> tuple[Candidate, int] | None:
        """Return the digit that a stroke may be, and its column; None of what is none.

        Args:
            edges: (4,) of the stroke, left, top, right, bottom in pixels of the page.
            near: A digit of the line.
            taken: Columns of other digits and marks.
        """
        stroke = replace(near, edges=edges, symbols=ANY_DIGIT)
        (across,) = self.columns_at([stroke])
        there = 0 <= across < len(self.columns) and int(across) not in taken
        if not there or not self._is_alike(stroke):
            return None
        around = {int(across), int(across - 0.5), int(across + 0.5)}.difference(taken)
        columns = [at for at in around if 0 <= at < len(self.columns)]
        digits = sigmoid(self.columns[columns, channel("digit").start])
        mark = sigmoid(self.columns[columns, channel("mark")]).max()
        score = float(digits.max())
        if score < max(mark, CONFIG.unread):
            return None
        stroke = replace(stroke, score=min(score, CONFIG.supported))
        return next(self.named([stroke])), columns[int(digits.argmax())]

    def _is_missed(self, one: Candidate) -> bool:
        """Tell whether what the finder doubted, or took for a stroke that is a mark, is a digit."""
        lies_over = any(is_inside(one, digit) or is_inside(digit, one) for digit in self.digits)
        if lies_over or not self._is_alike(one):
            return False
        taken = {int(across) for across in self.columns_at(self.digits)}
        return self._digit_at(one, taken) >= CONFIG.missed

    def _may_be_one(self, mark: Candidate) -> bool:
        """Tell whether a stroke that is taken for a slash or a bracket may be a 1."""
        return mark.symbol in STROKES and self._digit_at(mark) >= CONFIG.stroke

    def _is_alike(self, one: Candidate) -> bool:
        """Tell whether something is about as high as the line's digits."""
        times = max(one.height, 1.0) / (DIGIT * self.strip.step)
        return abs(math.log(times)) < math.log(ALIKE_IN_LINE)

    def covers(self, points: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which points of the page, (N, 2), lie on the strip, and not at its edge."""
        across, down = self.strip.seen_at(points).T
        level = (down > EDGE_ROWS) & (down < HIGH - EDGE_ROWS)
        return np.asarray((across >= 0) & (across < self.strip.width) & level)

    def columns_at(self, some: Sequence[Candidate]) -> list[float]:
        """Return where the middles of some are, in columns."""
        middles = np.array([one.middle for one in some]).reshape(-1, 2)
        across: list[float] = (self.strip.seen_at(middles)[:, 0] / STRIDE).tolist()
        return across

    def named(self, digits: Sequence[Candidate]) -> Iterator[Candidate]:
        """Yield digits of the line as the finder and this network together see them."""
        places = self.columns_at(digits)
        for one, across in zip(digits, places, strict=True):
            at = min(max(0, int(across)), len(self.columns) - 1)
            own = softmax(self.columns[[at], channel("which")] / np.float32(CONFIG.named))[0]
            both = (one.symbols[:10] + LEAST) * own
            shares = one.symbols.copy()
            shares[:10] = shares[:10].sum() * both / both.sum()
            following = min((place for place in places if place > across), default=across)
            in_line = self._digit_near(int(across))
            mark_after = self._mark_between(across, following)
            yield replace(one, symbols=shares, in_line=in_line, mark_after=mark_after)

    def _mark_between(self, first: float, last: float) -> float:
        """Return how likely there is a mark between two columns, in [0, 1]."""
        between = self.columns[int(first) + 1 : int(last), channel("mark")]
        return float(sigmoid(between).max(initial=0.0))

    def _held(self, digit: Candidate) -> float:
        """Return how likely a digit of the finder's is one, in [0, 1].

        Where it is not about as high as the line's others, it was seen here at a height that
        the network did not learn: what the finder said counts, too.
        """
        here = self._digit_at(digit)
        return here if self._is_alike(digit) else max(here, digit.score)

    def _digit_at(self, one: Candidate, taken: Collection[int] = ()) -> float:
        """Return how likely there is a digit where something was found, in [0, 1]."""
        return self._digit_near(int(self.columns_at([one])[0]), taken)

    def _digit_near(self, at: int, taken: Collection[int] = ()) -> float:
        """Return how likely there is a digit in a column or one beside it, in [0, 1].

        Columns that are taken by others say nothing of it.
        """
        around = range(max(0, at - 1), min(at + 2, len(self.columns)))
        free = [column for column in around if column not in taken]
        return float(sigmoid(self.columns[free, channel("digit").start]).max(initial=0.0))

    def _edges(self, at: int, box: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return left, top, right, bottom in the picture of a box, (4,), told in a column."""
        across, down, wide, high = box
        middle = np.array([(at + 0.5 + across) * STRIDE, HIGH / 2 + down * DIGIT])
        half = np.exp(np.clip([wide, high], -4, 2)) * DIGIT / 2
        return self.strip.stands_at(np.stack([middle - half, middle + half])).reshape(4)


def _peaks(scores: NDArray[np.float32], least: float) -> list[int]:
    """Return the columns that are likelier than those beside them, and likely enough."""
    around = np.pad(scores, 1)
    peaks = (scores >= around[:-2]) & (scores > around[2:]) & (scores >= least)
    return np.flatnonzero(peaks).tolist()


def _as_doubted(mark: Candidate) -> Candidate:
    return replace(mark, score=min(mark.score, CONFIG.sure_mark - 0.01))
