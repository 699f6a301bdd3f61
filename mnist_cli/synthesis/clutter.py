"""What stands beside digits and is none: ticks, rings, blots, pictures, surfaces."""

import cv2
import numpy as np

from mnist_cli.synthesis.strokes import Generator, Ink, Path, arc, bowed


def smooth(points: Path, steps: int = 10) -> Path:
    """Return a curve along some points: (N, 2)."""
    at = np.linspace(0, len(points) - 1, len(points) * steps)
    curve = np.stack([np.interp(at, np.arange(len(points)), points[:, axis]) for axis in (0, 1)], 1)
    kernel = np.ones(steps) / steps
    padded = np.pad(curve, ((steps, steps), (0, 0)), mode="edge")
    even = np.stack([np.convolve(padded[:, axis], kernel, "same") for axis in (0, 1)], 1)
    return even[steps:-steps]


def stroke(layer: Ink, path: Path, width: float, strength: float = 1.0) -> None:
    """Draw a line along a path."""
    points = np.rint(path * 8).astype(np.int32)
    cv2.polylines(layer, [points], False, strength, max(1, round(width)), cv2.LINE_AA, 3)


def tick(generator: Generator, x: float, y: float, size: float) -> list[Path]:
    """Return a tick around a point, as the paths of its strokes."""
    corner = np.array([x - generator.uniform(0, 0.15) * size, y + 0.35 * size])
    short = corner - size * np.array([generator.uniform(0.15, 0.3), generator.uniform(0.2, 0.4)])
    far = corner + size * np.array([generator.uniform(0.35, 0.8), -generator.uniform(0.6, 1)])
    parts = bowed(short, corner, 0), bowed(corner, far, generator.normal(0, 0.08))
    return [np.concatenate(parts)]


def cross(generator: Generator, x: float, y: float, size: float) -> list[Path]:
    """Return a cross of a box that was marked."""
    reach = size * generator.uniform(0.3, 0.5, 2)
    middle = np.array([x, y])
    other = reach * np.array([1, -1])
    return [
        bowed(middle - reach, middle + reach, generator.normal(0, 0.05)),
        bowed(middle + other, middle - other, generator.normal(0, 0.05)),
    ]


def ring(generator: Generator, x: float, y: float, size: float) -> list[Path]:
    """Return a ring drawn around something, not quite closed."""
    radii = size * generator.uniform(0.75, 1.1, 2)
    begin = generator.uniform(0, 360)
    return [arc(np.array([x, y]), radii, begin, begin + generator.uniform(330, 400))]


def blot(generator: Generator, x: float, y: float, size: float) -> list[Path]:
    """Return the zigzag that makes something unreadable."""
    count = int(generator.integers(6, 16))
    across = np.linspace(-0.6, 0.6, count) + generator.normal(0, 0.08, count)
    down = np.where(np.arange(count) % 2, 0.45, -0.45) + generator.normal(0, 0.1, count)
    return [smooth(np.array([x, y]) + size * np.stack([across, down], 1), 4)]


CORNERS: dict[str, list[list[float]]] = {  # of drawings, from -1 to 1
    "triangle": [[0, -1], [0.9, 0.8], [-0.9, 0.8], [0, -1]],
    "arrow": [[-1, 0], [1, 0], [0.5, -0.4], [1, 0], [0.5, 0.4]],
    "bolt": [[0.3, -1], [-0.4, 0.1], [0.3, 0.1], [-0.3, 1]],
    "house": [[-0.7, 1], [-0.7, -0.1], [0, -1], [0.7, -0.1], [0.7, 1], [-0.7, 1]],
    "square": [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8], [-0.8, -0.8]],
}
SHAPES = (*CORNERS, "star", "smiley", "heart", "spiral", "question")


def shape(generator: Generator, x: float, y: float, size: float) -> list[Path]:
    """Return a drawing, one of `SHAPES`."""
    middle, reach = np.array([x, y]), size / 2
    tilt = generator.uniform(-10, 10)
    kind = str(generator.choice(SHAPES))
    if kind in CORNERS:
        wobbly = np.array(CORNERS[kind]) + generator.normal(0, 0.06, (len(CORNERS[kind]), 2))
        return [middle + reach * wobbly]
    if kind == "star":
        angles = np.deg2rad(tilt - 90 + np.arange(0, 361, 144))
        return [middle + reach * np.stack([np.cos(angles), np.sin(angles)], 1)]
    if kind == "smiley":
        return _smiley(middle, reach)
    turns = np.linspace(0, 1, 60)[:, None]
    if kind == "heart":
        t = 2 * np.pi * turns
        down = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t)
        return [middle + reach * np.hstack([16 * np.sin(t) ** 3, -down]) / 17]
    if kind == "spiral":
        t = generator.uniform(2.2, 4) * 2 * np.pi * turns
        return [middle + reach * turns * np.hstack([np.cos(t), np.sin(t)])]
    hook = arc(middle + reach * np.array([0, -0.5]), reach * np.array([0.5, 0.5]), -190, 60)
    stem = middle + reach * np.array([[0, 0.1], [0, 0.45]])
    return [np.concatenate([hook, stem]), middle + reach * np.array([[0, 0.9], [0, 0.95]])]


def _smiley(middle: Path, reach: float) -> list[Path]:
    eye = reach * np.array([0.08, 0.12])
    return [
        arc(middle, reach * np.array([1, 1]), 0, 365),
        arc(middle, reach * np.array([0.55, 0.5]), 20, 160),
        *(arc(middle + reach * np.array([side * 0.35, -0.3]), eye, 0, 360) for side in (-1, 1)),
    ]


def scribble(generator: Generator, x: float, y: float, size: float) -> list[Path]:
    """Return a signature or a scribble."""
    count = int(generator.integers(6, 26))
    steps = generator.normal(0, 0.35, (count, 2)) * [1, 0.7]
    points = np.array([x, y]) + size * np.cumsum(steps + np.array([0.12, 0]), axis=0)
    return [smooth(points, 8)]


THINGS = (tick, cross, shape, scribble, blot, ring)


def photograph(generator: Generator, height: int, width: int) -> Ink:
    """Make up a picture of nothing, smooth and sharp areas: (h, w) float32 in [0, 1]."""
    image = np.zeros((height, width), np.float32)
    for octave in range(int(generator.integers(1, 6))):
        cells = generator.random((2 + 2**octave, 2 + 2**octave)).astype(np.float32)
        image += cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC) / 1.6**octave
    for _ in range(int(generator.integers(0, 14))):
        middle = generator.random(2) * [width, height]
        away = generator.normal(0, 0.25, (int(generator.integers(3, 7)), 2))
        corners = middle + away * max(height, width)
        layer = image.copy()
        filled = generator.random() < 0.6
        points = [np.rint(corners).astype(np.int32)]
        tone = float(generator.uniform(0, 1.5))
        if filled:
            cv2.fillPoly(layer, points, tone, cv2.LINE_AA)
        else:
            cv2.polylines(layer, points, True, tone, int(generator.integers(1, 9)), cv2.LINE_AA)
        image = layer
    low, high = float(image.min()), float(image.max())
    return (image - low) / max(high - low, 1e-6)


def texture(generator: Generator, height: int, width: int) -> Ink:
    """Make up a surface without writing: stripes, weave, wood, bricks, noise; as `photograph`."""
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    turn = generator.uniform(0, np.pi)
    along = columns * np.cos(turn) + rows * np.sin(turn)
    aside = rows * np.cos(turn) - columns * np.sin(turn)
    period = float(np.exp(generator.uniform(np.log(3), np.log(60))))
    wave = photograph(generator, height, width)
    kind = generator.integers(6)
    if kind == 0:
        image = np.sin(2 * np.pi * along / period + 6 * wave * generator.random())
    elif kind == 1:
        image = np.sin(2 * np.pi * along / period) * np.sin(2 * np.pi * aside / period)
    elif kind == 2:
        image = np.sin(2 * np.pi * (along / (6 * period) + 4 * wave)) + 0.3 * np.sin(along)
    elif kind == 3:
        course = np.floor(along / period)
        joints = (along % period < 0.12 * period) | (
            (aside + course % 2 * period) % (2 * period) < 0.12 * period
        )
        image = joints.astype(np.float32) + 0.3 * wave
    elif kind == 4:
        cells = generator.random((int(height / period) + 2, int(width / period) + 2))
        image = cv2.resize(
            cells.astype(np.float32), (width, height), interpolation=cv2.INTER_NEAREST
        )
    else:
        grain = generator.normal(0, 1, (height, width)).astype(np.float32)
        image = cv2.GaussianBlur(grain, (0, 0), max(0.4, period / 12))
    low, high = float(image.min()), float(image.max())
    return np.asarray((image - low) / max(high - low, 1e-6), np.float32)
