"""What the finder's network says of each place: the maps that training fills and reading reads.

A place is `STRIDE` × `STRIDE` pixels. Both halves share this, and nothing else.
"""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

STRIDE = 4  # px of a side of a place
MASK = 2  # px of a side of what ink and ruled lines are told for: four to a place
MARKS = ".,-+×÷=/%():"
SYMBOLS = "0123456789" + MARKS
GREATEST = 32  # px: sides of a picture are multiples of it

# channels of the one output, (N, H / STRIDE, W / STRIDE, CHANNELS), all of them logits but `box`:
# centre in places from this one's middle, and the logarithms of width and height in places
CHANNELS = {
    "digit": 1,
    "mark": 1,
    "box": 4,
    "symbol": len(SYMBOLS),
    "printed": 1,
    "up": 4,
    "ink": 4,
    "across": 4,
    "down": 4,
}
COUNT = sum(CHANNELS.values())

Float = TypeVar("Float", bound=np.floating)


def channel(name: str, channels: dict[str, int] = CHANNELS) -> slice:
    """Return where the channels of one map are, or of another answer with such names and counts."""
    names = list(channels)
    begin = sum(channels[before] for before in names[: names.index(name)])
    return slice(begin, begin + channels[name])


def sigmoid(logits: NDArray[Float]) -> NDArray[Float]:
    """Return the probabilities, in [0, 1], that logits of any shape mean."""
    return np.asarray(1 / (1 + np.exp(-logits)), logits.dtype)


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the probabilities, (N, C), that the logits in each row mean; each row sums to 1."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
