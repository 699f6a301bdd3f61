"""The finder's network: a small U-Net without its finest levels.

Convolutions at 1/2 to 1/32 of the picture's sides, then up again to 1/4, where each place tells
what `core/finder_maps.py` lists. Fully convolutional: any picture whose sides are multiples of 32.

Sources: Ronneberger et al. 2015, arXiv:1505.04597; Zhou et al. 2019, "Objects as Points",
arXiv:1904.07850; Shi et al. 2016, arXiv:1609.05158, for going up by moving depth to space.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from mnist_cli.core.finder_maps import COUNT, channel
from mnist_cli.core.tensorflow import keras, tf

RARE = -4.6  # logit of 1 %: most places are no digit's middle


@dataclass(frozen=True)
class FinderConfig:
    """How the finder's network is made and trained.

    Attributes:
        widths: Channels at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's sides.
        top: Channels of the last layer before the answers.
        steps: Of the optimizer.
        batch_size: Pages a step; half of them are new, half were shown before.
        side: Pixels of each side of a page.
        kept: How many pages are kept to be shown again.
        learning_rate: Peak learning rate of AdamW; a cosine brings it to zero.
        weight_decay: Decoupled weight decay.
        average_decay: Decay of the moving average of the weights a step.
        mix: Share, of the weights that are published, of those that it began with.
        seed: Decides pages, order and initial weights.
    """

    widths: tuple[int, ...] = (16, 24, 48, 80, 112)
    top: int = 40
    steps: int = 8_000
    batch_size: int = 8
    side: int = 384
    kept: int = 2_000
    learning_rate: float = 2e-3
    weight_decay: float = 1e-3
    average_decay: float = 0.998
    mix: float = 0.0
    seed: int = 0


class Raised(keras.layers.Layer):  # type: ignore[misc]
    """Depth to space: twice as many places each way, of a quarter of the channels."""

    def call(self, tensor: Any) -> Any:
        """Return (N, 2 H, 2 W, C / 4) for (N, H, W, C)."""
        return tf.nn.depth_to_space(tensor, 2)

    def compute_output_spec(self, tensor: Any) -> Any:
        """Return the shape that comes out, of which only the channels are known."""
        return keras.KerasTensor((tensor.shape[0], None, None, tensor.shape[-1] // 4), tensor.dtype)


def build_finder(config: FinderConfig) -> Any:
    """Build the network: (N, H, W, 1) float32 in [0, 1] to (N, H / 4, W / 4, COUNT) float32."""
    layers = keras.layers

    def convolved(tensor: Any, width: int, stride: int = 1, size: int = 3) -> Any:
        tensor = layers.Conv2D(width, size, stride, "same", use_bias=False)(tensor)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.97)(tensor))

    pixels = keras.Input((None, None, 1))
    tensor = convolved(pixels, config.widths[0], 2)
    levels = []
    for width in config.widths[1:]:
        tensor = convolved(convolved(tensor, width, 2), width)
        levels.append(tensor)
    *finer, tensor = levels
    tensor = convolved(tensor, config.widths[-1])
    for skipped in reversed(finer):
        width = skipped.shape[-1]
        raised = Raised()(convolved(tensor, 4 * width, size=1))
        tensor = convolved(layers.Add()([raised, skipped]), width)
    tensor = convolved(tensor, config.top)
    maps = layers.Conv2D(COUNT, 1, dtype="float32", name="maps", bias_initializer=_rare)(tensor)
    return keras.Model(pixels, maps)


def _rare(shape: tuple[int, ...], dtype: Any = None) -> Any:
    """Begin with digits and marks being rare."""
    bias = np.zeros(shape, np.float32)
    bias[channel("digit")] = bias[channel("mark")] = RARE
    return keras.ops.convert_to_tensor(bias, dtype)
