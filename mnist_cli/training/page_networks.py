"""What finder and line network share: the precision they are built in, the file they become."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from mnist_cli.core.quiet import native_output_hidden
from mnist_cli.core.tensorflow import keras, tf


@contextmanager
def dtype_policy(name: str) -> Iterator[None]:
    """Let layers that are made in the block compute by a Keras dtype policy."""
    before = keras.mixed_precision.global_policy()
    keras.mixed_precision.set_global_policy(name)
    try:
        yield
    finally:
        keras.mixed_precision.set_global_policy(before)


def to_litert(model: Any, shape: tuple[int | None, ...]) -> bytes:
    """Return a `.tflite` of float32 in and out, its weights in float16.

    Args:
        model: The network, in float32.
        shape: Of what it takes; None where any number goes.
    """

    @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32)])  # type: ignore[untyped-decorator]
    def answer(pixels: Any) -> Any:
        return model(pixels, training=False)

    with native_output_hidden():
        converter = tf.lite.TFLiteConverter.from_concrete_functions(
            [answer.get_concrete_function()]
        )
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        content: bytes = converter.convert()
    return content
