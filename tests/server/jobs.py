"""Jobs and classifiers to try a pool with; its processes import this, so it is light."""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.core.errors import ModelError
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server.jobs import Answer


class Unread:
    """A classifier that no job here asks."""

    version: str | None = "7"
    sha256 = "0" * 64
    size_bytes = 0
    class_names = DIGITS

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        raise NotImplementedError


def opened() -> Classifier:
    return Unread()


def refused() -> Classifier:
    raise ModelError("It is damaged.", hint="Train another.")


def crashing() -> Classifier:
    os._exit(1)


@dataclass(frozen=True)
class OpensOnce:
    """Opens until its file is gone."""

    path: Path

    def __call__(self) -> Classifier:
        try:
            self.path.read_bytes()
        except OSError as error:
            raise ModelError("It is gone.") from error
        return Unread()


@dataclass(frozen=True)
class Echo:
    """Says what it was told, and which process says so."""

    text: str = ""

    def answer(self, _: Classifier) -> Answer:
        return Answer(self.text.encode(), headers={"pid": str(os.getpid())})


@dataclass(frozen=True)
class Sleep:
    seconds: float

    def answer(self, _: Classifier) -> Answer:
        time.sleep(self.seconds)
        return Answer(b"rested")


class Crash:
    def answer(self, _: Classifier) -> Answer:
        os._exit(1)


class Bug:
    def answer(self, _: Classifier) -> Answer:
        raise RuntimeError("what was not thought of")
