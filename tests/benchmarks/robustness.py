"""The fifteen corruptions of MNIST-C, of all test images: as arrays, and as pictures.

python -m tests.benchmarks.robustness [--model bundled] [--count 10000]
"""

import numpy as np
from PIL import Image

from mnist_cli.core.dataset import load_mnist
from mnist_cli.core.metrics import expected_calibration_error
from mnist_cli.corruptions import CORRUPTIONS, corrupted
from mnist_cli.reading.reader import Reader

from .machine import machine
from .reading import encoded, model_parser, open_classifier


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="Test images, from the first on.")
    options = parser.parse_args()
    classifier = open_classifier(parser, options)
    reader = Reader(classifier)
    data = load_mnist("test")
    images, labels = data.images[: options.count], data.labels[: options.count]
    print(machine())
    clean = classifier.probabilities(images)
    unsure = np.mean([reader.doubts(row) for row in clean])
    print(
        f"clean        error {(clean.argmax(axis=1) != labels).mean():.2%}, calibration error"
        f" {expected_calibration_error(clean, labels):.2%}, {unsure:.2%} unsure"
    )
    means = []
    for name in CORRUPTIONS:
        worn = corrupted(images, name, seed=0)
        as_arrays = (classifier.probabilities(worn).argmax(axis=1) != labels).mean()
        answers = [reader.read_bytes(encoded(Image.fromarray(image), "PNG")).text for image in worn]
        as_pictures = np.mean([a != str(label) for a, label in zip(answers, labels, strict=True)])
        means.append((as_arrays, as_pictures))
        print(f"{name:<13}arrays {as_arrays:6.2%}   pictures {as_pictures:6.2%}", flush=True)
    arrays, pictures = np.mean(means, axis=0)
    print(f"{'mean':<13}arrays {arrays:6.2%}   pictures {pictures:6.2%}")


if __name__ == "__main__":
    main()
