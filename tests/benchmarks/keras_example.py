"""The usual Keras script for MNIST, as the baseline of every speed in the README.

512-512-10, dropout 0.2, RMSprop, batch 128, 20 epochs of `model.fit` on raw images. Prints one
JSON line: seconds in `fit`, and accuracy on the test images.
"""

import json
import time

import keras

from mnist_cli.core.data.dataset import load_mnist


def main() -> None:
    keras.utils.set_random_seed(0)
    train, test = load_mnist("train"), load_mnist("test")
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((784,)),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(512, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images = train.images.reshape(-1, 784).astype("float32") / 255
    test_images = test.images.reshape(-1, 784).astype("float32") / 255
    started = time.perf_counter()
    model.fit(images, train.labels, batch_size=128, epochs=20, verbose=0)
    fit_s = time.perf_counter() - started
    _, accuracy = model.evaluate(test_images, test.labels, verbose=0)
    print(json.dumps({"fit_s": round(fit_s, 1), "accuracy": round(accuracy, 4)}))


if __name__ == "__main__":
    main()
