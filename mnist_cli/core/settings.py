"""`--set NAME=VALUE`: any figure of a run's config, as text."""

import difflib
from collections.abc import Callable
from typing import Any, get_type_hints

from mnist_cli.core.config import PARTS, ModelConfig, TrainConfig
from mnist_cli.core.errors import UsageError
from mnist_cli.core.recipes import GOING_ON


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
_TYPES: dict[str, Any] = {
    name: kind
    for config in (*PARTS.values(), TrainConfig)
    for name, kind in get_type_hints(config).items()
    if name not in {*PARTS, "arch", "recipe"}
}
WORDS = ", ".join(_TYPES)
# what stays as it was where training goes on from a version: its network, and which images were
# held out, or some that it was trained on would be validated on
OF_VERSION = {"arch", "recipe", "seed", "validation_size", *get_type_hints(ModelConfig)}


def parse(assignments: list[str]) -> dict[str, Any]:
    """Turn `name=value` texts into what `TrainConfig.override` takes.

    Raises:
        UsageError: A text has no `=`, names nothing, or its value is of another type.
    """
    settings = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or name not in _TYPES:
            close = difflib.get_close_matches(name, _TYPES, 1)
            raise UsageError(
                f"--set takes NAME=VALUE. Received: {assignment!r}.",
                hint=f"Did you mean {close[0]}=?" if close else f"Names: {WORDS}.",
            )
        read, expected = _PARSERS.get(_TYPES[name], (str, "a word"))
        try:
            settings[name] = read(text)
        except ValueError as error:
            raise UsageError(f"{name} must be {expected}. Received: {text!r}.") from error
    return settings


def differences(config: TrainConfig, given: dict[str, Any]) -> list[str]:
    """Say in which settings a config is not as asked for; None is not asked for."""
    own = config.flat()
    return [
        f"{name} is {own[name]}, not {value}"
        for name, value in given.items()
        if value is not None and own[name] != value
    ]


def go_on(config: TrainConfig, given: dict[str, Any]) -> TrainConfig:
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
    return config.override(**GOING_ON).override(**changes)
