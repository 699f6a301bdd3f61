"""What tests of the finder's training share: a tiny network, trained for two steps."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from mnist_cli.synthesis.sources import Source
from mnist_cli.training.finder.network import FinderConfig

TINY = FinderConfig(widths=(4, 6, 8, 8, 8), top=8, steps=2, batch_size=2, side=128, kept=8)
WRITTEN, HELD_OUT = Source(100, None, (), False, 0), Source(100, None, (), True, 0)


class Made(NamedTuple):
    """A folder of a finder, and what its manifest states."""

    folder: Path
    stated: dict[str, Any]


@contextmanager
def in_a_hurry() -> Iterator[None]:
    """Make few pages before they are needed, and measure with few."""
    from mnist_cli.training.finder import pages, train

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "AHEAD", 2)
        patch.setattr(train, "MEASURED", 1)
        yield


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A finder of two steps."""
    from mnist_cli.training.finder import publish

    folder = tmp_path_factory.mktemp("made") / "finder"
    with in_a_hurry():
        return Made(folder, publish.make_finder(TINY, WRITTEN, HELD_OUT, folder, pages=4))
