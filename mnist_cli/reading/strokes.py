"""Strokes as tall as digits that the finder missed, or gave one box with a neighbour.

Most of them are 1s. Each is read where the line network sees that a digit may be.
"""

from dataclasses import replace

import numpy as np

from mnist_cli.reading.candidates import Candidate, Edges, lie_in
from mnist_cli.reading.cutting import Cutting
from mnist_cli.reading.line_network import Along, Place
from mnist_cli.reading.normalise import Normalised
from mnist_cli.reading.unread import beside, merged

Cuts = dict[Candidate, Normalised]


def with_strokes(
    along: Along, cuts: Cuts, strokes: Edges, cutting: Cutting
) -> tuple[Along, Cuts, frozenset[Candidate]]:
    """Read strokes too that may be digits, and cut them out.

    Args:
        along: What was seen along the lines of a page.
        cuts: Its digits.
        strokes: (N, 4) that nothing read, left, top, right, bottom in pixels.
        cutting: How digits are cut out.

    Returns:
        What is seen then, the digits, and those that have more strokes than one digit, or stand
        next to a stroke that is read: they may have lost a part to it.
    """
    several, placed = merged(cuts), _Placed(along)
    for whole, some in several.items():
        placed.part(whole, some)
    for near, some in beside(along.found.digits, strokes).items():
        placed.add(near, some)
    if placed.new:
        along = _seen_with(along, placed)
        kept = {one: cuts[one] for one in along.found.digits if one in cuts}
        cuts = cutting.with_more(kept, list(placed.new))
    return along, cuts, frozenset({*several, *placed.near}).intersection(cuts)


def _seen_with(along: Along, placed: "_Placed") -> Along:
    """Return what is seen with strokes that are digits."""
    found, edges = along.found, np.array([one.edges for one in placed.new])
    middles = np.array([one.middle for one in found.left_out]).reshape(-1, 2)
    rest = np.flatnonzero(~lie_in(middles, edges).any(axis=1)).tolist()
    digits = (one for one in found.digits if one not in placed.parted)
    return replace(
        along,
        found=replace(
            found,
            digits=(*digits, *placed.new),
            left_out=tuple(found.left_out[at] for at in rest),
        ),
        places=along.places | {one.middle: place for one, place in placed.new.items()},
        doubted=along.doubted.union(placed.new),
    )


class _Placed:
    """Strokes that may be digits, no two of them in one column.

    Attributes:
        new: The digits that they are, each with its place.
        near: Digits that they stand next to.
        parted: What was taken for one digit and is several.
    """

    def __init__(self, along: Along) -> None:
        self.new, self.near = dict[Candidate, Place](), set[Candidate]()
        self.parted = set[Candidate]()
        self._along = along
        self._taken = dict[int, set[int]]()
        for strip, column in along.places.values():
            self._taken.setdefault(strip, set()).add(int(column))

    def add(self, near: Candidate, strokes: Edges) -> None:
        """Take strokes next to a digit for digits, where they may be some."""
        if new := self._digits(near, strokes, self._taken_beside(near)):
            self.new |= new
            self.near.add(near)

    def part(self, whole: Candidate, strokes: Edges) -> None:
        """Take the strokes of a digit for digits, if each may be one."""
        _, own = self._along.place_of(whole)
        taken = self._taken_beside(whole)
        free = taken - {int(own)}
        parts = self._digits(whole, strokes, free)
        if len(parts) == len(strokes):
            self.new |= parts
            self.parted.add(whole)
            taken |= free

    def _taken_beside(self, near: Candidate) -> set[int]:
        strip, _ = self._along.place_of(near)
        return self._taken.get(strip, set())

    def _digits(self, near: Candidate, strokes: Edges, taken: set[int]) -> dict[Candidate, Place]:
        """Return the digits that strokes on the line of a digit may be; takes their columns."""
        strip, _ = self._along.place_of(near)
        new = dict[Candidate, Place]()
        if strip < 0:
            return new
        for edges in strokes:
            if made := self._along.lines[strip].digit_of(edges, near, taken):
                digit, column = made
                taken.add(column)
                new[digit] = strip, column + 0.5
        return new
