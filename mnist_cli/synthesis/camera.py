"""From a flat page to a picture of it: paper, light, where it lies, the camera."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.synthesis import clutter
from mnist_cli.synthesis.canvas import Area, Canvas, Symbol
from mnist_cli.synthesis.strokes import Generator, Ink

Grey = NDArray[np.uint8]


def composed(canvas: Canvas, generator: Generator) -> Ink:
    """Lay ink on paper: (H, W) float32 luminance in [0, 1], dark ink."""
    height, width = canvas.height, canvas.width
    page = np.full((height, width), generator.uniform(0.55, 1.0), np.float32)
    if generator.random() < 0.2:  # rough paper, or paper seen from near
        page *= 1 - generator.uniform(0.03, 0.25) * clutter.texture(generator, height, width)
    if generator.random() < 0.15:  # what is on the back
        back = np.maximum(canvas.written, canvas.printed)[:, ::-1]
        back = cv2.GaussianBlur(back, (0, 0), generator.uniform(1, 3))
        strength = generator.uniform(0.05, 0.25)
        page *= 1 - strength * np.roll(back, generator.integers(-40, 40, 2), (0, 1))
    faint = generator.random() < 0.25
    hand = generator.uniform(*(0.22, 0.5) if faint else (0.45, 1.0))
    print_ = generator.uniform(*(0.5, 1.0) if generator.random() < 0.85 else (0.22, 0.5))
    page *= 1 - generator.uniform(0.08, 1.0) * canvas.ruled
    page *= 1 - print_ * canvas.printed
    written = canvas.written
    if faint and generator.random() < 0.5:  # a pencil leaves the paper's grain free
        grain = generator.normal(0.8, 0.25, written.shape).astype(np.float32)
        written = written * np.clip(cv2.GaussianBlur(grain, (0, 0), 0.7), 0.3, 1)
    return page * (1 - hand * written)


def viewpoint(generator: Generator, flat: int, side: int) -> NDArray[np.floating]:
    """Return the (3, 3) matrix from the flat page, `flat` px a side, to a picture of `side` px."""
    turn = np.deg2rad(
        generator.normal(0, 2.5) if generator.random() < 0.75 else generator.uniform(-20, 20)
    )
    scale = generator.uniform(0.9, 1.1, 2)
    tilt = generator.normal(0, 0.35, 2) / flat if generator.random() < 0.4 else np.zeros(2)
    to_middle = np.array([[1, 0, -flat / 2], [0, 1, -flat / 2], [0, 0, 1]])
    cosine, sine = np.cos(turn), np.sin(turn)
    upper = [scale[0] * cosine, -scale[1] * sine, 0], [scale[0] * sine, scale[1] * cosine, 0]
    bend = np.array([*upper, [*tilt, 1]])
    from_middle = np.array([[1, 0, side / 2], [0, 1, side / 2], [0, 0, 1]])
    return np.asarray(from_middle @ bend @ to_middle)


def moved(symbol: Symbol, matrix: NDArray[np.floating]) -> Symbol:
    """Return a symbol as it is seen."""
    points = np.asarray(symbol.points, np.float64)[None]
    return replace(symbol, points=cv2.perspectiveTransform(points, matrix)[0])


def seen_area(area: Area, matrix: NDArray[np.floating]) -> Area:
    """Return the box around an area as it is seen."""
    left, top, right, bottom = area
    corners = np.array([[[left, top], [right, top], [right, bottom], [left, bottom]]], np.float64)
    points = cv2.perspectiveTransform(corners, matrix)[0]
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    return float(x0), float(y0), float(x1), float(y1)


def surroundings(generator: Generator, side: int) -> tuple[NDArray[np.bool_], Ink] | None:
    """Return where something lies beside the sheet, and what; None where the sheet fills all."""
    if generator.random() > 0.16:
        return None
    rows, columns = np.mgrid[-0.5 : 0.5 : side * 1j, -0.5 : 0.5 : side * 1j]
    beside = np.zeros((side, side), bool)
    turn = generator.normal(0, 0.08)
    for edge in generator.choice(4, int(generator.integers(1, 5)), replace=False):
        angle = turn + edge * np.pi / 2 + generator.normal(0, 0.04)
        beside |= columns * np.cos(angle) + rows * np.sin(angle) > generator.uniform(0.28, 0.5)
    surface = clutter.texture if generator.random() < 0.5 else clutter.photograph
    tone, strength = generator.uniform(0, 0.5), generator.uniform(0.02, 0.4)
    table = tone + strength * surface(generator, side, side)
    return beside, np.clip(table, 0, 1).astype(np.float32)


def light(generator: Generator, side: int) -> Ink:
    """Return how much light falls where: slopes, vignettes, shadows, hard and soft, glare."""
    rows, columns = np.mgrid[-0.5 : 0.5 : side * 1j, -0.5 : 0.5 : side * 1j].astype(np.float32)
    lit = np.ones((side, side), np.float32)
    if generator.random() < 0.7:
        lit += generator.uniform(-0.6, 0.6) * columns + generator.uniform(-0.6, 0.6) * rows
    if generator.random() < 0.2:
        lit *= 1 - generator.uniform(0.2, 1.0) * (rows**2 + columns**2)
    if generator.random() < 0.3:
        coarse = generator.random((5, 5)).astype(np.float32)
        spots = cv2.resize(coarse, (side, side), interpolation=cv2.INTER_CUBIC)
        lit *= 1 - generator.uniform(0, 0.5) * spots
    for _ in range(int(generator.choice([0, 0, 0, 1, 1, 2]))):
        angle, soft = generator.uniform(0, 2 * np.pi), generator.choice([0.003, 0.02, 0.08])
        edge = columns * np.cos(angle) + rows * np.sin(angle) + generator.uniform(-0.4, 0.4)
        if generator.random() < 0.3:  # of a hand, a phone
            across = rows * np.cos(angle) - columns * np.sin(angle)
            edge = np.minimum(edge, across + generator.uniform(-0.3, 0.3))
        lit *= 1 - generator.uniform(0.15, 0.65) / (1 + np.exp(-np.clip(edge / soft, -30, 30)))
    if generator.random() < 0.08:
        x, y, size = *generator.uniform(-0.4, 0.4, 2), generator.uniform(0.03, 0.2)
        away = (columns - x) ** 2 + (rows - y) ** 2
        lit += generator.uniform(0.3, 2) * np.exp(-away / (2 * size**2))
    return lit


def covered(image: Ink, generator: Generator) -> NDArray[np.bool_]:
    """Put holes, folds, or a finger on a picture, in place; return what is hidden for good."""
    side = image.shape[0]
    hidden = np.zeros(image.shape, np.uint8)
    kind = generator.random()
    if kind < 0.05:  # a spiral, or holes to file it by
        x, apart = generator.uniform(0, side), generator.uniform(14, 90)
        for y in np.arange(generator.uniform(0, apart), side, apart):
            radius = round(apart * generator.uniform(0.15, 0.25))
            cv2.circle(hidden, (round(x), round(y)), radius, 1, -1, cv2.LINE_AA)
        image[hidden > 0] = generator.uniform(0, 0.5) if generator.random() < 0.7 else 1.0
    elif kind < 0.09:  # a finger
        middle = generator.uniform(0, side, 2).round().astype(int).tolist()
        thick, long = generator.uniform(0.1, 0.3), generator.uniform(0.3, 0.8)
        axes = round(side * thick), round(side * long)
        cv2.ellipse(hidden, (middle, axes, float(generator.uniform(0, 180))), 1, -1)
        shade = cv2.GaussianBlur(hidden.astype(np.float32), (0, 0), side / 20)
        image[hidden > 0] = (generator.uniform(0.2, 0.8) * (0.6 + 0.4 * shade))[hidden > 0]
    elif kind < 0.16:  # folds
        for _ in range(int(generator.integers(1, 3))):
            ends = generator.uniform(-0.2, 1.2, (2, 2)) * side
            fold = np.zeros(image.shape, np.float32)
            clutter.stroke(fold, ends, generator.uniform(1, 4))
            fold = cv2.GaussianBlur(fold, (0, 0), generator.uniform(0.6, 3))
            image *= 1 + generator.uniform(-0.5, 0.3) * fold
    return hidden > 0


def exposed(image: Ink, generator: Generator, height: float) -> Grey:
    """Take the picture: blur, grain, tone, JPEG; digits are about `height` px high."""
    if generator.random() < 0.5:
        most = 0.09 if generator.random() < 0.2 else 0.035  # of their height: far out of focus
        sigma = generator.uniform(0.3, 0.3 + min(4.0, most * height))
        image = cv2.GaussianBlur(image, (0, 0), sigma)
    if generator.random() < 0.06:  # the camera moved
        length = int(max(2, min(15, 0.12 * height)))
        kernel = np.zeros((length, length), np.float32)
        np.fill_diagonal(kernel if generator.random() < 0.5 else kernel[:, ::-1], 1 / length)
        image = cv2.filter2D(image, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    if generator.random() < 0.5:
        image = image ** np.float32(np.exp(generator.uniform(-0.6, 0.6)))
    if generator.random() < 0.25:  # low contrast
        low, high = generator.uniform(0, 0.4), generator.uniform(0.55, 1)
        image = low + (high - low) * image
    if generator.random() < 0.55:
        grain = generator.normal(0, generator.uniform(0.003, 0.035), image.shape)
        image = image + grain.astype(np.float32)
    if generator.random() < 0.2:
        coarse = generator.normal(0, generator.uniform(0.01, 0.05), (image.shape[0] // 2,) * 2)
        image = image + cv2.resize(coarse.astype(np.float32), image.shape[::-1])
    return _developed(np.asarray(np.clip(image, 0, 1) * 255, np.uint8), generator)


def _developed(grey: Grey, generator: Generator) -> Grey:
    """Store a picture: in black and white, as JPEG, inverted; or as it is."""
    if generator.random() < 0.07:  # scanned to black and white
        level = np.median(grey) * generator.uniform(0.7, 0.9)
        grey = np.where(grey > level, 255, 0).astype(np.uint8)
    if generator.random() < 0.5:
        quality = int(generator.integers(25, 95))
        _, content = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, quality])
        grey = np.asarray(cv2.imdecode(content, cv2.IMREAD_GRAYSCALE), np.uint8)
    return 255 - grey if generator.random() < 0.18 else grey
