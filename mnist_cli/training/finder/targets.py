"""What the finder's network should say of a page."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.finder_maps import MASK, STRIDE, SYMBOLS
from mnist_cli.synthesis.canvas import Symbol
from mnist_cli.synthesis.truth import Page

CORE = 0.5  # of the bell around a middle: places above it learn box and symbol too
BELL, NARROWEST, WIDEST = 0.125, 0.6, 3.5  # its deviation: of the box's side, and in places


class Targets(NamedTuple):
    """The maps of one page, or of a batch; H and W are a quarter of the picture's.

    Attributes:
        heat: (H, W, 2) float32, bells around the middles of digits and of marks; 1 in the middle.
        counts: (H, W) float32, 0 where nobody could say whether there is a digit.
        core: (H, W) float32, how much box and symbol count here.
        box: (H, W, 4) float32, as `core/finder_maps.py` has it.
        symbol: (H, W) uint8, index of the symbol.
        printed: (H, W) float32, whether it is print.
        upright: float32, whether the page stands upright, so that its symbols count.
        turns: uint8, quarters that the page is turned counterclockwise.
        digit: (H, W) float32, 1 in the core of digits, else 0.
        ink: (H, W, 4) float32, share of digits' ink in each quarter of a place.
        rules: (H, W, 8) uint8, 1 where ruled lines run across in each quarter, then down.
    """

    heat: NDArray[np.float32]
    counts: NDArray[np.float32]
    core: NDArray[np.float32]
    box: NDArray[np.float32]
    symbol: NDArray[np.uint8]
    printed: NDArray[np.float32]
    upright: NDArray[np.float32] | np.float32
    turns: NDArray[np.uint8] | np.uint8
    digit: NDArray[np.float32]
    ink: NDArray[np.float32]
    rules: NDArray[np.uint8]


def targets(page: Page) -> Targets:
    """Make the maps of a page whose sides are multiples of the stride."""
    maps = _empty(page)
    for left, top, right, bottom in page.unclear:
        rows = slice(int(top / STRIDE), int(bottom / STRIDE) + 1)
        maps.counts[rows, int(left / STRIDE) : int(right / STRIDE) + 1] = 0
    for symbol in page.symbols:
        _put(maps, symbol)
    return maps


def _empty(page: Page) -> Targets:
    """Return maps that tell of no symbol yet."""
    high, wide = (side // STRIDE for side in page.grey.shape)

    def zeros(*more: int) -> NDArray[np.float32]:
        return np.zeros((high, wide, *more), np.float32)

    inked = (page.ink / np.float32(255)).reshape(high, 2, MASK, wide, 2, MASK)
    quarters = inked.mean(axis=(2, 5))
    runs = page.rules.reshape(high, 2, MASK, wide, 2, MASK, 2).max(axis=(2, 5)) > 0
    return Targets(
        heat=zeros(2),
        counts=np.ones((high, wide), np.float32),
        core=zeros(),
        box=zeros(4),
        symbol=np.zeros((high, wide), np.uint8),
        printed=zeros(),
        upright=np.float32(page.turned == 0),
        turns=np.uint8(page.turned // 90),
        digit=zeros(),
        ink=quarters.transpose(0, 2, 1, 3).reshape(high, wide, 4),
        rules=runs.transpose(0, 2, 4, 1, 3).reshape(high, wide, 8).astype(np.uint8),
    )


def _put(maps: Targets, symbol: Symbol) -> None:
    """Put a symbol into the maps, in place; where others are too, the nearest middle decides."""
    high, wide = maps.core.shape
    left, top, right, bottom = (edge / STRIDE for edge in symbol.box)
    x, y, width, height = (left + right) / 2, (top + bottom) / 2, right - left, bottom - top
    column, row = min(int(x), wide - 1), min(int(y), high - 1)
    sigma = [float(np.clip(BELL * side, NARROWEST, WIDEST)) for side in (width, height)]
    reach = int(3 * max(sigma)) + 1
    rows = np.arange(max(0, row - reach), min(high, row + reach + 1))[:, None]
    columns = np.arange(max(0, column - reach), min(wide, column + reach + 1))[None]
    bell = np.exp(
        -((columns - column) ** 2) / (2 * sigma[0] ** 2) - (rows - row) ** 2 / (2 * sigma[1] ** 2)
    )
    window = slice(rows[0, 0], rows[-1, 0] + 1), slice(columns[0, 0], columns[0, -1] + 1)
    is_digit = symbol.text.isdigit()
    heat = maps.heat[window][..., 1 - is_digit]
    np.maximum(heat, bell, out=heat)
    ours = (bell >= CORE) & (bell > maps.core[window])
    maps.counts[window][ours] = 1
    maps.core[window][ours] = bell[ours]
    sizes = np.log(max(width, 0.4)), np.log(max(height, 0.4))
    boxes = np.broadcast_arrays(x - columns - 0.5, y - rows - 0.5, *sizes)
    maps.box[window][ours] = np.stack(boxes, -1)[ours]
    maps.symbol[window][ours] = SYMBOLS.index(symbol.text)
    maps.printed[window][ours] = symbol.printed
    maps.digit[window][ours] = is_digit
