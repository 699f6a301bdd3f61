"""Train, measure and use networks that read handwritten digits."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mnist_cli.reading.reader import Reader

__version__ = "0.1.0"
__all__ = ["Reader", "__version__"]


def __getattr__(name: str) -> Any:
    """Load Reader on first use: it brings OpenCV and LiteRT with it."""
    if name == "Reader":
        from mnist_cli.reading.reader import Reader

        return Reader
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
