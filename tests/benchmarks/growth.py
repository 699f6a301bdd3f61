"""Whether something grows over a long run: medians of its first and its last part."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

MEGABYTE = 1 << 20


@dataclass
class Growth:
    """Samples of one figure.

    Attributes:
        name: What it is.
        allowed: By how much its median may be higher in the last part than in the first.
        unit: What it is divided by to be shown.
        samples: In the order in which they were taken.
    """

    name: str
    allowed: float
    unit: int = 1
    samples: list[float] = field(default_factory=list)

    def ends(self, parts: int) -> tuple[float, float]:
        """Return the medians of the first and the last of so many parts."""
        size = max(1, len(self.samples) // parts)
        return statistics.median(self.samples[:size]), statistics.median(self.samples[-size:])

    def told(self, parts: int) -> str:
        """Return its line of the table."""
        first, last = (value / self.unit for value in self.ends(parts))
        most = max(self.samples) / self.unit
        return f"{self.name:<26} {first:10.1f} {last:10.1f} {last - first:+10.1f} {most:10.1f}"

    def wrong(self, parts: int) -> list[str]:
        """Say that it grew, if it did."""
        first, last = self.ends(parts)
        return [f"it grew: {self.told(parts)}"] * (last > first + self.allowed)


def table(growths: Sequence[Growth], parts: int) -> str:
    """Return a line for each figure."""
    heads = f"first 1/{parts}", f"last 1/{parts}", "grown", "most"
    head = f"{'medians':<26}" + "".join(f" {word:>10}" for word in heads)
    return "\n".join([head, *(growth.told(parts) for growth in growths)])
