"""What a worker does to show a network at work: its layers' answers, what spoke for and against."""

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.models.litert_layers import LayerMaps
from mnist_cli.reading.classifier import Classifier, Layered
from mnist_cli.reading.occlusion import occlusion
from mnist_cli.reading.saliency import place
from mnist_cli.server.jobs import Answer
from mnist_cli.server.json_bodies import json_bytes
from mnist_cli.server.loaded import chosen
from mnist_cli.server.seen_image import seen_image


@dataclass(frozen=True)
class Look:
    """An image that a network saw.

    Attributes:
        picture: Its file, 28×28, ink bright on dark, as `explanation.images` has it.
        digit: What is to be spoken for; the answer, if left out.
    """

    picture: bytes
    digit: int | None = None

    def answer(self, classifier: Classifier) -> Answer:
        """Look."""
        image = seen_image(self.picture)
        classifier = chosen(classifier, None)
        probabilities = classifier.probabilities(image[None])[0]
        digit = int(probabilities.argmax()) if self.digit is None else self.digit
        layers = classifier.layers(image) if isinstance(classifier, Layered) else []
        document = {
            "digit": digit,
            "probability": round(float(probabilities[digit]), 4),
            "layers": [_layer(layer) for layer in layers],
            "evidence": _evidence(occlusion(classifier.probabilities, image, digit)),
            "model": {"version": classifier.version, "sha256": classifier.sha256},
        }
        return Answer(json_bytes(document))


def _layer(layer: LayerMaps) -> dict[str, Any]:
    low, high = min(0.0, float(layer.maps.min())), float(layer.maps.max())
    scaled = (layer.maps - low) * (255 / max(high - low, 1e-12))
    return {
        "name": layer.name,
        "shape": list(layer.maps.shape),
        "low": round(low, 4),
        "high": round(high, 4),
        "strongest": int(layer.maps.mean(axis=(1, 2)).argmax()),
        "maps": base64.b64encode(scaled.round().astype(np.uint8).tobytes()).decode(),
    }


def _evidence(values: NDArray[np.float32]) -> dict[str, Any]:
    favour, against = np.maximum(values, 0), np.maximum(-values, 0)
    return {
        "values": values.astype(np.float64).round(2).tolist(),
        "for": place(favour) if favour.any() else "",
        "against": place(against) if against.any() else "",
    }
