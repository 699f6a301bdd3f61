import json
from dataclasses import fields

import pytest

from mnist_cli.core.config import RECIPES, DistortionConfig, ModelConfig, TrainConfig
from mnist_cli.core.errors import ExitCode, UsageError


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"epochs": 0}, "--epochs must be 1 to 100000. Received: 0."),
        ({"epochs": 100_001}, "--epochs"),
        ({"batch_size": 0}, "--batch-size"),
        ({"batch_size": 60_001}, "--batch-size"),
        ({"learning_rate": 0.0}, "--learning-rate"),
        ({"learning_rate": -1e-3}, "--learning-rate"),
        ({"learning_rate": float("nan")}, "Received: nan"),
        ({"learning_rate": float("inf")}, "Received: inf"),
        ({"seed": -1}, "--seed"),
        ({"seed": 2**32}, "--seed must be 0 to 4294967295"),
    ],
)
def test_what_no_run_could_be_made_of_is_refused_by_its_option(
    changes: dict[str, float], words: str
) -> None:
    with pytest.raises(UsageError, match="Received") as caught:
        TrainConfig().override(**changes)

    assert words in caught.value.message
    assert caught.value.exit_code == ExitCode.USAGE


def test_limits_themselves_are_accepted() -> None:
    TrainConfig(epochs=1, batch_size=1, learning_rate=10, seed=0)
    TrainConfig(epochs=100_000, batch_size=60_000, learning_rate=1e-9, seed=2**32 - 1)


def test_override_leaves_out_what_is_none_but_not_zero() -> None:
    config = TrainConfig(epochs=3, seed=7)

    assert config.override(epochs=None, seed=0) == TrainConfig(epochs=3, seed=0)
    assert config.seed == 7


def test_a_config_is_plain_values() -> None:
    config = TrainConfig(
        model=ModelConfig(widths=(64, 32)), distortion=DistortionConfig(elastic_px=1.5), seed=5
    )

    read = json.loads(json.dumps(config.to_dict()))

    assert read["model"] | {"widths": [64, 32]} == read["model"]
    assert (read["distortion"]["elastic_px"], read["seed"]) == (1.5, 5)
    assert set(read) == {field.name for field in fields(config)}


@pytest.mark.parametrize(("key", "config"), RECIPES.items())
def test_a_recipe_is_filed_under_its_own_name(key: tuple[str, str], config: TrainConfig) -> None:
    assert key == (config.model.arch, config.recipe)
