import time
import zipfile
from pathlib import Path

import pytest

from mnist_cli.core.data.zip_dates import EARLIEST, LATEST, fitting_dates

YEAR_S = 365.2425 * 24 * 3_600


@pytest.mark.parametrize(
    ("year", "stamped"), [(1970, EARLIEST[0]), (1975, EARLIEST[0]), (2026, 2026), (2150, LATEST[0])]
)
def test_an_archive_is_written_whatever_the_clock_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int, stamped: int
) -> None:
    monkeypatch.setattr(time, "time", lambda: (year + 0.5 - 1970) * YEAR_S)

    with fitting_dates(), zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "one")

    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        (member,) = archive.infolist()
        assert member.date_time[0] == stamped
        assert archive.read(member) == b"one"


def test_outside_the_block_archives_are_pythons_own() -> None:
    own = zipfile.ZipInfo

    with pytest.raises(KeyError), fitting_dates():
        raise KeyError

    assert zipfile.ZipInfo is own
