"""The fifteen corruptions of MNIST-C as pictures of 28×28, through the whole of reading.

python -m tests.benchmarks.robustness [--model bundled] [--count 10000]

As arrays, without reading: `mnist evaluate --model bundled --robustness`.
"""

import numpy as np
from PIL import Image

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.evaluation.corruptions import CORRUPTIONS, corrupted
from mnist_cli.evaluation.robustness import SEED
from mnist_cli.reading.answers import doubts
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
    unsure = doubts(classifier.probabilities(images)).mean()
    print(f"{unsure:.2%} of the clean arrays unsure")
    errors = []
    for name in CORRUPTIONS:
        worn = corrupted(images, name, SEED)
        answers = [
            reader.read(encoded(Image.fromarray(image), "PNG"), errors="record").text
            for image in worn
        ]
        wrong = [a != str(label) for a, label in zip(answers, labels, strict=True)]
        errors.append(np.mean(wrong))
        print(f"{name:<14}{errors[-1]:6.2%}", flush=True)
    print(f"{'mean':<14}{np.mean(errors):6.2%}")


if __name__ == "__main__":
    main()
