"""What the training loop costs: images a second against `model.fit`, and distortion's share.

    python -m tests.benchmarks.loop_cost

The same network, optimiser, batch size and images on both sides, neither distorted, each epoch
validated. Epochs alternate between the two, so that both meet the machine in the same state; the
first of each, which builds the graph, is left out.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mnist_cli.core.config import DistortionConfig, TrainConfig
from mnist_cli.core.data.dataset import as_input, load_mnist, stratified_split
from mnist_cli.core.models.model import build_model
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.tensorflow import keras, tf
from mnist_cli.training.loop import Loop

from .machine import machine

DATA = load_mnist("train")
TRAINING, VALIDATION = stratified_split(DATA.labels, 5_000, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=128)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    recipe = RECIPES["dense", "standard"].override(batch_size=options.batch_size, epochs=100)
    plain = replace(recipe, distortion=DistortionConfig())
    epochs = {
        "model.fit": keras_epoch(plain),
        "the loop": loop_epoch(plain),
        "the loop, distorting": loop_epoch(recipe),
    }
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(options.epochs + 1):
        for name, epoch in epochs.items():
            started = time.perf_counter()
            epoch()
            seconds[name].append(time.perf_counter() - started)
    medians = {name: statistics.median(times[1:]) for name, times in seconds.items()}
    widths = "-".join(map(str, recipe.model.widths))
    print(f"{widths}-10, batch {options.batch_size}, medians of {options.epochs} epochs")
    for name, median in medians.items():
        ratio = medians["model.fit"] / median
        print(f"{name:<22} {len(TRAINING) / median:>7,.0f} images/s  {ratio:.2f} times model.fit's")
    share = 1 - medians["the loop"] / medians["the loop, distorting"]
    print(f"distortion's share of an epoch: {100 * share:.0f} %")


def keras_epoch(config: TrainConfig) -> Callable[[], object]:
    """Return what trains one epoch by `model.fit`."""
    model = build_model(config.model)
    model.compile(
        keras.optimizers.AdamW(config.learning_rate, weight_decay=config.weight_decay),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    images, labels = as_input(DATA.images[TRAINING]), DATA.labels[TRAINING]
    held_out = as_input(DATA.images[VALIDATION]), DATA.labels[VALIDATION]
    return lambda: model.fit(
        *(images, labels), batch_size=config.batch_size, validation_data=held_out, verbose=0
    )


def loop_epoch(config: TrainConfig) -> Callable[[], object]:
    """Return what trains one epoch by our loop."""
    loop = Loop(tf.distribute.get_strategy(), config, DATA, TRAINING, VALIDATION)
    numbers = iter(np.arange(1, config.epochs + 1).tolist())
    return lambda: loop.run_epoch(next(numbers), lambda _done, _loss: None)


if __name__ == "__main__":
    main()
