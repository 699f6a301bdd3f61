"""Folders of PNG that are cut off or have a bit flipped: none is lost, none read as another."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from tests.faults.harness import environment_of, run
from tests.reading.test_image import encoded
from tests.reading.test_reader import png

Pixels = NDArray[np.uint8]

COUNT = 300  # of cuts, and of flips
END = 12  # bytes of the last chunk, which says that nothing follows


def plain(pixels: Pixels) -> bytes:
    """Return a picture as they come by the million."""
    return png(pixels)


def with_notes(pixels: Pixels) -> bytes:
    """Return one that other programs write: with colours, notes, and several pieces."""
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", "me" * 40)
    enlarged = Image.fromarray(255 - pixels).resize((84, 84)).convert("RGB")
    return encoded(enlarged, pnginfo=notes, dpi=(72, 72))


def palette(pixels: Pixels) -> bytes:
    return encoded(Image.fromarray(pixels).resize((56, 56)).convert("P"), transparency=255)


def flipped(data: bytes, random: Random) -> bytes:
    content = bytearray(data)
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    return bytes(content)


@pytest.mark.long
@pytest.mark.parametrize("make", [plain, with_notes, palette])
def test_no_damage_of_a_png_in_a_folder_is_lost(
    tmp_path: Path, store_path: Path, test_split: Dataset, make: Callable[[Pixels], bytes]
) -> None:
    random = Random(0)  # noqa: S311
    pictures, env = tmp_path / "pictures", environment_of(tmp_path, store_path)
    for folder in (pictures, tmp_path / "tmp"):
        folder.mkdir()
    whole = make(test_split.images[0])
    (pictures / "whole.png").write_bytes(whole)
    for number in range(COUNT):
        at = random.randrange(len(whole))
        (pictures / f"cut-{number}-{at}.png").write_bytes(whole[:at])
        (pictures / f"flip-{number}.png").write_bytes(flipped(whole, random))

    result = run(tmp_path, env, "predict", "pictures", "--json")

    records = {Path(r["path"]).stem: r for r in map(json.loads, result.stdout.splitlines())}
    assert len(result.stdout.splitlines()) == len(records) == 2 * COUNT + 1
    good = records["whole"]
    assert good["ok"]
    for name, record in records.items():
        if record["ok"]:
            assert record | {"path": ""} == good | {"path": ""}, name
            assert not name.startswith("cut") or int(name.split("-")[2]) >= len(whole) - END, name
        else:
            assert record["error"]["message"], name
    assert result.exit_code == ExitCode.REFUSED
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("damage", ["cut", "flip", "none"])
def test_one_damaged_picture_decides_the_exit_code(
    tmp_path: Path, store_path: Path, test_split: Dataset, damage: str
) -> None:
    (tmp_path / "tmp").mkdir()
    whole = png(test_split.images[0])
    content = {"cut": whole[:-20], "flip": whole[:60] + b"\0" + whole[61:], "none": whole}[damage]
    (tmp_path / "a.png").write_bytes(content)

    result = run(tmp_path, environment_of(tmp_path, store_path), "predict", "a.png", "--json")

    assert result.exit_code == (ExitCode.OK if damage == "none" else ExitCode.REFUSED)
