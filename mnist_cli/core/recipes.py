"""The recipes: what to train, for how long, as data.

Nothing in the code asks for a recipe's name; `tests/benchmarks/` measures them.
"""

from typing import Literal

from mnist_cli.core.config import Arch, DistortionConfig, ModelConfig, TrainConfig

Recipe = Literal["quick", "standard", "best"]

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
    ("dense", "best"): TrainConfig(
        recipe="best",
        model=ModelConfig(widths=(2500, 1500)),
        distortion=DistortionConfig(
            rotation_deg=12,
            scale=0.15,
            shear=0.15,
            shift_px=2,
            elastic_px=1.1,
        ),
        epochs=80,
        label_smoothing=0.05,
        average_decay=0.998,
        precision="auto",
    ),
    ("cnn", "quick"): TrainConfig(
        recipe="quick",
        model=ModelConfig(arch="cnn", stem=16, blocks=((32,), (64,)), widths=(64,)),
        distortion=DistortionConfig(
            rotation_deg=6, scale=0.08, shear=0.08, shift_px=0.5, elastic_px=0.5
        ),
        epochs=6,
        learning_rate=4e-3,
        label_smoothing=0.05,
        precision="auto",
    ),
    ("cnn", "standard"): TrainConfig(
        recipe="standard",
        model=ModelConfig(arch="cnn", stem=24, blocks=((48,), (96,)), widths=()),
        distortion=DistortionConfig(
            rotation_deg=8,
            scale=0.1,
            shear=0.1,
            shift_px=0.5,
            elastic_px=0.8,
            final_strength=0.3,
        ),
        epochs=8,
        batch_size=128,
        learning_rate=3e-3,
        label_smoothing=0.05,
        precision="auto",
    ),
    ("cnn", "best"): TrainConfig(
        recipe="best",
        model=ModelConfig(
            arch="cnn", stem=32, blocks=((48, 48), (96, 96)), widths=(128,), dropout=0.4
        ),
        distortion=DistortionConfig(
            rotation_deg=12, scale=0.15, shear=0.15, shift_px=1.5, elastic_px=1.1
        ),
        epochs=36,
        batch_size=128,
        learning_rate=2e-3,
        label_smoothing=0.05,
        average_decay=0.999,
        precision="auto",
    ),
}
