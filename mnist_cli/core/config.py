"""What a run is made of, as frozen values: the network, the distortion, the schedule.

A recipe is data. Nothing in the code asks for a recipe's name; `tests/benchmarks/` measures them.
"""

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from mnist_cli.core.errors import UsageError

Arch = Literal["dense"]
Recipe = Literal["quick", "standard"]

MAX_SEED = 2**32 - 1

# of the way from a picture to 28×28, in `reading/`: raised whenever the same picture may come out
# otherwise. A version's manifest states it.
NORMALISATION_VERSION = 1


@dataclass(frozen=True)
class ModelConfig:
    """A network that turns (28, 28, 1) images into ten probabilities.

    Attributes:
        arch: `dense`: Dense layers with ReLU, and a Dense layer with softmax.
        widths: Units of each hidden layer.
        dropout: Share of hidden units dropped in training, in [0, 1).
        initializer: Name of a Keras initializer for the kernels.
    """

    arch: Arch = "dense"
    widths: tuple[int, ...] = (512, 512)
    dropout: float = 0.0
    initializer: str = "he_normal"


@dataclass(frozen=True)
class DistortionConfig:
    """How far a training image is bent, drawn anew for each image and epoch.

    Attributes:
        rotation_deg: Largest rotation, in degrees, either way.
        scale: Largest change of width and of height, as a fraction, drawn apart.
        shear: Largest horizontal shift for each pixel of height.
        shift_px: Largest translation on each axis, in pixels.
        elastic_px: Standard deviation of the elastic displacement, in pixels; 0 for none.
        elastic_sigma_px: Smoothness of that displacement, the sigma of its Gaussian, in pixels.
    """

    rotation_deg: float = 0.0
    scale: float = 0.0
    shear: float = 0.0
    shift_px: float = 0.0
    elastic_px: float = 0.0
    elastic_sigma_px: float = 6.0


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides how a run ends, the data and the machine apart.

    Attributes:
        recipe: Name of the recipe that the run started from.
        model: The network.
        distortion: What happens to the training images.
        epochs: Passes over the training images.
        batch_size: Images a step; what does not fill a batch waits for the next epoch's order.
        learning_rate: Peak learning rate of AdamW.
        warmup_epochs: Epochs of linear rise to the peak; a cosine brings it to zero afterwards.
        weight_decay: Decoupled weight decay of the kernels.
        label_smoothing: Probability spread evenly over all classes, in [0, 1).
        average_decay: Decay of the moving average of the weights a step, in [0, 1); 0 for none.
        validation_size: Training images held out, the same share of each class.
        seed: Decides the split, the initial weights, the order and the distortion.
    """

    recipe: str = "standard"
    model: ModelConfig = field(default_factory=ModelConfig)
    distortion: DistortionConfig = field(default_factory=DistortionConfig)
    epochs: int = 10
    batch_size: int = 256
    learning_rate: float = 1e-3
    warmup_epochs: float = 1.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    average_decay: float = 0.0
    validation_size: int = 5_000
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what no run could be made of."""
        _check("--epochs", 1 <= self.epochs <= 100_000, self.epochs, "1 to 100000")
        _check("--batch-size", 1 <= self.batch_size <= 60_000, self.batch_size, "1 to 60000")
        usable = math.isfinite(self.learning_rate) and 0 < self.learning_rate <= 10
        _check("--learning-rate", usable, self.learning_rate, "over 0, up to 10")
        _check("--seed", 0 <= self.seed <= MAX_SEED, self.seed, f"0 to {MAX_SEED}")

    def override(self, **changes: float | None) -> "TrainConfig":
        """Return a copy with every change that is not None."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})  # type: ignore[arg-type]

    def to_dict(self) -> dict[str, Any]:
        """Return nested plain values, as `model.json` holds them."""
        return asdict(self)


def _check(option: str, good: bool, received: float, expected: str) -> None:
    if not good:
        raise UsageError(f"{option} must be {expected}. Received: {received}.")


RECIPES: dict[tuple[Arch, Recipe], TrainConfig] = {
    ("dense", "quick"): TrainConfig(
        recipe="quick",
        model=ModelConfig(widths=(512, 256)),
        distortion=DistortionConfig(
            rotation_deg=6, scale=0.08, shear=0.08, shift_px=0.5, elastic_px=0.5
        ),
        epochs=4,
        learning_rate=3e-3,
        label_smoothing=0.05,
    ),
    ("dense", "standard"): TrainConfig(
        recipe="standard",
        model=ModelConfig(widths=(800, 400)),
        distortion=DistortionConfig(
            rotation_deg=8, scale=0.1, shear=0.1, shift_px=0.5, elastic_px=0.8
        ),
        epochs=14,
        learning_rate=2e-3,
        label_smoothing=0.05,
    ),
}
