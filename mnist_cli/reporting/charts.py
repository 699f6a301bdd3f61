"""Charts as SVG inside the page: they take its colours, and need no script."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

WIDTH, HEIGHT = 340, 220
LEFT, RIGHT, TOP, BOTTOM = 46, 12, 12, 40

Point = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """One axis.

    Attributes:
        low: The value at its beginning.
        high: The value at its end.
        ticks: Values, and what is written at each.
        label: What it shows.
        powers: Whether equal distances are equal ratios.
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    label: str = ""
    powers: bool = False

    def share(self, value: float) -> float:
        """Return where a value lies, in [0, 1]; what is outside comes to the nearer end."""
        low, high, at = self.low, self.high, min(max(value, self.low), self.high)
        if self.powers:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return (at - low) / (high - low)


@dataclass(frozen=True)
class Chart:
    """A chart that is drawn on by its methods, which take points in the axes' values."""

    title: str
    x: Axis
    y: Axis
    top: int = TOP
    marks: list[str] = field(default_factory=list)

    def at(self, point: Point) -> Point:
        """Return the place of a point, in the units of the SVG."""
        x = LEFT + self.x.share(point[0]) * (WIDTH - LEFT - RIGHT)
        y = HEIGHT - BOTTOM - self.y.share(point[1]) * (HEIGHT - BOTTOM - self.top)
        return round(x, 1), round(y, 1)

    def line(self, points: Sequence[Point], css: str) -> None:
        """Join points by a line."""
        self.marks.append(f'<polyline class="{css}" points="{self._places(points)}"/>')

    def band(self, lower: Sequence[Point], upper: Sequence[Point], css: str) -> None:
        """Fill what is between two lines."""
        places = self._places([*upper, *reversed(lower)])
        self.marks.append(f'<polygon class="{css}" points="{places}"/>')

    def dots(self, points: Sequence[Point], css: str) -> None:
        """Put a dot on each point."""
        for x, y in map(self.at, points):
            self.marks.append(f'<circle class="{css}" cx="{x}" cy="{y}" r="3"/>')

    def bar(self, left: float, right: float, top: float, css: str) -> None:
        """Fill a column from the axis up."""
        (x, y), (end, bottom) = self.at((left, top)), self.at((right, self.y.low))
        self.marks.append(
            f'<rect class="{css}" x="{x + 0.5:.1f}" y="{y}" width="{end - x - 1:.1f}"'
            f' height="{bottom - y:.1f}"/>'
        )

    def picture(self, uri: str, x: float, side: int) -> None:
        """Put a picture above the axes, over a value of x."""
        middle, _ = self.at((x, self.y.low))
        self.marks.append(
            f'<image href="{uri}" x="{middle - side / 2}" y="2" width="{side}" height="{side}"/>'
        )

    def to_svg(self) -> str:
        """Return the chart as an `svg` element."""
        end, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
        grid = []
        for value, text in self.y.ticks:
            _, y = self.at((self.x.low, value))
            grid.append(f'<path class="grid" d="M{LEFT} {y}H{end}"/>')
            grid.append(f'<text class="y" x="{LEFT - 7}" y="{y + 4}">{escape(text)}</text>')
        for value, text in self.x.ticks:
            x, _ = self.at((value, self.y.low))
            grid.append(f'<text class="x" x="{x}" y="{bottom + 16}">{escape(text)}</text>')
        middle = (LEFT + end) / 2
        label = f'<text class="x quiet" x="{middle}" y="{HEIGHT - 6}">{escape(self.x.label)}</text>'
        return (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' aria-label="{escape(self.title)}">{"".join(grid)}{label}{"".join(self.marks)}</svg>'
        )

    def _places(self, points: Sequence[Point]) -> str:
        return " ".join(f"{x},{y}" for x, y in map(self.at, points))
