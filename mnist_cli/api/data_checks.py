"""What is looked at before images are used, and said where it would flatter a figure."""

import numpy as np

from mnist_cli.api.data import open_data
from mnist_cli.core import log
from mnist_cli.core.data.dataset import Dataset, sources_of
from mnist_cli.core.data.duplicates import count_repeats, find_duplicates
from mnist_cli.core.errors import DatasetError
from mnist_cli.core.store.versions import Version

NAMED = 5  # of the duplicates
FEW_IMAGES = 1_000  # MNIST's first so many teach dense/quick to read 84 % of its test images


def warn_of_duplicates(dataset: Dataset) -> None:
    """Say which images are test images too: MNIST's, or those that a data set brings itself.

    MNIST has none; that is tested, and not looked for each time.
    """
    for source in dataset.sources:
        if source.name == "mnist":
            continue
        _warn_of_duplicates(source, open_data("mnist", "test"))
        try:
            own = open_data(source.name, "test") if source.has_halves else None
        except DatasetError:  # it has no test images
            continue
        if own:
            _warn_of_duplicates(source, own)


def _warn_of_duplicates(source: Dataset, test: Dataset) -> None:
    found = find_duplicates(source, test)
    if found:
        log.warning(
            "data.test_images_trained_on",
            data=source.name,
            test=test.name,
            count=len(found),
            exact=sum(duplicate.exact for duplicate in found),
            first=[
                f"{source.image_name(one.index)} is {test.image_name(one.test_index)}"
                for one in found[:NAMED]
            ],
        )


def warn_of_repeats(dataset: Dataset) -> None:
    """Say how many images to train on are there again, and how many of these with another label."""
    if not (repeats := dataset.repeats):
        return
    told = sorted(repeats, key=lambda repeat: not repeat.contradicts)[:NAMED]
    log.warning(
        "data.images_repeated",
        data=dataset.name,
        **count_repeats(repeats),
        first=[f"{dataset.image_name(r.index)} is {dataset.image_name(r.earlier)}" for r in told],
    )


def warn_of_few_images(dataset: Dataset, *, goes_on: bool) -> None:
    """Say which classes have no image, and where there are too few to learn by.

    Args:
        dataset: What is to be trained on.
        goes_on: Whether a version learnt from others before.
    """
    counts = np.bincount(dataset.labels, minlength=10)
    if absent := np.flatnonzero(counts == 0).tolist():
        log.warning(
            "data.classes_absent",
            data=dataset.name,
            classes=[str(digit) for digit in absent],
            means="without an image of it to learn from, a class is hardly ever answered",
        )
    if len(dataset) < FEW_IMAGES and not goes_on:
        log.warning(
            "data.few_images",
            data=dataset.name,
            images=len(dataset),
            means="what other people write will be misread: add --data mnist, or --from a version",
        )


def warn_of_training_data(version: Version | None, dataset: Dataset) -> None:
    """Say that a version was trained on the very images that it is to be measured on."""
    if version is None:
        return
    digests = {source["sha256"] for source in sources_of(version.manifest["data"])}
    if dataset.sha256 in digests:
        log.warning("data.trained_on", data=dataset.name, version=version.name)


def warn_of_changed_data(version: Version, dataset: Dataset) -> None:
    """Say which data the version was trained on too, but as they were then.

    Of the same data the same images are held out again. Of changed ones, some that are held out
    now may have been trained on then: their accuracy flatters.
    """
    before = sources_of(version.manifest["data"])
    digests = {source["sha256"] for source in before}
    names = {source["name"] for source in before}
    for source in dataset.sources:
        if source.name in names and source.sha256 not in digests:
            log.warning("data.changed_since_version", data=source.name, version=version.name)
