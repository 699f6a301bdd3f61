"""How the rows and columns of a table run, whose columns no rule parts."""

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
    def _of_rules(self) -> NDArray[np.float64]:
        levels = [rule.level for rule in self.rules]
        return np.array([levels[0] - FAR, *levels, levels[-1] + FAR])

    def _at(self, x: float) -> NDArray[np.float64]:
        """Return how far down each rule is at x; one that another crosses ends there."""
        down = np.maximum.accumulate([float(rule(x)) for rule in self.rules]).tolist()
        return np.array([down[0] - FAR, *down, down[-1] + FAR])

    def levelled(self, x: float, y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the levels of points that all lie at x, (N,) of (N,)."""
        return np.asarray(np.interp(y, self._at(x), self._of_rules)) if self.rules else y

    def lying(self, x: NDArray[np.float64], levels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far down points of some levels are: the other way round."""
        if not self.rules:
            return levels
        pairs = zip(x.ravel().tolist(), levels.ravel().tolist(), strict=True)
        down = [np.interp(level, self._of_rules, self._at(place)) for place, level in pairs]
        return np.reshape(down, x.shape)


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
        return np.array([self.levels.levelled(span[2], span[:2]) for span in spans])

    def lying(self, x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return x on the page of what is upright at x and y: the other way round."""
        return self.levels.lying(y, x)
