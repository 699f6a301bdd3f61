"""Pictures without any writing: textures, crops of photographs, blank sheets in uneven light."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_sample_images

from .non_digit_pictures import Generator, Maker, Picture

Levels = NDArray[np.float64]  # (height, width), of 255


def wood(generator: Generator) -> Picture:
    """Draw bent grain along boards, with a seam between them."""
    rows, _ = places(generator)
    bent = rows / generator.uniform(8, 30) + 0.6 * cloud(generator, rows.shape, 90, 15)
    levels = 130 + 22 * np.sin(2 * np.pi * bent) + 9 * cloud(generator, rows.shape, 40, 1)
    seams = rows % generator.integers(90, 200) < 3
    return finished(np.where(seams, 60, levels), generator)


def fabric(generator: Generator) -> Picture:
    """Draw threads over and under each other."""
    rows, columns = places(generator)
    thread = generator.uniform(3, 12)
    over = (rows // thread + columns // thread) % 2 == 0
    along = np.where(over, rows, columns)
    levels = 140 + generator.uniform(15, 50) * np.sin(np.pi * (along % thread) / thread)
    return finished(levels + 8 * cloud(generator, rows.shape, 2, 2), generator)


def noise(generator: Generator) -> Picture:
    """Draw noise, from fine to cloudy."""
    rows, _ = places(generator)
    size = generator.uniform(0.5, 8)
    spread = generator.uniform(8, 50)
    return finished(128 + spread * cloud(generator, rows.shape, size, size), generator)


def stripes(generator: Generator) -> Picture:
    """Draw stripes, soft or hard, at any angle."""
    across, _ = turned(generator, 180)
    wave = np.sin(2 * np.pi * across / generator.uniform(8, 60))
    hard = np.sign(wave) if generator.random() < 0.5 else wave
    return finished(128 + generator.uniform(20, 100) * hard, generator)


def checks(generator: Generator) -> Picture:
    """Draw a chessboard."""
    across, down = turned(generator, 15)
    side = generator.uniform(10, 60)
    dark = (across // side + down // side) % 2
    return finished(190 - generator.uniform(30, 150) * dark, generator)


def brick(generator: Generator) -> Picture:
    """Draw a wall."""
    across, down = turned(generator, 5)
    height = generator.uniform(25, 70)
    width, mortar = 2.4 * height, height / 9
    course = down // height
    shifted = across + course % 2 * width / 2
    bricks = generator.normal(110, 12, 997)[
        (course * 31 + shifted // width).astype(int) % 997
    ] + 8 * cloud(generator, across.shape, 2, 2)
    joint = (down % height < mortar) | (shifted % width < mortar)
    return finished(np.where(joint, 190, bricks), generator)


def photograph(generator: Generator) -> Picture:
    """Cut a square out of a picture of a temple or of a flower."""
    image = photographs()[generator.integers(2)]
    side = int(generator.choice([64, 128, 256, 400]))
    top, left = (int(generator.integers(0, room - side + 1)) for room in image.shape[:2])
    return image[top : top + side, left : left + side]


@cache
def photographs() -> list[Picture]:
    return [np.asarray(image, np.uint8) for image in load_sample_images().images]


def blank(generator: Generator) -> Picture:
    """Photograph an empty sheet: a slope of light, at times the edge of a shadow."""
    across, down = turned(generator, 180)
    slope = across / np.ptp(across)
    levels = generator.uniform(120, 235) + generator.uniform(0, 90) * (slope - slope.mean())
    levels = levels + generator.uniform(0, 3) * cloud(generator, across.shape, 40, 40)
    if generator.random() < 0.5:
        edge = (down - down.mean()) / generator.uniform(5, 60)
        levels = levels * (0.8 + 0.2 * np.tanh(edge))
    return finished(levels, generator)


def places(generator: Generator) -> tuple[Levels, Levels]:
    """Return the rows and columns of a picture of random size."""
    height, width = generator.integers(200, 480, 2)
    rows, columns = np.mgrid[:height, :width].astype(np.float64)
    return rows, columns


def turned(generator: Generator, most_deg: float) -> tuple[Levels, Levels]:
    """Return how far each place is across and down a grid that is turned, in pixels."""
    rows, columns = places(generator)
    angle = np.radians(generator.uniform(-most_deg, most_deg))
    sine, cosine = np.sin(angle), np.cos(angle)
    return cosine * columns + sine * rows, cosine * rows - sine * columns


def cloud(generator: Generator, shape: tuple[int, ...], across: float, down: float) -> Levels:
    """Return noise of deviation 1 whose spots are so many pixels wide and high."""
    levels = cv2.GaussianBlur(generator.normal(size=shape), None, sigmaX=across, sigmaY=down)
    return np.asarray((levels - levels.mean()) / levels.std(), np.float64)


def finished(levels: Levels, generator: Generator) -> Picture:
    """Add the grain of a camera."""
    grain = generator.uniform(0.5, 6) * cloud(generator, levels.shape, 0.7, 0.7)
    return np.clip(levels + grain, 0, 255).astype(np.uint8)


SCENES: dict[str, Maker] = {
    "wood": wood,
    "fabric": fabric,
    "noise": noise,
    "stripes": stripes,
    "checks": checks,
    "brick": brick,
    "photographs": photograph,
    "blank sheets": blank,
}
