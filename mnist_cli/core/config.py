"""What a run is made of, as frozen values: the network, the distortion, the schedule.

The recipes that are made of them are in `recipes.py`.
"""

from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from mnist_cli.core.choices import Arch, ClassWeights, Initializer, Optimizer, Precision, Schedule
from mnist_cli.core.ranges import (
    FEWEST_HELD_OUT,
    MAX_SEED,
    MAX_UNITS,
    RANGE_HELD_OUT,
    Checked,
    check,
    figure,
)


@dataclass(frozen=True)
class ModelConfig(Checked):
    """A network that turns (28, 28, 1) images into ten probabilities.

    Attributes:
        arch: `dense`: Dense layers with ReLU, and a Dense layer with softmax. `cnn`: convolutions
            with ReLU come before them.
        stem: Filters of a first 5×5 convolution of stride 2; 0 for none. Of a `cnn` alone.
        blocks: Filters of the 3×3 convolutions that follow, block by block; each block but the
            first begins with 2×2 max pooling. Of a `cnn` alone.
        widths: Units of each hidden Dense layer.
        dropout: Share of hidden units dropped in training, in [0, 1).
        initializer: Name of a Keras initializer for the kernels.
        towers: How many such networks stand side by side. Each learns by itself from the same
            distorted images; their scores are averaged.
    """

    arch: Arch = "dense"
    stem: int = figure(0, 0, MAX_UNITS, "filters")
    blocks: tuple[tuple[int, ...], ...] = field(default=(), metadata={"unit": "filters"})
    widths: tuple[int, ...] = field(default=(512, 512), metadata={"unit": "units"})
    dropout: float = figure(0.0, 0, 0.95, "share")
    initializer: Initializer = "he_normal"
    towers: int = figure(1, 1, 100, "networks")

    def __post_init__(self) -> None:
        super().__post_init__()
        for width in (*self.widths, *(count for block in self.blocks for count in block)):
            check("widths and blocks", 1 <= width <= MAX_UNITS, width, f"1 to {MAX_UNITS}")
        halvings = (self.stem > 0) + max(0, len(self.blocks) - 1)
        check("stem and blocks", halvings <= 4, f"{halvings} halvings", "at most 4 halvings of 28")
        if self.arch == "dense":
            check("stem and blocks", not (self.stem or self.blocks), self.blocks, "a cnn's alone")
        else:
            check("stem and blocks", bool(self.stem or self.blocks), "neither", "one of a cnn's")


@dataclass(frozen=True)
class DistortionConfig(Checked):
    """How far a training image is bent, drawn anew for each image and epoch.

    Attributes:
        rotation_deg: Largest rotation, in degrees, either way.
        scale: Largest change of width and of height, as a fraction, drawn apart.
        shear: Largest horizontal shift for each pixel of height.
        shift_px: Largest translation on each axis, in pixels.
        elastic_px: Standard deviation of the elastic displacement, in pixels; 0 for none.
        elastic_sigma_px: Smoothness of that displacement, the sigma of its Gaussian, in pixels.
        final_strength: Share of all this that is left at the end of a run; it falls linearly, so
            that the last epochs see images more like those to come.
    """

    rotation_deg: float = figure(0.0, 0, 180, "degrees")
    scale: float = figure(0.0, 0, 0.9, "share")
    shear: float = figure(0.0, 0, 2, "pixels a pixel")
    shift_px: float = figure(0.0, 0, 28, "pixels")
    elastic_px: float = figure(0.0, 0, 28, "pixels")
    elastic_sigma_px: float = figure(6.0, 0.5, 28, "pixels")
    final_strength: float = figure(1.0, 0, 1, "share")

    @property
    def is_none(self) -> bool:
        """Whether images stay as they are."""
        return not any((self.rotation_deg, self.scale, self.shear, self.shift_px, self.elastic_px))


@dataclass(frozen=True)
class DegradationConfig(Checked):
    """What pens, paper and cameras do to a training image; 0 leaves a kind out.

    Each kind strikes some of the images, by an amount drawn for each up to the one given.

    Attributes:
        probability: Share of the images that a kind strikes, in [0.001, 1].
        stroke: How far strokes are widened or thinned: 1 is a pixel on each side.
        outline: How much of a stroke's inside is taken, so that its outline is left.
        erasure: How much is wiped: 1 is a square of 8 px.
        spots: How much is covered with spots of some grey: 1 is about a quarter.
        clutter: How much of a neighbour stands at one edge: 1 is 7 px.
        lines: How dark a line across is, straight, in zigzag, or dotted: 1 is as dark as ink.
        borders: How wide the left and right, or upper and lower, edges are inverted: 1 is 8 px.
        blur: How far an image is blurred or smeared: 1 is a Gaussian of sigma 1.4 px.
        haze: How bright an uneven background is: 1 is three times as bright as the ink.
        contrast: Largest natural logarithm of the exponent that its greys are raised to.
        noise: How noisy it is: 1 is noise of 30 % of full ink, or every fourth pixel lost.
    """

    probability: float = figure(0.1, 0.001, 1, "share")  # what it was before it was stated
    stroke: float = figure(0.0, 0, 2, "strength")
    outline: float = figure(0.0, 0, 2, "strength")
    erasure: float = figure(0.0, 0, 2, "strength")
    spots: float = figure(0.0, 0, 2, "strength")
    clutter: float = figure(0.0, 0, 2, "strength")
    lines: float = figure(0.0, 0, 2, "strength")
    borders: float = figure(0.0, 0, 2, "strength")
    blur: float = figure(0.0, 0, 2, "strength")
    haze: float = figure(0.0, 0, 2, "strength")
    contrast: float = figure(0.0, 0, 2, "strength")
    noise: float = figure(0.0, 0, 2, "strength")


PARTS = {"model": ModelConfig, "distortion": DistortionConfig, "degradations": DegradationConfig}
FORMER_NAMES = {  # of versions and runs made by earlier versions of this tool
    "wear": "degradations",
    "struck": "probability",
    "variants": "glyph_variants",
    "non_digits": "outliers",
}


@dataclass(frozen=True)
class TrainConfig(Checked):
    """Everything that decides how a run ends, the data and the machine apart.

    Attributes:
        recipe: Name of the recipe that the run started from.
        model: The network.
        distortion: How the training images are bent.
        degradations: What pens, paper and cameras do to them.
        glyph_variants: Share of the 1s, 7s and 0s that are added with a flag, a bar, a slash, in
            [0, 1].
        outliers: How many images that show no digit are added, as a share of the digits, in
            [0, 1]; they are trained towards all ten classes alike.
        epochs: Passes over the training images.
        patience: Epochs without a better validation accuracy that end a run early; 0 for never.
        batch_size: Images a step; what does not fill a batch waits for the next epoch's order.
        optimizer: `adamw`, or `sgd` with Nesterov's momentum of 0.9, which wants a rate of about
            0.1.
        learning_rate: Peak learning rate.
        schedule: How the rate falls from the peak to zero: by half a `cosine`, in a `linear` way,
            or not at all.
        warmup_epochs: Epochs of linear rise to the peak.
        weight_decay: Decoupled weight decay of the kernels.
        class_weights: `balanced` lets each class count alike in all, however many images it has.
        label_smoothing: Probability spread evenly over all classes, in [0, 1).
        average_decay: Decay of the moving average of the weights a step, in [0, 1); 0 for none.
        precision: Of the products in training: `bfloat16` keeps 8 bits of each factor and sums in
            float32, which some processors do twice as fast; `auto` is that on such a one, and
            `float32` elsewhere. Weights, the loss and what is published are always float32.
        least_share: A data set with fewer images than this share of all of them is repeated until
            it has about that many, in [0, 1).
        validation_size: Images of each data set held out, the same share of each class, and at
            most a twelfth; 0 trains on all, for all epochs, and keeps the last weights.
        seed: Decides the split, the initial weights, the order and the distortion.
    """

    recipe: str = "standard"
    model: ModelConfig = field(default_factory=ModelConfig)
    distortion: DistortionConfig = field(default_factory=DistortionConfig)
    degradations: DegradationConfig = field(default_factory=DegradationConfig)
    glyph_variants: float = figure(0.0, 0, 1, "share")
    outliers: float = figure(0.0, 0, 1, "share")
    epochs: int = figure(10, 1, 100_000, "epochs")
    patience: int = figure(0, 0, 100_000, "epochs")
    batch_size: int = figure(256, 1, 60_000, "images")
    optimizer: Optimizer = "adamw"
    learning_rate: float = figure(1e-3, 5e-324, 10, "a step")  # over 0
    schedule: Schedule = "cosine"
    warmup_epochs: float = figure(1.0, 0, 100_000, "epochs")
    weight_decay: float = figure(0.0, 0, 10, "a step")
    class_weights: ClassWeights = "none"
    label_smoothing: float = figure(0.0, 0, 0.95, "share")
    average_decay: float = figure(0.0, 0, 0.999_999, "a step")
    precision: Precision = "float32"
    least_share: float = figure(0.1, 0, 0.95, "share")
    validation_size: int = figure(5_000, 0, 60_000, "images")
    seed: int = figure(0, 0, MAX_SEED)

    def __post_init__(self) -> None:
        super().__post_init__()
        waits = self.patience and not self.validation_size
        check("--patience", not waits, self.patience, "0 where validation_size is 0")
        count = self.validation_size
        check("validation_size", not 0 < count < FEWEST_HELD_OUT, count, RANGE_HELD_OUT)

    def override(self, **changes: Any) -> "TrainConfig":
        """Return a copy with every change that is not None, also of what is in its parts.

        Args:
            **changes: By the names of the fields of this class and of its parts: no two of them
                have one in common.
        """
        given = {name: value for name, value in changes.items() if value is not None}
        parts = {
            part: replace(getattr(self, part), **{n: given.pop(n) for n in names & given.keys()})
            for part, names in _NAMES.items()
        }
        return replace(self, **parts, **given)

    def to_dict(self) -> dict[str, Any]:
        """Return nested plain values, as `model.json` holds them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "TrainConfig":
        """Return what `to_dict` was made from, also after it went through JSON.

        Raises:
            KeyError, TypeError, ValueError: These are not the values of a config.
        """
        values = with_current_names(values)
        model = values["model"]
        tuples = {
            "widths": tuple(model["widths"]),
            "blocks": tuple(tuple(block) for block in model["blocks"]),
        }
        parts = {
            "model": ModelConfig(**model | tuples),
            "distortion": DistortionConfig(**values["distortion"]),
            # not in the first versions
            "degradations": DegradationConfig(**values.get("degradations", {})),
        }
        return cls(**values | parts)

    def flat(self) -> dict[str, Any]:
        """Return every figure by its name, those of the parts among them."""
        own = {name: value for name, value in vars(self).items() if name not in PARTS}
        return own | {k: v for part in PARTS for k, v in vars(getattr(self, part)).items()}


def with_current_names(value: Any) -> Any:
    """Return what a JSON file holds of a config, under the names that settings have now."""
    if not isinstance(value, dict):
        return value
    return {FORMER_NAMES.get(k, k): with_current_names(inner) for k, inner in value.items()}


_NAMES = {part: {f.name for f in fields(config)} for part, config in PARTS.items()}
