"""What the benchmarks of reading share: the model that reads, and pictures as bytes."""

import argparse
import io
from pathlib import Path

from PIL import Image

from mnist_cli.core.store import store
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.sources import Source


def model_parser(description: str | None) -> argparse.ArgumentParser:
    """Return a parser that asks which model is to read."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--artifacts", type=Path, default=Path("artifacts"))
    return parser


def open_classifier(
    parser: argparse.ArgumentParser, options: argparse.Namespace
) -> LiteRTClassifier:
    version = store.resolve(options.model, options.artifacts).whole
    if version is None:
        parser.error("give a version")
    return LiteRTClassifier(version)


def held_out_digits() -> Digits:
    """Return the digits that pages of benchmarks are written with: no training had any."""
    return Source(1_500, None, (), held_out=True, seed=0).open()


def encoded(image: Image.Image, file_format: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **settings)
    return buffer.getvalue()
