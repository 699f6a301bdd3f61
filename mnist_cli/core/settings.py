"""`--set NAME=VALUE`: any figure of a run's config, as text."""

import difflib
import inspect
import re
from collections.abc import Callable, Iterator
from dataclasses import Field, asdict, dataclass, fields
from typing import Any

from mnist_cli.core import log
from mnist_cli.core.config import FORMER_NAMES, PARTS, ModelConfig, TrainConfig
from mnist_cli.core.errors import UsageError
from mnist_cli.core.models.recipes import FINE_TUNING, RECIPES
from mnist_cli.core.ranges import range_words


def _parse_widths(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",")) if text else ()


def _parse_blocks(text: str) -> tuple[tuple[int, ...], ...]:
    return tuple(_parse_widths(block) for block in text.split("/")) if text else ()


_PARSERS: dict[Any, tuple[Callable[[str], Any], str]] = {
    int: (int, "a whole number"),
    float: (float, "a number"),
    tuple[int, ...]: (_parse_widths, "whole numbers, as 800,400"),
    tuple[tuple[int, ...], ...]: (_parse_blocks, "whole numbers, as 32,32/64,64"),
}
_FIGURES: dict[str, Field[Any]] = {
    figure.name: figure
    for config in (*PARTS.values(), TrainConfig)
    for figure in fields(config)
    if figure.name not in {*PARTS, "arch", "recipe"}
}
WORDS = ", ".join(_FIGURES)
OTHER_NAMES = {  # that settings have elsewhere
    "lr": "learning_rate",
    "units": "widths",
    "hidden": "widths",
    "filters": "blocks",
    "wd": "weight_decay",
}
# what stays as it was where training goes on from a version: its network, and which images were
# held out, or some that it was trained on would be validated on
OF_VERSION = {"arch", "recipe", "seed", "validation_size", *vars(ModelConfig())}


def parse(assignments: list[str]) -> dict[str, Any]:
    """Turn `name=value` texts into what `TrainConfig.override` takes.

    Raises:
        UsageError: A text has no `=` or names nothing, two name the same, or a value is of
            another type.
    """
    settings: dict[str, Any] = {}
    for assignment in assignments:
        given, equals, text = assignment.partition("=")
        name = FORMER_NAMES.get(given, given)
        if not equals or name not in _FIGURES:
            raise _unknown(name, assignment)
        if name != given:
            log.warning("settings.renamed", name=given, now=name)
        if name in settings:
            raise UsageError(f"{name} is set twice.", hint="Give each setting once.")
        read, expected = _PARSERS.get(_FIGURES[name].type, (str, "a word"))
        try:
            settings[name] = read(text)
        except ValueError as error:
            raise UsageError(f"{name} must be {expected}. Received: {text!r}.") from error
    return settings


def _unknown(name: str, assignment: str) -> UsageError:
    """Return what says that a text sets nothing, and which name may be meant."""
    words = f"--set takes NAME=VALUE. Received: {assignment!r}."
    if "=" in assignment and name:
        words = f"No setting {name!r}; {words}"
    meant = OTHER_NAMES.get(name.lower()) or next(
        iter(difflib.get_close_matches(name, _FIGURES, 1)), None
    )
    return UsageError(words, hint=f"Did you mean {meant}=?" if meant else f"Names: {WORDS}.")


def differences(config: TrainConfig, given: dict[str, Any]) -> list[str]:
    """Say in which settings a config is not as asked for; None is not asked for."""
    own = config.flat()
    return [
        f"{name} is {own[name]}, not {value}"
        for name, value in given.items()
        if value is not None and own[name] != value
    ]


def changes(config: TrainConfig) -> list[str]:
    """Say in what a config differs from its recipe, the seed apart, as `--set` takes it."""
    key = config.model.arch, config.recipe
    recipe = next((made for name, made in RECIPES.items() if name == key), config).flat()
    return [
        f"{name}={as_text(value)}"
        for name, value in config.flat().items()
        if value != recipe[name] and name != "seed"
    ]


def fine_tune(config: TrainConfig, given: dict[str, Any]) -> TrainConfig:
    """Return the config of a run that goes on from a version: few epochs, at a low rate.

    Args:
        config: The version's.
        given: Changes, by their names in `TrainConfig.flat`; None is none.

    Raises:
        UsageError: They change what the version decides.
    """
    fixed = {name: value for name, value in given.items() if name in OF_VERSION}
    if contradictions := differences(config, fixed):
        raise UsageError(
            f"The version to go on from has other settings: {'; '.join(contradictions)}.",
            hint="Leave these options out, or train anew without --from.",
        )
    changes = {name: value for name, value in given.items() if name not in OF_VERSION}
    return config.override(**FINE_TUNING).override(**changes)


@dataclass(frozen=True)
class Setting:
    """One figure that `--set` takes.

    Attributes:
        group: What it is part of.
        name: Its name.
        default: The recipe's value, as `--set` takes it.
        unit: What it counts or measures; empty for a word.
        range: What it may be.
        meaning: What it does, a sentence.
    """

    group: str
    name: str
    default: str
    unit: str
    range: str
    meaning: str

    def to_record(self) -> dict[str, str]:
        """Return its entry in `train --settings --json`."""
        return asdict(self)


def describe(config: TrainConfig) -> list[Setting]:
    """Explain every figure of a recipe, by its groups."""
    values = config.flat()
    return [
        Setting(
            *(group, name, as_text(values[name]), figure.metadata.get("unit", "")),
            range=range_words(figure) or _PARSERS[figure.type][1],
            meaning=meaning,
        )
        for group, kind in {"training": TrainConfig, **PARTS}.items()
        for name, meaning in _meanings(kind)
        if (figure := _FIGURES.get(name))
    ]


def as_text(value: Any) -> str:
    """Return a figure's value as `--set` takes it."""
    if isinstance(value, tuple | list):
        between = "/" if value and isinstance(value[0], tuple | list) else ","
        return between.join(map(as_text, value))
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _meanings(config: type) -> Iterator[tuple[str, str]]:
    """Yield each figure's name and the first sentence on it in the config's docstring."""
    _, _, attributes = (inspect.getdoc(config) or "").partition("Attributes:\n")
    for name, text in re.findall(r"^ {4}(\w+): (.+(?:\n {8}.+)*)", attributes, re.MULTILINE):
        words = re.sub(r", in \[.*?[])]", "", " ".join(text.split()).replace("`", ""))
        yield name, re.split(r"(?<=[a-z0-9)])\. ", words)[0].rstrip(".")
