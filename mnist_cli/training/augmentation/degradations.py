"""What pens, paper and cameras do to a digit, in the graph, after it was bent.

Each kind strikes some of the images, by an amount drawn for each.
"""

from typing import Any

import numpy as np

from mnist_cli.core.config import DegradationConfig
from mnist_cli.core.tensorflow import tf

SIDE = 28


def degrade(images: Any, seed: Any, config: DegradationConfig) -> Any:
    """Wear a batch.

    Args:
        images: (B, 28, 28, 1) float32 in [0, 1].
        seed: (2,) int64; the same seed draws the same wear.
        config: How much of each kind.

    Returns:
        (B, 28, 28, 1) float32 in [0, 1].
    """
    strengths = vars(config)
    for kind, strike_seed in zip(KINDS, tf.unstack(tf.random.split(seed, len(KINDS))), strict=True):
        if strength := strengths[kind]:
            amount_seed, kind_seed = tf.unstack(tf.random.split(strike_seed, 2))
            drawn = _uniform(images, amount_seed, 1 - 1 / config.probability, 1.0)
            images = tf.clip_by_value(
                KINDS[kind](images, kind_seed, tf.nn.relu(drawn) * strength), 0.0, 1.0
            )
    return images


def _uniform(images: Any, seed: Any, low: float, high: float, *shape: int) -> Any:
    """Draw one float32 of each image, (B, 1, 1, 1), or as many as `shape` says."""
    return tf.random.stateless_uniform(
        (tf.shape(images)[0], *(shape or (1, 1, 1))), seed, low, high
    )


def _either(images: Any, seed: Any) -> Any:
    """Draw a coin of each image, (B, 1, 1, 1) bool."""
    return _uniform(images, seed, 0.0, 1.0) < 0.5


def _grid() -> tuple[Any, Any]:
    """Return rows (1, 28, 1, 1) and columns (1, 1, 28, 1) of the pixels, float32."""
    at = np.arange(SIDE, dtype=np.float32)
    return tf.constant(at.reshape(1, SIDE, 1, 1)), tf.constant(at.reshape(1, 1, SIDE, 1))


def _field(images: Any, seed: Any, *sizes: int) -> Any:
    """Draw a smooth uneven field of each image, (B, 28, 28, 1) in [0, 1], of waves of some sizes.

    Args:
        images: (B, 28, 28, 1).
        seed: (2,) int64.
        sizes: How many random values each octave has on a side; each counts half the one before.
    """
    total: Any = 0.0
    seeds = tf.unstack(tf.random.split(seed, len(sizes)))
    for number, (size, octave_seed) in enumerate(zip(sizes, seeds, strict=True)):
        octave = _uniform(images, octave_seed, 0.0, 1.0, size, size, 1)
        total += tf.image.resize(octave, (SIDE, SIDE)) / 2**number
    return total / sum(1 / 2**number for number in range(len(sizes)))


def _stroke(images: Any, seed: Any, amount: Any) -> Any:
    """Widen or thin strokes, by up to a pixel on each side."""
    wide, thin = _widest(images), -_widest(-images)
    return images + amount * (tf.where(_either(images, seed), wide, thin) - images)


def _widest(images: Any) -> Any:
    return tf.nn.max_pool2d(images, 3, 1, "SAME")


def _outline(images: Any, seed: Any, amount: Any) -> Any:
    """Leave the outlines, sharp or soft."""
    edges = _widest(images) + _widest(-images)
    sharp = tf.cast(edges * tf.cast(images < 0.5, tf.float32) > 0.5, tf.float32)
    edges = tf.where(_either(images, seed), sharp, edges)
    return tf.where(amount > 0.5, edges, images + amount * (edges - images))


def _erasure(images: Any, seed: Any, amount: Any) -> Any:
    """Wipe a square of up to 8 px, somewhere."""
    corner = _uniform(images, seed, 0.0, SIDE, 1, 1, 2)
    rows, columns = _grid()
    half = 4 * amount
    hit = (tf.abs(rows - corner[..., :1]) < half) & (tf.abs(columns - corner[..., 1:]) < half)
    return tf.where(hit, 0.0, images)


def _spots(images: Any, seed: Any, amount: Any) -> Any:
    """Cover parts with spots of one grey."""
    field_seed, grey_seed = tf.unstack(tf.random.split(seed, 2))
    spots = _field(images, field_seed, 14) > 1 - 0.4 * amount
    return tf.where(spots, _uniform(images, grey_seed, 0.0, 0.5), images)


def _clutter(images: Any, seed: Any, amount: Any) -> Any:
    """Let a part of another digit stand at an edge, as neighbours and rules do."""
    others = tf.roll(images, 1, 0)
    side = _uniform(images, seed, 0.0, 4.0)
    moved = [tf.roll(others, shift, axis) for axis in (1, 2) for shift in (SIDE // 2, -SIDE // 2)]
    rows, columns = _grid()
    reach = 7 * amount
    edges = [rows < reach, rows >= SIDE - reach, columns < reach, columns >= SIDE - reach]
    for number, (part, edge) in enumerate(zip(moved, edges, strict=True)):
        here = edge & (tf.floor(side) == number)
        images = tf.where(here, tf.maximum(images, part), images)
    return images


def _lines(images: Any, seed: Any, amount: Any) -> Any:
    """Draw a line across: straight or in zigzag, whole or dotted."""
    draws = _uniform(images, seed, 0.0, 1.0, 1, 1, 7)
    angle, upright, place, wave, period, dots, width = tf.split(draws, 7, -1)
    angle = (angle - 0.5) * np.pi * tf.where(upright < 0.3, 1.0, 0.6)  # mostly left to right
    rows, columns = (at - (SIDE - 1) / 2 for at in _grid())
    along = columns * tf.cos(angle) + rows * tf.sin(angle)
    aside = rows * tf.cos(angle) - columns * tf.sin(angle)
    phase = (along + SIDE) / (4 + 6 * period)
    triangle = 4 * tf.abs(phase - tf.floor(phase) - 0.5) - 1
    centre = (place - 0.5) * SIDE + 2.5 * tf.nn.relu(2 * wave - 1) * triangle
    away = tf.abs(aside - centre)
    shown = (dots > 0.5) | (triangle > 0)
    drawn = tf.nn.relu(1 - away / (0.7 + 1.2 * width)) * tf.cast(shown, tf.float32)
    drawn = tf.minimum(1.0, 1.5 * drawn) * tf.minimum(1.0, 2 * amount)
    return tf.maximum(images, drawn)


def _borders(images: Any, seed: Any, amount: Any) -> Any:
    """Invert two opposite edges."""
    rows, columns = _grid()
    at = tf.where(_either(images, seed), rows, columns)
    reach = 8 * amount
    return tf.where((at < reach) | (at >= SIDE - reach), 1 - images, images)


def _blur(images: Any, seed: Any, amount: Any) -> Any:
    """Blur with a Gaussian of sigma 1.4 px, or smear over 7 px in one of four directions."""
    smooth = images
    for _ in range(2):
        smooth = tf.nn.avg_pool2d(tf.nn.avg_pool2d(smooth, 3, 1, "SAME"), 2, 1, "SAME")
    way = _uniform(images, seed, 0.0, 8.0)
    for number, step in enumerate(((0, 1), (1, 0), (1, 1), (1, -1))):
        moved = [tf.roll(images, [at * step[0], at * step[1]], [1, 2]) for at in range(-3, 4)]
        smooth = tf.where(tf.floor(way) == number, tf.add_n(moved) / len(moved), smooth)
    return images + amount * (smooth - images)


def _haze(images: Any, seed: Any, amount: Any) -> Any:
    """Lay an uneven haze over ink and paper, or light the whole evenly."""
    kind_seed, field_seed = tf.unstack(tf.random.split(seed, 2))
    fog = 3 * amount
    uneven = (images + fog * _field(images, field_seed, 3, 6, 12)) / (1 + fog)
    return tf.where(_either(images, kind_seed), uneven, images + 0.6 * amount)


def _contrast(images: Any, seed: Any, amount: Any) -> Any:
    """Raise greys to a power over or under 1."""
    sign = tf.where(_either(images, seed), 1.0, -1.0)
    return tf.pow(tf.maximum(images, 1e-6), tf.exp(amount * sign))


def _noise(images: Any, seed: Any, amount: Any) -> Any:
    """Add noise everywhere, on the ink alone, or set pixels to black and white."""
    kind_seed, normal_seed, pixel_seed = tf.unstack(tf.random.split(seed, 3))
    kind = tf.floor(_uniform(images, kind_seed, 0.0, 3.0))
    normal = tf.random.stateless_normal(tf.shape(images), normal_seed)
    pixel = tf.random.stateless_uniform(tf.shape(images), pixel_seed)
    lost = 0.25 * amount
    impulses = tf.where(pixel < lost, tf.cast(pixel < lost / 2, tf.float32), images)
    noisy = images + 0.3 * amount * normal
    on_ink = images + 0.6 * amount * tf.sqrt(images) * normal
    return tf.where(kind == 0, noisy, tf.where(kind == 1, on_ink, impulses))


KINDS = {
    "stroke": _stroke,
    "outline": _outline,
    "erasure": _erasure,
    "spots": _spots,
    "clutter": _clutter,
    "lines": _lines,
    "borders": _borders,
    "blur": _blur,
    "haze": _haze,
    "contrast": _contrast,
    "noise": _noise,
}
