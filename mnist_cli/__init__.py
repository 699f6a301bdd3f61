"""Train, measure and use networks that read handwritten digits."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_cli.api.evaluate import evaluate
    from mnist_cli.api.train import train
    from mnist_cli.reading.reader import Reader

__version__ = "0.1.0"
__all__ = ["Reader", "__version__", "evaluate", "train"]

_HOMES = {"Reader": "reading.reader", "evaluate": "api.evaluate", "train": "api.train"}


def __getattr__(name: str) -> Any:
    """Load a name on first use: it brings NumPy, OpenCV or LiteRT with it."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
