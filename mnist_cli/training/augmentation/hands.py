"""Digits drawn from strokes, as hands write them that MNIST hardly knows: 1, 2, 4 and 9."""

import numpy as np

from mnist_cli.training.augmentation.strokes import Strokes

Generator = np.random.Generator


def flag(lean: float, generator: Generator) -> tuple[float, float]:
    """Draw how a 1's upstroke hangs from its head.

    The longer it is, the closer to the stem it hangs, and never under 28° from the horizontal:
    MNIST has 7s like that.

    Args:
        lean: Of the stem, in degrees from upright, to the lower right.
        generator: Decides it.

    Returns:
        Its length as a share of the stem's, and its angle below the horizontal, in radians.
    """
    length = generator.uniform(0.2, 1.0)
    least = max(28, 48 + min(lean, 0) - 15 * (1 - length))
    return length, np.deg2rad(generator.uniform(least, max(least + 5, min(70, 72 + lean))))


def flagged_one(generator: Generator) -> Strokes:
    """Return a 1 with its upstroke, of any length up to the stem's."""
    lean = generator.uniform(-20, 25)
    length, angle = flag(lean, generator)
    reach = length / np.cos(np.deg2rad(lean))
    tip = -reach * np.cos(angle), reach * np.sin(angle)
    bow = generator.normal(0, 0.06)
    middle = tip[0] / 2 - bow * tip[1], tip[1] / 2 + bow * tip[0]
    return [[(0, 0), (np.tan(np.deg2rad(lean)), 1)], [(0, 0), middle, tip]]


def looped_two(generator: Generator) -> Strokes:
    """Return a 2 with a loop at the lower left, small or large."""
    loop = generator.uniform(0.2, 0.5)
    end = 1 - generator.uniform(-0.05, 0.2)
    arc = [(0.05, 0.3), (0.1, 0), (0.85, 0), (0.85, 0.4)]
    turn = [(0.05, 1.1), (-0.2, 1 - loop), (0.2, 1 - loop), (0.6, 1), (0.95, end)]
    return [[*arc, *turn]]


def four(generator: Generator) -> Strokes:
    """Return a 4: closed, its slope and stem meeting at the top, or open, in every width."""
    corner = 0.0, generator.uniform(0.5, 0.72)
    bar = generator.uniform(0.75, 1.0), corner[1] + generator.uniform(-0.15, 0.06)
    stem = generator.uniform(0.5, 0.75)
    foot = stem - generator.uniform(-0.05, 0.15), 1.0
    if generator.random() < 0.3:  # closed
        top = head = stem, 0.0
    elif generator.random() < 0.5:  # open, the slope beside the stem
        top = generator.uniform(0.05, 0.3), generator.uniform(0.0, 0.1)
        head = stem, generator.uniform(0.0, 0.35)
    else:  # open at the right, the stem hardly higher than the bar
        corner = 0.0, generator.uniform(0.35, 0.65)
        bar = generator.uniform(0.6, 1.0), corner[1] + generator.uniform(-0.12, 0.1)
        top = stem + generator.uniform(-0.15, 0.1), 0.0
        head = bar[0] - generator.uniform(0.0, 0.1), bar[1] - generator.uniform(0.0, 0.25)
        foot = head[0] - generator.uniform(-0.05, 0.3), 1.0
    slope = [top, corner]
    if generator.random() < 0.4:  # a soft corner
        return [[top, corner, corner, bar], [head, foot]]
    return [slope, [corner, bar], [head, foot]]


def nine(generator: Generator) -> Strokes:
    """Return a 9: its bowl closed or open, its tail straight, curled, or with a straight base."""
    bottom = generator.uniform(0.4, 0.62)  # of the bowl
    start = generator.uniform(0.55, 0.8), generator.uniform(0.02, 0.2)
    bowl = [start, (0.45, -0.05), (0.0, 0.0), (0.0, bottom), (0.5, bottom + 0.05), (0.8, 0.15)]
    stem = 0.8, generator.uniform(0.0, 0.15)
    kind = generator.random()
    reach = generator.uniform(0.3, 0.85)
    if kind < 0.35:
        tail = [stem, (0.8 - generator.uniform(-0.05, 0.3), 1.0)]
    elif kind < 0.8:
        up = generator.uniform(0.0, 0.2)
        tail = [stem, (0.8, 0.75), (0.75, 1.05), (0.7 - 0.6 * reach, 1.05), (0.7 - reach, 1 - up)]
    else:
        corner = 0.8 - generator.uniform(-0.05, 0.15), 1.0
        base = corner[0] - reach, 1.0 + generator.uniform(-0.12, 0.05)
        return [bowl, [stem, corner], [corner, base]]
    return [bowl, tail]
