"""How the rows and columns of a table run, whose cells no rules close."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.tables.rules import Rule

Spans = NDArray[np.float64]  # (N, 3), of the numbers of a line: left, right, level

FAR = 1e5  # px: beyond the first rule and the last one rows run as these do


@dataclass(frozen=True, eq=False)
class Levels:
    """How far down rows lie, if the rules between them are made level.

    Attributes:
        rules: Those that run across, from top to bottom; without any, all is level.
    """

    rules: Sequence[Rule]

    @cached_property
    def _levels(self) -> NDArray[np.float64]:
        return np.array([[rule.level] for rule in self.rules])

    def _at(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far down each rule is at x, (rules, N), none above the one before it."""
        return np.asarray(np.maximum.accumulate([rule(x) for rule in self.rules]))

    def levelled(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the levels of points: x, y and they are of one shape."""
        return self._moved(x, y, back=False)

    def lying(self, x: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far down points of some levels are: the other way round."""
        return self._moved(x, levels, back=True)

    def _moved(
        self, x: NDArray[np.float64], y: NDArray[np.float64], *, back: bool
    ) -> NDArray[np.float64]:
        if not self.rules:
            return y
        known = self._at(x.ravel())
        wanted = np.broadcast_to(self._levels, known.shape)
        known, wanted = (wanted, known) if back else (known, wanted)
        known, wanted = (np.concatenate([a[:1] - FAR, a, a[-1:] + FAR]) for a in (known, wanted))
        after = (known <= y.ravel()).sum(axis=0).clip(1, len(known) - 1)
        at = np.arange(len(after))
        begin, end = known[after - 1, at], known[after, at]
        share = (y.ravel() - begin) / np.maximum(end - begin, 1e-9)
        moved = wanted[after - 1, at] + share * (wanted[after, at] - wanted[after - 1, at])
        return np.asarray(moved.reshape(y.shape))


LEVEL = Levels(())


class Lean(NamedTuple):
    """How columns lean that are seen from aside: the more alike, the nearer they stand.

    Attributes:
        left: Pixels to the right for each down, where the numbers begin.
        right: The same, where they end.
        begin: x where they begin.
        width: Of all of them.
        level: y at which x stays as it is.
    """

    left: float
    right: float
    begin: float
    width: float
    level: float

    @property
    def cuts(self) -> NDArray[np.float64]:
        """Where rules part columns: nowhere."""
        return np.zeros(0)

    @property
    def steepness(self) -> float:
        """How much they lean."""
        return abs(self.left) + abs(self.right)

    def upright(self, spans: Spans) -> NDArray[np.float64]:
        """Return where numbers begin and end, (N, 2), if columns stand upright."""
        ends, down = spans[:, :2], spans[:, 2:] - self.level
        lean = self.left + (self.right - self.left) * (ends - self.begin) / self.width
        return np.asarray(ends - lean * down)

    def lying(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x on the page of what is upright at x and y: the other way round."""
        down, more = y - self.level, (self.right - self.left) / self.width
        return np.asarray((x + (self.left - more * self.begin) * down) / (1 - more * down))


STRAIGHT = Lean(0.0, 0.0, 0.0, 1.0, 0.0)


@dataclass(frozen=True, eq=False)
class Between:
    """How columns run that rules part; it tells what `Lean` does.

    Attributes:
        levels: Of rules that run down, whose x and y change their places.
    """

    levels: Levels

    @property
    def cuts(self) -> NDArray[np.float64]:
        """Where the rules are, if columns stand upright."""
        return np.array([rule.level for rule in self.levels.rules])

    @property
    def steepness(self) -> float:
        """How much they lean: their rules do."""
        return 0.0

    def upright(self, spans: Spans) -> NDArray[np.float64]:
        """Return where numbers begin and end, (N, 2), if columns stand upright."""
        return self.levels.levelled(np.repeat(spans[:, 2:], 2, axis=1), spans[:, :2])

    def lying(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x on the page of what is upright at x and y: the other way round."""
        return self.levels.lying(y, x)
