"""Keras's CNN example for MNIST, as the baseline of the `cnn` recipes.

32C3 - pool - 64C3 - pool - dropout 0.5 - softmax, Adam, batch 128, 15 epochs of `model.fit`, a
tenth held out. Prints one JSON line: seconds in `fit`, and accuracy on the test images.
"""

import json
import time

import keras

from mnist_cli.core.data.dataset import as_input, load_mnist


def main() -> None:
    keras.utils.set_random_seed(0)
    train, test = load_mnist("train"), load_mnist("test")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    started = time.perf_counter()
    model.fit(
        *(as_input(train.images), train.labels),
        batch_size=128,
        epochs=15,
        validation_split=0.1,
        verbose=0,
    )
    fit_s = time.perf_counter() - started
    _, accuracy = model.evaluate(as_input(test.images), test.labels, verbose=0)
    print(json.dumps({"fit_s": round(fit_s, 1), "accuracy": round(accuracy, 4)}))


if __name__ == "__main__":
    main()
