import json
import math
from dataclasses import fields
from typing import get_type_hints

import pytest

from mnist_cli.core.config import DegradationConfig, DistortionConfig, ModelConfig, TrainConfig
from mnist_cli.core.errors import ExitCode, UsageError
from mnist_cli.core.models.recipes import RECIPES

CONFIGS = (ModelConfig, DistortionConfig, DegradationConfig, TrainConfig)
CNN = TrainConfig(model=ModelConfig(arch="cnn", stem=4))
LIMITS: dict[str, tuple[float, float]] = {
    "stem": (0, 10_000),
    "towers": (1, 100),
    "dropout": (0.0, 0.95),
    "rotation_deg": (0.0, 180.0),
    "scale": (0.0, 0.9),
    "shear": (0.0, 2.0),
    "shift_px": (0.0, 28.0),
    "elastic_px": (0.0, 28.0),
    "elastic_sigma_px": (0.5, 28.0),
    "final_strength": (0.0, 1.0),
    **dict.fromkeys(vars(DegradationConfig()), (0.0, 2.0)),
    "probability": (0.001, 1.0),
    "glyph_variants": (0.0, 1.0),
    "outliers": (0.0, 1.0),
    "epochs": (1, 100_000),
    "patience": (0, 100_000),
    "batch_size": (1, 60_000),
    "learning_rate": (math.nextafter(0, 1), 10.0),
    "warmup_epochs": (0.0, 100_000.0),
    "weight_decay": (0.0, 10.0),
    "label_smoothing": (0.0, 0.95),
    "average_decay": (0.0, 0.999_999),
    "least_share": (0.0, 0.95),
    "validation_size": (0, 60_000),
    "seed": (0, 2**32 - 1),
}
NUMBERS = {
    name: kind
    for config in CONFIGS
    for name, kind in get_type_hints(config).items()
    if kind in {int, float}
}


def beyond(name: str) -> tuple[float, float]:
    """Return the next number below the lowest that is accepted, and above the highest."""
    low, high = LIMITS[name]
    if NUMBERS[name] is int:
        return low - 1, high + 1
    return math.nextafter(low, -math.inf), math.nextafter(high, math.inf)


def test_without_images_held_out_there_is_nothing_to_be_patient_for() -> None:
    with pytest.raises(UsageError, match="--patience must be 0 where validation_size is 0"):
        TrainConfig(validation_size=0, patience=3)


def test_a_few_images_held_out_tell_nothing() -> None:
    with pytest.raises(UsageError, match=r"must be 0, or 10 to 60000\. Received: 9"):
        TrainConfig(validation_size=9)


def test_every_number_of_a_config_has_its_limits() -> None:
    assert set(LIMITS) == set(NUMBERS)


@pytest.mark.parametrize("name", LIMITS)
def test_limits_themselves_are_accepted_and_the_next_number_is_not(name: str) -> None:
    base = CNN.override(blocks=((4,),))  # so that there may be no stem
    for value in LIMITS[name]:
        assert base.override(**{name: value}).flat()[name] == value
    for value in beyond(name):
        with pytest.raises(UsageError, match="Received") as caught:
            base.override(**{name: value})
        assert name in caught.value.message.replace("-", "_")
        assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize("name", [name for name, kind in NUMBERS.items() if kind is float])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused(name: str, value: float) -> None:
    with pytest.raises(UsageError, match=f"Received: {value}"):
        TrainConfig().override(**{name: value})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": 0}, "--epochs must be 1 to 100000. Received: 0."),
        ({"learning_rate": -1e-3}, "--learning-rate must be over 0, up to 10. Received: -0.001."),
        ({"seed": 2**32}, "--seed must be 0 to 4294967295. Received: 4294967296."),
        ({"dropout": 1.0}, "dropout must be 0 to 0.95. Received: 1.0."),
        ({"widths": (8, 0)}, "widths and blocks must be 1 to 10000. Received: 0."),
        ({"widths": (10_001,)}, "Received: 10001."),
        ({"arch": "cnn", "blocks": ((8,), (-1,))}, "Received: -1."),
        ({"stem": 4}, "a cnn's"),
        ({"blocks": ((4,),)}, "a cnn's"),
        ({"arch": "cnn"}, "a cnn's"),
        ({"towers": 0}, "towers must be 1 to 100. Received: 0."),
    ],
    ids=str,
)
def test_what_no_run_could_be_made_of_is_refused_by_its_name(
    changes: dict[str, object], words: str
) -> None:
    with pytest.raises(UsageError) as caught:
        TrainConfig().override(**changes)

    assert words in caught.value.message


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("optimizer", ("adamw", "sgd")),
        ("schedule", ("cosine", "linear", "constant")),
        ("class_weights", ("none", "balanced")),
        ("precision", ("auto", "float32", "bfloat16")),
        ("arch", ("dense", "cnn")),
        ("initializer", ("he_normal", "he_uniform", "glorot_normal", "glorot_uniform")),
    ],
)
def test_a_word_that_is_no_choice_is_refused_with_the_choices(
    name: str, choices: tuple[str, ...]
) -> None:
    with pytest.raises(UsageError) as caught:
        TrainConfig().override(**{name: "nonsense"})

    assert caught.value.message == f"{name} must be {', '.join(choices)}. Received: nonsense."
    for choice in choices:
        assert CNN.override(**{name: choice} if name != "arch" else {}) is not None


@pytest.mark.parametrize(
    ("stem", "blocks", "fits"),
    [
        (0, ((4,),) * 5, True),  # 28, 14, 7, 3, 1
        (0, ((4,),) * 6, False),
        (4, ((4,),) * 4, True),
        (4, ((4,),) * 5, False),
        (4, (), True),
    ],
)
def test_a_cnn_leaves_a_pixel_at_least(
    stem: int, blocks: tuple[tuple[int, ...], ...], *, fits: bool
) -> None:
    if fits:
        ModelConfig(arch="cnn", stem=stem, blocks=blocks)
        return
    with pytest.raises(UsageError, match="blocks must be"):
        ModelConfig(arch="cnn", stem=stem, blocks=blocks)


def test_override_leaves_out_what_is_none_but_not_zero() -> None:
    config = TrainConfig(epochs=3, seed=7)

    assert config.override(epochs=None, seed=0) == TrainConfig(epochs=3, seed=0)
    assert config.seed == 7


def test_override_reaches_into_the_parts_and_leaves_the_rest() -> None:
    changed = TrainConfig(seed=7).override(widths=(), dropout=0.5, elastic_px=1.5, batch_size=32)

    assert changed == TrainConfig(
        model=ModelConfig(widths=(), dropout=0.5),
        distortion=DistortionConfig(elastic_px=1.5),
        batch_size=32,
        seed=7,
    )


def test_override_knows_no_other_names() -> None:
    with pytest.raises(TypeError, match="nonsense"):
        TrainConfig().override(nonsense=1)


def test_no_two_parts_have_a_name_in_common() -> None:
    names = [field.name for config in CONFIGS for field in fields(config)]

    assert len(set(names)) == len(names)


@pytest.mark.parametrize("config", RECIPES.values(), ids=str)
def test_the_flat_figures_of_a_recipe_make_it_again(config: TrainConfig) -> None:
    flat = config.flat()

    assert set(flat) == {f.name for c in CONFIGS for f in fields(c)} - {
        "model",
        "distortion",
        "degradations",
    }
    assert (flat["widths"], flat["epochs"]) == (config.model.widths, config.epochs)
    assert TrainConfig().override(**flat) == config


@pytest.mark.parametrize("config", RECIPES.values(), ids=str)
def test_a_recipe_comes_back_from_json(config: TrainConfig) -> None:
    read = json.loads(json.dumps(config.to_dict(), allow_nan=False))

    assert TrainConfig.from_dict(read) == config
    assert set(read) == {field.name for field in fields(config)}


def test_a_config_is_plain_values() -> None:
    config = CNN.override(widths=(64, 32), blocks=((8, 8), (16,)), elastic_px=1.5, seed=5)

    read = json.loads(json.dumps(config.to_dict()))

    assert (read["model"]["widths"], read["model"]["blocks"]) == ([64, 32], [[8, 8], [16]])
    assert (read["distortion"]["elastic_px"], read["seed"]) == (1.5, 5)
    assert TrainConfig.from_dict(read) == config


@pytest.mark.parametrize(("key", "config"), RECIPES.items())
def test_a_recipe_is_filed_under_its_own_name(key: tuple[str, str], config: TrainConfig) -> None:
    assert key == (config.model.arch, config.recipe)


def test_a_config_with_former_names_is_read() -> None:
    config = TrainConfig(
        degradations=DegradationConfig(probability=0.3, haze=1.0), glyph_variants=0.5, outliers=0.25
    )
    former = config.to_dict()
    former["wear"] = former.pop("degradations")
    former["wear"]["struck"] = former["wear"].pop("probability")
    former["variants"], former["non_digits"] = former.pop("glyph_variants"), former.pop("outliers")

    assert TrainConfig.from_dict(former) == config
