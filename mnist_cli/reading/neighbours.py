"""What stands next to each digit on its line: other digits, and what is none."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mnist_cli.reading.candidates import Candidate, lie_in, middles_of
from mnist_cli.reading.choosing import gaps_beside

# How far away a neighbour is, how much higher or lower on the page, in its own heights, and how
# many times as high or low, at most. Of pages held out, counts within 6 heights tell no more.
NEAR, LEVEL, ALIKE = 1.5, 0.6, 2.2


class Neighbours(NamedTuple):
    """What stands next to a digit.

    Attributes:
        digits: What was taken for one, too.
        others: How many things are none: letters, and what was left out.
    """

    digits: tuple[Candidate, ...] = ()
    others: int = 0


ALONE = Neighbours()


def neighbours(digits: Sequence[Candidate], others: Sequence[Candidate]) -> list[Neighbours]:
    """Return what stands next to each digit; of others, those that lie over none of them."""
    edges, of_others = (
        np.array([one.edges for one in some]).reshape(-1, 4) for some in (digits, others)
    )
    over = lie_in(middles_of(of_others), edges).any(axis=1)
    over |= lie_in(middles_of(edges), of_others).any(axis=0)
    of_others = of_others[~over]
    found = []
    for at, one in enumerate(edges):
        near = gaps_beside(one, edges, LEVEL, ALIKE) < NEAR
        near[at] = False
        count = int((gaps_beside(one, of_others, LEVEL, ALIKE) < NEAR).sum())
        found.append(
            Neighbours(tuple(digits[other] for other in np.flatnonzero(near).tolist()), count)
        )
    return found
