"""Digits to the lines that they stand in."""

from dataclasses import dataclass, field
from itertools import pairwise

from mnist_cli.reading.pieces import Group

# of lines that slant, by up to 9 degrees, the slightest first
SLOPES = [sign * number / 50 for number in range(1, 9) for sign in (-1, 1)]
FAR = 3.0  # heights: digits of a line that are farther apart don't tell how it slants
OVERLAP = 0.5  # of its height: so much of a digit lies beside those of its line


def find_lines(groups: list[Group]) -> list[list[Group]]:
    """Gather what stands side by side, as the lines slant: so that they are as few as they may.

    Returns:
        The lines from top to bottom; each its digits from left to right.
    """
    lines = _gathered(groups, 0.0)
    widest = max(FAR, _widest_gap(lines))
    for slope in SLOPES if len(lines) > 1 else ():
        slanting = _gathered(groups, slope)
        if len(slanting) < len(lines) and _widest_gap(slanting) <= widest:
            lines = slanting
    lines.sort(key=lambda line: line.top + line.bottom)
    return [line.groups for line in lines]


@dataclass
class _Line:
    """What stands side by side, and where that is on average, the slope taken out."""

    top: float = 0.0
    bottom: float = 0.0
    groups: list[Group] = field(default_factory=list)

    def add(self, group: Group, top: float) -> None:
        self.groups.append(group)
        self.top += (top - self.top) / len(self.groups)
        self.bottom += (top + group.height - self.bottom) / len(self.groups)


def _gathered(groups: list[Group], slope: float) -> list[_Line]:
    """Let each digit, the tallest first, stand in the line that it overlaps most.

    Args:
        groups: The digits.
        slope: How far lines go down, in pixels for each to the right.
    """
    lines: list[_Line] = []
    for group in sorted(groups, key=lambda group: -group.height):
        top = group.top - slope * group.middle
        best, share = None, OVERLAP
        for line in lines:
            overlap = min(line.bottom, top + group.height) - max(line.top, top)
            if overlap > share * group.height:
                best, share = line, overlap / group.height
        if best is None:
            best = _Line()
            lines.append(best)
        best.add(group, top)
    for line in lines:
        line.groups.sort(key=lambda group: group.middle)
    return lines


def _widest_gap(lines: list[_Line]) -> float:
    """Return how far apart neighbours in a line are at most, in heights of the higher one."""
    pairs = (pair for line in lines for pair in pairwise(line.groups))
    gaps = ((b.left - a.right) / max(a.height, b.height) for a, b in pairs)
    return max(gaps, default=0.0)
