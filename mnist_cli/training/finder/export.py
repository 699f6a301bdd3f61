"""The finder's network to the file that reading opens."""

from pathlib import Path
from typing import Any

import numpy as np

from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import tf
from mnist_cli.training.finder.network import FinderConfig
from mnist_cli.training.finder.weights import averaged


def to_litert(config: FinderConfig, weights: Path) -> bytes:
    """Return a `.tflite` of (1, H, W, 1) float32 in [0, 1], its weights in float16."""
    with np.load(weights) as arrays:
        model: Any = averaged(config, [arrays[name] for name in arrays.files])

    @tf.function(input_signature=[tf.TensorSpec((1, None, None, 1), tf.float32)])  # type: ignore[untyped-decorator]
    def maps(pixels: Any) -> Any:
        return model(pixels, training=False)

    with native_output_hidden():
        converter = tf.lite.TFLiteConverter.from_concrete_functions([maps.get_concrete_function()])
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        content: bytes = converter.convert()
    return content
