"""Functions that take a dataclass, shown as if they took its fields."""

from collections.abc import Callable
from inspect import Signature, signature
from typing import Any


def unfolded(function: Callable[..., Any]) -> tuple[type[Any], Signature]:
    """Unfold the second of a function's two parameters, which is a dataclass.

    Typer makes options of the parameters of a function, and FastAPI a query: both go by the
    signature that a function states.

    Returns:
        The dataclass, and a signature of the first parameter and the dataclass's fields.
    """
    first, second = signature(function).parameters.values()
    kind: type[Any] = second.annotation
    return kind, Signature([first, *signature(kind).parameters.values()])
