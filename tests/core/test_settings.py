from typing import Any

import pytest

from mnist_cli.core import settings
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.errors import ExitCode, UsageError
from mnist_cli.core.models.recipes import FINE_TUNING, RECIPES
from tests.conftest import Events


@pytest.mark.parametrize(
    ("assignment", "name", "value"),
    [
        ("epochs=3", "epochs", 3),
        ("seed=0", "seed", 0),
        ("learning_rate=3e-3", "learning_rate", 0.003),
        ("elastic_px=1", "elastic_px", 1.0),
        ("initializer=he_uniform", "initializer", "he_uniform"),
        ("precision=bfloat16", "precision", "bfloat16"),
        ("widths=800,400", "widths", (800, 400)),
        ("widths=64", "widths", (64,)),
        ("widths=", "widths", ()),
        ("blocks=32,32/64,64", "blocks", ((32, 32), (64, 64))),
        ("blocks=16", "blocks", ((16,),)),
        ("blocks=", "blocks", ()),
    ],
)
def test_a_value_is_read_as_what_its_name_holds(assignment: str, name: str, value: object) -> None:
    parsed = settings.parse([assignment])

    assert parsed == {name: value}
    assert type(parsed[name]) is type(value)


def test_several_are_read_and_none_is_nothing() -> None:
    assert settings.parse(["epochs=3", "dropout=0.5"]) == {"epochs": 3, "dropout": 0.5}
    assert settings.parse([]) == {}


@pytest.mark.parametrize(
    "twice", [["epochs=3", "epochs=4"], ["struck=0.1", "probability=0.3"], ["seed=1", "seed=1"]]
)
def test_what_is_set_twice_is_refused(twice: list[str]) -> None:
    with pytest.raises(UsageError, match=f"{twice[1].split('=')[0]} is set twice"):
        settings.parse(twice)


@pytest.mark.parametrize("config", RECIPES.values(), ids=str)
def test_every_figure_of_a_recipe_can_be_set(config: TrainConfig) -> None:
    figures = {k: v for k, v in config.flat().items() if k not in {"arch", "recipe"}}
    parsed = settings.parse(
        [f"{name}={settings.as_text(value)}" for name, value in figures.items()]
    )

    assert parsed == figures
    assert all(name in settings.WORDS for name in figures)


@pytest.mark.parametrize("config", RECIPES.values(), ids=str)
def test_every_figure_that_can_be_set_is_explained(config: TrainConfig) -> None:
    described = {one.name: one for one in settings.describe(config)}

    figures = {k: v for k, v in config.flat().items() if k not in {"arch", "recipe"}}
    assert set(described) == set(figures)
    for name, one in described.items():
        assert settings.parse([f"{name}={one.default}"]) == {name: figures[name]}
        assert one.range
        assert one.meaning[0].isupper() or name in {"optimizer", "class_weights"}
        assert len(one.meaning) > 10
        assert one.unit or isinstance(figures[name], str) or name == "seed"


@pytest.mark.parametrize(
    ("name", "group", "unit", "values"),
    [
        ("rotation_deg", "distortion", "degrees", "0 to 180"),
        ("learning_rate", "training", "a step", "over 0, up to 10"),
        ("widths", "model", "units", "whole numbers, as 800,400"),
        ("schedule", "training", "", "cosine, linear, constant"),
        ("haze", "degradations", "strength", "0 to 2"),
        ("seed", "training", "", "0 to 4294967295"),
    ],
)
def test_a_figure_has_its_group_unit_and_range(
    name: str, group: str, unit: str, values: str
) -> None:
    (one,) = (one for one in settings.describe(TrainConfig()) if one.name == name)

    assert (one.group, one.unit, one.range) == (group, unit, values)


@pytest.mark.parametrize("assignment", ["learning_rat=1", "learning-rate=1", "learning_rate"])
def test_what_is_nearly_a_name_is_refused_with_the_name(assignment: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.parse(["epochs=3", assignment])

    name, equals, _ = assignment.partition("=")
    unknown = f"No setting {name!r}; " if equals else ""
    assert caught.value.message == f"{unknown}--set takes NAME=VALUE. Received: {assignment!r}."
    assert "Did you mean learning_rate" in caught.value.hint
    assert caught.value.exit_code == ExitCode.USAGE


@pytest.mark.parametrize(
    ("name", "meant"),
    [("lr", "learning_rate"), ("units", "widths"), ("hidden", "widths"), ("batch", "batch_size")],
)
def test_a_name_that_a_setting_has_elsewhere_is_understood(name: str, meant: str) -> None:
    with pytest.raises(UsageError, match=f"No setting '{name}'") as caught:
        settings.parse([f"{name}=1"])

    assert caught.value.hint == f"Did you mean {meant}=?"


@pytest.mark.parametrize("assignment", ["", "=", "=3", "xyzzy=3", "model=3", "recipe=best"])
def test_what_is_no_name_is_refused(assignment: str) -> None:
    with pytest.raises(UsageError, match="--set takes NAME=VALUE") as caught:
        settings.parse([assignment])

    assert caught.value.hint


def test_what_is_like_no_name_is_answered_with_all_of_them() -> None:
    with pytest.raises(UsageError) as caught:
        settings.parse(["xyzzy=3"])

    assert caught.value.hint == f"Names: {settings.WORDS}."


@pytest.mark.parametrize(
    ("assignment", "words"),
    [
        ("epochs=1.5", "epochs must be a whole number. Received: '1.5'."),
        ("epochs=", "epochs must be a whole number. Received: ''."),
        ("epochs=" + "9" * 5000, "epochs must be a whole number"),
        ("dropout=half", "dropout must be a number. Received: 'half'."),
        ("dropout=0,5", "dropout must be a number"),
        ("widths=800;400", "widths must be whole numbers, as 800,400"),
        ("widths=800,,400", "widths must be whole numbers"),
        ("widths=8/4", "widths must be whole numbers"),
        ("blocks=32,32/a", "blocks must be whole numbers, as 32,32/64,64"),
    ],
    ids=lambda text: text[:20],
)
def test_a_value_of_another_kind_is_refused(assignment: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        settings.parse([assignment])

    assert words in caught.value.message


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        ({}, []),
        ({"seed": 5}, []),
        ({"epochs": 3, "seed": 5, "shear": 0.5}, ["epochs=3", "shear=0.5"]),
        ({"widths": (8, 4), "learning_rate": 1e-5}, ["learning_rate=1e-05", "widths=8,4"]),
        ({"recipe": "mine", "epochs": 3}, []),  # of a recipe that is not known
    ],
)
def test_what_was_set_is_told_as_it_is_set(given: dict[str, Any], changes: list[str]) -> None:
    config = RECIPES["dense", "standard"].override(**given)

    assert settings.changes(config) == changes
    assert RECIPES["dense", "standard"].override(
        seed=given.get("seed"), recipe=given.get("recipe"), **settings.parse(changes)
    ) == (config if "recipe" not in given else config.override(epochs=14))


# going on from a version


def test_a_run_from_a_version_is_short_and_slow_and_else_as_the_version() -> None:
    config = RECIPES["dense", "best"].override(seed=3, rotation_deg=1)
    changed = settings.fine_tune(config, {"arch": None, "epochs": None, "seed": 3, "shear": 0.5})

    assert changed == config.override(**FINE_TUNING, shear=0.5)
    assert changed.epochs < config.epochs
    assert changed.learning_rate < config.learning_rate


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("arch", "cnn"),
        ("recipe", "quick"),
        ("widths", (8,)),
        ("dropout", 0.5),
        ("seed", 1),
        ("validation_size", 100),
    ],
)
def test_what_a_version_decides_can_not_be_changed(name: str, value: object) -> None:
    with pytest.raises(UsageError, match=f"has other settings: {name} is ") as caught:
        settings.fine_tune(RECIPES["dense", "standard"], {name: value, "epochs": 1})

    assert "--from" in caught.value.hint


def test_a_setting_that_has_another_name_now_is_taken_and_told(events: Events) -> None:
    assert settings.parse(["struck=0.2", "variants=1"]) == {"probability": 0.2, "glyph_variants": 1}

    assert events.of("settings.renamed")[0] == {"name": "struck", "now": "probability"}


def test_a_renamed_part_of_the_config_is_no_setting(events: Events) -> None:
    with pytest.raises(UsageError, match="Received: 'wear=1'") as caught:
        settings.parse(["wear=1"])

    assert caught.value.hint == f"Names: {settings.WORDS}."
    assert not events.of("settings.renamed")
