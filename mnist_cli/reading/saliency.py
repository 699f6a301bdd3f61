"""What spoke for and against an answer, as a picture and in words."""

import cv2
import numpy as np
from numpy.typing import NDArray

Attribution = NDArray[np.float32]  # (28, 28), what each pixel adds to the log-odds of the answer
Colours = NDArray[np.uint8]  # (H, W, 3) in OpenCV's order: blue, green, red

# the middles of ColorBrewer's PuOr, whose ends colour-blind people tell apart
AGAINST, NEUTRAL, FOR = ((20, 130, 224), (247, 247, 247), (136, 39, 84))
OUTLINE = (64, 64, 64)
PLACES = (
    ("at the upper left", "at the top", "at the upper right"),
    ("on the left", "in the middle", "on the right"),
    ("at the lower left", "at the bottom", "at the lower right"),
)


def panel(attribution: Attribution, image: NDArray[np.uint8], side: int) -> Colours:
    """Colour what speaks for an answer purple, what against it orange, under the digit's outline.

    Args:
        attribution: (28, 28) float32.
        image: (28, 28) uint8, what was read.
        side: Of the picture, in px.
    """
    size = side, side
    strength = attribution / max(float(np.percentile(np.abs(attribution), 99.5)), 1e-12)
    enlarged = np.clip(cv2.resize(strength, size, interpolation=cv2.INTER_LINEAR), -1, 1)[..., None]
    share, neutral = np.abs(enlarged), np.array(NEUTRAL, np.float32)
    end = np.where(enlarged > 0, np.array(FOR, np.float32), np.array(AGAINST, np.float32))
    coloured = np.ascontiguousarray((neutral + share * (end - neutral)).round().astype(np.uint8))
    inked = cv2.resize(image, size, interpolation=cv2.INTER_LINEAR) > 127
    outlines, _ = cv2.findContours(inked.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(coloured, outlines, -1, OUTLINE, 1, cv2.LINE_AA)
    return coloured


def sentence(attribution: Attribution, name: str) -> str:
    """Say how much speaks for and against the class of this name, and where most of it stands."""
    favour, against = np.maximum(attribution, 0), np.maximum(-attribution, 0)
    return (
        f"Beside the others, {favour.sum():.1f} speaks for the {name}, most of it"
        f" {place(favour)}, and {against.sum():.1f} against it, most of it {place(against)}"
        " (log-odds; purple and orange in the picture)."
    )


def place(weights: Attribution) -> str:
    """Name, as `at the top`, the ninth of the digit's 20×20 box that holds most."""
    edges = (0, 11, 17, 28)  # the box is 4 to 24; what lies around it counts with its edge
    rows = np.add.reduceat(weights, edges[:-1], axis=0)
    row, column = np.unravel_index(np.add.reduceat(rows, edges[:-1], axis=1).argmax(), (3, 3))
    return PLACES[row][column]
