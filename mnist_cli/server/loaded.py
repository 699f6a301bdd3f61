"""Several versions of the model, loaded side by side; each is asked for by its number or alias."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core.data.dataset import AnyImages
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server.problems import Problem

FILE = "file"  # the version of a model's file that belongs to none


@dataclass(frozen=True)
class Found:
    """A version that was found, and can be opened.

    Attributes:
        version: Its name, as `3` or `file`.
        aliases: What it goes by too.
        open: Opens it; picklable.
    """

    version: str
    aliases: tuple[str, ...]
    open: Callable[[], Classifier]


@dataclass(frozen=True)
class OpenSeveral:
    """Opens all versions that were found, in a worker.

    Attributes:
        found: The first one reads pictures.
    """

    found: tuple[Found, ...]

    def __call__(self) -> Classifier:
        """Open them.

        Raises:
            MnistError: One of them can't be.
        """
        return Several(self.found)

    @property
    def names(self) -> dict[str, str]:
        """The version behind each number and alias; where two have a name, the first."""
        names: dict[str, str] = {}
        for one in self.found:
            for name in (one.version, *one.aliases):
                names.setdefault(name, one.version)
        return names


class Several:
    """Versions of the model; as a classifier it is the first of them."""

    def __init__(self, found: tuple[Found, ...]) -> None:
        self.classifiers = {one.version: one.open() for one in found}
        self.names = OpenSeveral(found).names
        self.first = first = self.classifiers[found[0].version]
        self.version, self.sha256 = first.version, first.sha256
        self.size_bytes, self.class_names = first.size_bytes, first.class_names

    def probabilities(self, images: AnyImages) -> NDArray[np.float32]:
        """Return what the first of them says."""
        return self.first.probabilities(images)


def named(classifier: Classifier) -> str:
    """Return the name of its version."""
    return classifier.version or FILE


def chosen(classifier: Classifier, version: str | None) -> Classifier:
    """Return which one is asked for.

    Args:
        classifier: What is loaded.
        version: By number or alias; None for what reads pictures.

    Raises:
        Problem: That one is not loaded.
    """
    if isinstance(classifier, Several):
        if version is None:
            return classifier.first
        if version in classifier.names:
            return classifier.classifiers[classifier.names[version]]
    elif version in {None, named(classifier)}:
        return classifier
    raise not_loaded(names_of(classifier))


def names_of(classifier: Classifier) -> list[str]:
    """Return the numbers and aliases that are loaded."""
    return [*classifier.names] if isinstance(classifier, Several) else [named(classifier)]


def not_loaded(names: Iterable[str]) -> Problem:
    """Return what a request meets whose version is not loaded."""
    return Problem(
        HTTPStatus.NOT_FOUND,
        "model_not_found",
        f"No such model. There is mnist, of version {', '.join(names)}."
        " `mnist serve --load` has others answer too.",
    )
