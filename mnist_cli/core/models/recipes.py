"""The recipes: what to train, for how long, as data.

Nothing in the code asks for a recipe's name; `tests/benchmarks/` measures them, and
`tests/benchmarks/recipes.md` holds what was tried.
"""

from mnist_cli.core.choices import Arch, Recipe
from mnist_cli.core.config import DegradationConfig, DistortionConfig, ModelConfig, TrainConfig

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
            rotation_deg=12, scale=0.15, shear=0.15, shift_px=2, elastic_px=1.1
        ),
        epochs=80,
        label_smoothing=0.05,
        average_decay=0.998,
        precision="auto",
    ),
    ("cnn", "quick"): TrainConfig(
        recipe="quick",
        model=ModelConfig(arch="cnn", stem=16, blocks=((32,), (64,)), widths=(64,)),
        distortion=DistortionConfig(rotation_deg=8, scale=0.1, shear=0.1, shift_px=1),
        epochs=6,
        learning_rate=4e-3,
        label_smoothing=0.05,
        precision="auto",
    ),
    ("cnn", "standard"): TrainConfig(
        recipe="standard",
        model=ModelConfig(arch="cnn", stem=16, blocks=((32,), (64,)), widths=(128,)),
        distortion=DistortionConfig(rotation_deg=10, scale=0.1, shear=0.1, shift_px=2),
        epochs=10,
        batch_size=128,
        learning_rate=3e-3,
        label_smoothing=0.05,
        precision="auto",
    ),
    ("cnn", "best"): TrainConfig(
        recipe="best",
        model=ModelConfig(arch="cnn", stem=24, blocks=((48, 48), (96, 96)), widths=(64,), towers=3),
        distortion=DistortionConfig(rotation_deg=12, scale=0.12, shear=0.12, shift_px=2),
        epochs=16,
        batch_size=128,
        learning_rate=2e-3,
        label_smoothing=0.05,
        precision="auto",
    ),
    # of the model in the package: it is to read any hand's digits off any picture
    ("cnn", "bundled"): TrainConfig(
        recipe="bundled",
        model=ModelConfig(arch="cnn", stem=24, blocks=((40,), (80,)), widths=(192,)),
        distortion=DistortionConfig(
            rotation_deg=10, scale=0.12, shear=0.12, shift_px=2, elastic_px=0.2
        ),
        degradations=DegradationConfig(
            **dict.fromkeys(vars(DegradationConfig()), 1) | {"probability": 0.07}
        ),
        glyph_variants=0.6,
        outliers=0.25,
        epochs=26,
        batch_size=128,
        learning_rate=2e-3,
        label_smoothing=0.05,
        average_decay=0.999,
        precision="auto",
        least_share=0.12,
    ),
}

# Of a run that goes on from a version, whose other figures are that version's. Chosen, with
# least_share, on dense/standard by the images held out: means of seeds 0, 1, 2 of what
# `tests/benchmarks/own_digits.py` measures, from 86.63 % of the writer's and 99.23 % of MNIST's.
#
# least_share  epochs  learning_rate    the writer's  MNIST's
# 0            3       3e-4             88.50         99.27
# 0.05         3       3e-4             91.83         99.20
# 0.2          3       3e-4             92.77         99.12
# 0.1          3       1e-4             91.73         99.20
# 0.1          3       2e-4             92.57         99.20
# 0.1          3       5e-4             92.83         99.14
# 0.1          5       1e-3             92.90         99.18
# 0.1          5       3e-4             92.73         99.22
# 0.1          8       2e-4, averaged   92.43         99.21
# 0.1          8       3e-4             93.10         99.24: best in both
FINE_TUNING = {"epochs": 8, "learning_rate": 3e-4, "warmup_epochs": 0.5}
