"""Where words stand in a figure, so that none is over another. Places are (N, 2), in points."""

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.floating]
ROUNDS = 100  # ten labels on one place are apart after thirty


def spread(places: Places, distance: float) -> Places:
    """Move places away from each other until any two are so far apart, or nearly."""
    moved = places.astype(np.float64)
    for _ in range(ROUNDS):
        for index in range(len(moved)):
            away = moved[index] - moved[:index]
            lengths = np.hypot(*away.T)
            for other in np.flatnonzero(lengths < distance):
                on_one_place = lengths[other] < 1e-6
                way = np.array([0, 1]) if on_one_place else away[other] / lengths[other]
                push = way * (distance - lengths[other]) / 2
                moved[index] += push
                moved[other] -= push
    return moved


def with_room(places: Places, taken: Places, distance: float) -> NDArray[np.bool_]:
    """Tell which places get words, the first first: those with nothing taken so near to them."""
    chosen = np.zeros(len(places), bool)
    occupied = list(taken)
    for index, place in enumerate(places):
        if all(np.hypot(*(place - other)) >= distance for other in occupied):
            chosen[index] = True
            occupied.append(place)
    return chosen
