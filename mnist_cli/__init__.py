"""Train, measure and use networks that read handwritten digits."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_cli.cli.verbs import evaluate, train
    from mnist_cli.reading.reader import Reader

__version__ = "0.1.0"
__all__ = ["Reader", "__version__", "evaluate", "train"]


def __getattr__(name: str) -> Any:
    """Load a name on first use: it brings NumPy, OpenCV or LiteRT with it."""
    if name == "Reader":
        from mnist_cli.reading.reader import Reader

        return Reader
    if name in {"evaluate", "train"}:
        from mnist_cli.cli import verbs

        return getattr(verbs, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
