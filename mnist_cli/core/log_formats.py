"""Events as lines: JSON for a file, text for a person."""

import json
import logging
import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

Field = str | float | bool | None | list[str]


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, event, then the fields; a traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:  # noqa: D102
        document: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
        }
        document |= {key: _plain(value) for key, value in _fields(record).items()}
        if record.exc_info:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(document)


class TextFormatter(logging.Formatter):
    """`09:15:02 training.epoch_end  epoch=3 loss=0.0412`, with a warning marked as such.

    Attributes:
        words: Says events in other words, by their names.
    """

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, Callable[[dict[str, Any]], str]] = {}

    def format(self, record: logging.LogRecord) -> str:  # noqa: D102
        clock = datetime.fromtimestamp(record.created).astimezone().strftime("%H:%M:%S")
        mark = f"{record.levelname.lower()}: " if record.levelno >= logging.WARNING else ""
        if words := self.words.get(record.getMessage()):
            return f"{clock} {mark}{words(_fields(record))}"
        fields = " ".join(f"{key}={_shown(value)}" for key, value in _fields(record).items())
        return f"{clock} {mark}{record.getMessage()}  {fields}".rstrip()


def _fields(record: logging.LogRecord) -> dict[str, Field]:
    fields: dict[str, Field] = getattr(record, "fields", {})
    return fields


def _plain(value: Field) -> Field:
    """Round a float to what it can mean; JSON has no NaN."""
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else str(value)
    return value


def _shown(value: Field) -> str:
    value = _plain(value)
    if isinstance(value, str):
        plain = value.isprintable() and value.isascii() and " " not in value and value
        return value if plain else json.dumps(value)
    return json.dumps(value)
