"""What the tables of disks and of the environment share."""

from pathlib import Path

import pytest

from tests.faults.disk import few_images, picture


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a picture, a few images and an empty temporary folder."""
    picture()(tmp_path)
    few_images()(tmp_path)
    (tmp_path / "tmp").mkdir()
    return tmp_path
