"""Hands that write in a real browser: paths along the strokes of real digits."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import FilePayload, Page

Point = tuple[float, float]
Open = Callable[..., Page]  # a path of the server's, or what a browser's context is set to
_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def strokes_of(image: NDArray[np.uint8]) -> list[list[Point]]:
    """Trace a digit's strokes.

    Args:
        image: (28, 28) uint8, 255 for ink.

    Returns:
        Lines of points in [0, 1], as a pen would draw them.
    """
    skeleton = _thinned(image > 100)
    left = {(int(row), int(column)) for row, column in np.argwhere(skeleton)}
    pixels = frozenset(left)
    lines = []
    while left:
        ends = [pixel for pixel in left if len(_neighbours(pixel, left)) <= 1]
        line = [min(ends or left)]
        left.discard(line[0])
        while following := _neighbours(line[-1], left):
            line.append(following[0])
            left.discard(following[0])
        # a line that ends beside another is joined to it
        joints = [_neighbours(end, pixels - set(line)) for end in (line[0], line[-1])]
        line = [*joints[0][:1], *line, *joints[1][:1]]
        lines.append([((column + 0.5) / 28, (row + 0.5) / 28) for row, column in line])
    return lines


def _neighbours(pixel: tuple[int, int], among: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    near = [(pixel[0] + down, pixel[1] + right) for down, right in _AROUND]
    within = [other for other in near if other in among]
    return sorted(within, key=lambda other: abs(other[0] - pixel[0]) + abs(other[1] - pixel[1]))


def _thinned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin strokes to a pixel (Zhang and Suen 1984)."""
    ink = np.pad(ink, 1)
    changed = True
    while changed:
        changed = False
        for first in (True, False):
            around = np.stack([np.roll(ink, (-down, -right), (0, 1)) for down, right in _AROUND])
            count = around.sum(axis=0)
            rises = (~around & np.roll(around, -1, axis=0)).sum(axis=0)
            north, east, south, west = around[0], around[2], around[4], around[6]
            if first:
                inner = (north & east & south) | (east & south & west)
            else:
                inner = (north & east & west) | (north & south & west)
            goes = ink & (count >= 2) & (count <= 6) & (rises == 1) & ~inner
            ink = ink & ~goes
            changed |= bool(goes.any())
    return ink[1:-1, 1:-1]


def draw(
    page: Page,
    lines: list[list[Point]],
    place: tuple[float, float, float] = (0.5, 0.5, 0.7),
    *,
    lift: bool = True,
) -> None:
    """Draw lines with the mouse.

    Args:
        page: The page to draw on.
        lines: Points in [0, 1].
        place: Where on the paper: the middle, as shares of its width and height, and the size as
            a share of its height.
        lift: Whether the button is let go after the last line.
    """
    for at, line in enumerate(lines, 1):
        places = on_paper(page, line, place)
        page.mouse.move(*next(places))
        page.mouse.down()
        for point in places:
            page.mouse.move(*point)
        if lift or at < len(lines):
            page.mouse.up()


def on_paper(
    page: Page, line: list[Point], place: tuple[float, float, float]
) -> Iterator[tuple[float, float]]:
    """Yield where points of [0, 1] are on the screen."""
    paper = page.locator("#canvas").bounding_box()
    assert paper
    middle_x, middle_y, size = place
    side = size * paper["height"]
    for x, y in line:
        yield (
            paper["x"] + middle_x * paper["width"] + (x - 0.5) * side,
            paper["y"] + middle_y * paper["height"] + (y - 0.5) * side,
        )


def payload(name: str, content: bytes, kind: str = "image/png") -> FilePayload:
    """Return a file as a browser's file field takes it."""
    return {"name": name, "mimeType": kind, "buffer": content}


def answered(page: Page, answer: bytes, times: int = 1) -> None:
    """Have the next pictures that the page sends answered as the server did before."""
    told: Any = {"body": answer, "content_type": "application/json"}
    page.route("**/v1/predict?*", lambda route: route.fulfill(**told), times=times)
