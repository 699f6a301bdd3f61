"""What stands in a version's `model.json`, entry by entry, so that a damaged one is found at once.

A manifest of another version of this tool may have fewer entries or more; those that are known are
of their kinds.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.class_names import check_class_names

SCHEMA = 1
HOTTEST = 1e3  # temperature, and one over it the coldest: beyond them logits lose their meaning
NUMBERED_READINGS = 3  # before a digest told which reading a version was made for
LARGEST_COUNT = 10**15
LONGEST_TEXT = 10_000  # characters; figures and tables show them
DEEPEST = 12  # lists and objects in each other

_FILE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}", re.ASCII)
_DIGEST = re.compile(r"[0-9a-f]{16}", re.ASCII)

Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= LONGEST_TEXT


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_COUNT


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value) and abs(value) <= LARGEST_COUNT


def _is_reading(value: Any) -> bool:
    if isinstance(value, str):
        return bool(_DIGEST.fullmatch(value))
    return _is_count(value) and 1 <= value <= NUMBERED_READINGS


def is_temperature(value: Any) -> bool:
    """Tell whether a value is a temperature under which logits keep their meaning."""
    return _is_number(value) and 1 / HOTTEST < value < HOTTEST


def check_note(temperature: Any, class_names: Any) -> tuple[float, tuple[str, ...]]:
    """Return what a file that was exported says of its model.

    Raises:
        ValueError: The temperature is none.
        ClassNamesError: The names are not ten that can be shown.
    """
    if not is_temperature(temperature):
        raise ValueError("its temperature is none")
    return float(temperature), check_class_names(class_names)


CHECKS: dict[str, Check] = {
    "a text": _is_text,
    "true or false": lambda value: isinstance(value, bool),
    "a whole number": _is_count,
    "a whole number from 1": lambda value: _is_count(value) and value > 0,
    "a number": _is_number,
    "a number from 0 to 1": lambda value: _is_number(value) and 0 <= value <= 1,
    "a number from 0 to 1, or null": lambda v: v is None or (_is_number(v) and 0 <= v <= 1),
    "a temperature": is_temperature,
    f"{SCHEMA}, or the version is of a newer tool": lambda v: _is_count(v) and v == SCHEMA,
    "the digest of a reading that is known": _is_reading,
}
NEEDED = (
    *("config.model.arch", "config.recipe", "config.seed", "created", "temperature", "files"),
    *("metrics.val_accuracy", "metrics.chosen_epoch", "data.name", "data.sha256"),
)
NEEDED_WITH = {  # if it is there
    "data.sources.[]": ("name", "sha256"),
    "from": ("version",),
    "metrics.worn": ("n", "right"),
    "metrics.folds": ("folds", "n", "right"),
    "metrics.val_sources.[]": ("name", "n", "right"),
}
KINDS = {  # of the entries that are there; [] is each of a list, * of an object
    "schema": f"{SCHEMA}, or the version is of a newer tool",
    "created": "a text",
    "run": "a text",
    "parameters": "a whole number",
    "changes.[]": "a text",
    "note": "a text",
    "temperature": "a temperature",
    "normalisation": "the digest of a reading that is known",
    "config.epochs": "a whole number from 1",
    "config.validation_size": "a whole number",
    "metrics.val_accuracy": "a number from 0 to 1, or null",
    "metrics.val_n": "a whole number",
    "metrics.chosen_epoch": "a whole number from 1",
    "metrics.epochs": "a whole number from 1",
    "metrics.train_s": "a number",
    "metrics.images_per_s": "a number",
    "metrics.folds.folds": "a whole number from 1",
    "metrics.folds.n": "a whole number from 1",
    "metrics.folds.right": "a whole number",
    "metrics.worn.n": "a whole number from 1",
    "metrics.worn.right": "a whole number",
    "metrics.worn.reader": "a text",
    "metrics.worn.reader_sha256": "a text",
    "metrics.worn.reader_right": "a whole number",
    "metrics.worn.p_value": "a number from 0 to 1",
    "metrics.val_sources.[].name": "a text",
    "metrics.val_sources.[].n": "a whole number",
    "metrics.val_sources.[].right": "a whole number",
    "data.name": "a text",
    "data.n": "a whole number",
    "data.repeated": "a whole number",
    "data.contradicting": "a whole number",
    "data.sha256": "a text",
    "data.sources.[].name": "a text",
    "data.sources.[].n": "a whole number",
    "data.sources.[].sha256": "a text",
    "from.version": "a text",
    "from.sha256": "a text",
    "versions.*": "a text",
    "machine.system": "a text",
    "machine.cpus": "a whole number",
    "machine.bfloat16": "true or false",
    "files.*": "a text",
}


def check_manifest(manifest: Any) -> None:
    """See that entries are there and of their kinds.

    Args:
        manifest: What `model.json` holds.

    Raises:
        ValueError: They are not; the message names the first that is not.
        ClassNamesError: The class names are not ten that can be shown.
    """
    if _depth(manifest) > DEEPEST:
        raise ValueError(f"it is over {DEEPEST} deep")
    for path, kind in (_config_kinds(TrainConfig().to_dict()) | KINDS).items():
        for value in _values(manifest, path.split(".")):
            if not CHECKS[kind](value):
                raise ValueError(f"{path} must be {kind}; received {value!r:.60}")
    _check_presence(manifest)
    for name in manifest["files"]:
        if not _FILE.fullmatch(name):
            raise ValueError(f"{name!r:.60} is no name of a version's file")
    if "class_names" in manifest:
        check_class_names(manifest["class_names"])


def _check_presence(manifest: dict[str, Any]) -> None:
    """See that what is needed is there; entries are of their kinds."""
    for path in NEEDED:
        if not list(_values(manifest, path.split("."))):
            raise ValueError(f"{path} is missing")
    for path, keys in NEEDED_WITH.items():
        for part in _values(manifest, path.split(".")):
            if missing := [key for key in keys if key not in part]:
                raise ValueError(f"{path}.{missing[0]} is missing")


def _values(node: Any, parts: Sequence[str], above: str = "it") -> Iterator[Any]:
    """Yield what stands at a path: nothing where an entry is missing."""
    if not parts:
        yield node
        return
    name, *rest = parts
    if name == "[]":
        if not isinstance(node, list):
            raise ValueError(f"{above} must be a list")
        inside = [(above, value) for value in node]
    elif not isinstance(node, dict):
        raise ValueError(f"{above} must be an object")
    else:
        inside = [(key, value) for key, value in node.items() if name in {"*", key}]
    for key, value in inside:
        yield from _values(value, rest, key)


def _config_kinds(config: dict[str, Any], above: str = "config") -> dict[str, str]:
    """Return the kind of each figure of a config, as that of its default."""
    kinds: dict[str, str] = {}
    for name, value in config.items():
        path = f"{above}.{name}"
        if isinstance(value, dict):
            kinds |= _config_kinds(value, path)
        elif isinstance(value, tuple):
            kinds[f"{path}.[].[]" if name == "blocks" else f"{path}.[]"] = "a whole number from 1"
        elif isinstance(value, str):
            kinds[path] = "a text"
        else:
            kinds[path] = "a number" if isinstance(value, float) else "a whole number"
    return kinds


def _depth(value: Any) -> int:
    """Return how deep lists and objects stand in each other, without recursion."""
    depth, level = 0, [value]
    while level:
        inside = [one for one in level if isinstance(one, list | dict)]
        level = [v for one in inside for v in (one.values() if isinstance(one, dict) else one)]
        depth += bool(inside)
    return depth
