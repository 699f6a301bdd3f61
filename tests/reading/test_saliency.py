import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from mnist_cli.reading.saliency import AGAINST, FOR, NEUTRAL, panel, sentence
from tests.conftest import Cli, render_digit

BLANK = np.zeros((28, 28), np.uint8)


def test_what_speaks_for_is_purple_and_what_against_orange() -> None:
    attribution = np.zeros((28, 28), np.float32)
    attribution[4:8, 4:8], attribution[20:24, 20:24] = 1, -1

    shown = panel(attribution, BLANK, 280)

    assert shown.shape == (280, 280, 3)
    assert tuple(shown[60, 60]) == FOR
    assert tuple(shown[220, 220]) == AGAINST
    assert tuple(shown[140, 140]) == NEUTRAL


def test_the_digits_outline_lies_over_it() -> None:
    image = BLANK.copy()
    image[10:20, 10:20] = 255

    shown = panel(np.zeros((28, 28), np.float32), image, 280)

    assert shown[150, 95:105].min() < 130  # a line that is smoothed
    assert tuple(shown[150, 150]) == NEUTRAL


def test_the_sentence_sums_both_sides_and_says_where_they_are() -> None:
    attribution = np.zeros((28, 28), np.float32)
    attribution[5, 5], attribution[14, 14], attribution[22, 22] = 3, 1, -1.5

    words = sentence(attribution, "four")

    assert "4.0 speaks for the four, most of it at the upper left" in words
    assert "1.5 against it, most of it at the lower right" in words


@pytest.mark.parametrize("name", [versions.KERAS, versions.H5])
def test_explain_shows_what_spoke_for_the_answers_of_a_keras_file(
    mnist: Cli, trained: Path, store_path: Path, name: str
) -> None:
    Image.fromarray(np.hstack([render_digit(3), render_digit(7)])).save("two.png")
    model = store_path / "1" / name

    result = mnist("predict", "two.png", "--model", model, "--explain", "why")

    assert result.exit_code == ExitCode.OK, result.stderr
    folder = Path("why/0001-two")
    for picture in ("6-saliency-1.png", "9-saliency-2.png", "contact-sheet.png"):
        with Image.open(folder / picture) as opened:
            assert opened.mode == "RGB"
            red, _, blue = np.asarray(opened, np.int16).reshape(-1, 3).T
            assert (blue - red > 30).any()  # purple
            assert (red - blue > 30).any()  # orange
    words = (folder / "explanation.txt").read_text()
    assert words.count("Beside the others, ") == 2


def test_explain_shows_a_version_without_its_keras_in_grey_and_says_so(
    mnist: Cli, trained: Path, store_path: Path, digit_png: Path
) -> None:
    shutil.copytree(store_path / "1", "1")
    Path("1", versions.KERAS).unlink()

    result = mnist("predict", "three.png", "--explain", "why", "--model", "./1")

    assert result.exit_code == ExitCode.OK
    assert "explain.without_saliency" in result.stderr
    assert "has none" in result.stderr
    folder = Path("why/0001-three")
    assert list(folder.glob("*saliency*")) == []
    with Image.open(folder / "contact-sheet.png") as sheet:
        assert sheet.mode == "L"
    assert "speaks for" not in (folder / "explanation.txt").read_text()


def test_explain_copes_with_a_picture_that_is_none(
    mnist: Cli, trained: Path, store_path: Path
) -> None:
    Path("text.png").write_text("hello")
    model = store_path / "1" / versions.KERAS

    result = mnist("predict", "text.png", "--model", model, "--explain", "why")

    assert result.exit_code == ExitCode.REFUSED
    assert "not a picture" in Path("why/0001-text/explanation.txt").read_text()
