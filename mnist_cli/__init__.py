"""Train, measure and use networks that read handwritten digits."""

__version__ = "0.1.0"
