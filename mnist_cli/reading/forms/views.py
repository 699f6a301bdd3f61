"""One picture as a camera sees another: points that match, and the homography they agree on.

Points of interest are matched by their surroundings (Lowe 2004, SIFT), and the homography that
most of them agree on is found (Barath et al. 2020, MAGSAC++).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.normalise import Grey
from mnist_cli.reading.outline import Points

Matrix = NDArray[np.float64]  # (3, 3)

MOST_POINTS = 4_000  # of interest on a picture
DISTINCT = 0.8  # a match is so much nearer than the next best one
AMISS = 3.0  # px that a point may lie off
LEAST_MATCHES = 15  # that agree; of unrelated pictures hardly ten do
STEPS = 10_000  # of looking for what agrees
SMALLEST, FLATTEST = 0.05, 0.2  # of the sheet in the picture: its area, its diagonals' ratio


def transformed(points: Points, matrix: Matrix) -> Points:
    """Bring points, (N, 2), where a homography has them."""
    found = cv2.perspectiveTransform(np.asarray(points, np.float64)[None], matrix)
    return np.asarray(found[0], np.float64)


def warped(grey: Grey, matrix: Matrix, size: tuple[int, int]) -> Grey:
    """Return a picture of some width and height, whose pixels a homography finds in another."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(grey, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(seen, np.uint8)


def described(grey: Grey) -> tuple[Points, NDArray[np.float32]]:
    """Return points of interest, (N, 2), and what their surroundings look like, (N, 128)."""
    points, told = cv2.SIFT.create(MOST_POINTS).detectAndCompute(grey, None)
    if told is None:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    return np.array([point.pt for point in points]), np.asarray(told, np.float32)


def homography(
    form: tuple[Points, NDArray[np.float32]], sheet: tuple[Points, NDArray[np.float32]]
) -> Matrix | None:
    """Return what most matches agree on, from the form to the sheet."""
    if min(len(form[0]), len(sheet[0])) < LEAST_MATCHES:
        return None
    pairs = cv2.BFMatcher().knnMatch(form[1], sheet[1], k=2)
    good = [one for one, other in pairs if one.distance < DISTINCT * other.distance]
    if len(good) < LEAST_MATCHES:
        return None
    begin = form[0][[match.queryIdx for match in good]]
    end = sheet[0][[match.trainIdx for match in good]]
    matrix, agree = cv2.findHomography(begin, end, cv2.USAC_MAGSAC, AMISS, None, STEPS, 0.999)
    if matrix is None or agree is None or int(agree.sum()) < LEAST_MATCHES:
        return None
    return np.asarray(matrix, np.float64)


def is_view(matrix: Matrix, form: tuple[int, ...], sheet: tuple[int, ...]) -> bool:
    """Tell whether a camera can see a form so: not mirrored, not folded, not from the side."""
    corners = transformed(corners_of(form[1], form[0]), matrix)
    steps = np.roll(corners, -1, axis=0) - corners
    after = np.roll(steps, -1, axis=0)
    turns = steps[:, 0] * after[:, 1] - steps[:, 1] * after[:, 0]
    diagonals = np.linalg.norm(corners[[0, 1]] - corners[[2, 3]], axis=1)
    return bool(
        (turns > 0).all()
        and area_of(corners) > SMALLEST * sheet[0] * sheet[1]
        and diagonals.min() > FLATTEST * diagonals.max()
    )


def corners_of(width: float, height: float) -> Points:
    """Return the corners of a picture, (4, 2), clockwise from the upper left."""
    return np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float64)


def area_of(corners: Points) -> float:
    """Return the area inside of corners, in square pixels."""
    x, y = corners.T
    return float(abs((x * np.roll(y, -1) - np.roll(x, -1) * y).sum()) / 2)
