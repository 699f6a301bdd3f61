from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.synthesis.cuts import NONE, SHARES, cuts_of
from mnist_cli.synthesis.digits import Digits
from mnist_cli.synthesis.layouts import KINDS
from mnist_cli.synthesis.page import make_page
from mnist_cli.synthesis.sources import Source
from tests.cli.conftest import document
from tests.conftest import Cli
from tests.reading.looks import finder


@pytest.fixture(scope="module")
def digits() -> Digits:
    return Source(60, None, (), True, 0).open()


def test_kinds_are_layouts_or_a_picture_of_their_own() -> None:
    assert set(SHARES) <= {*KINDS, "single", "cut", "tiny"}


def test_digits_of_a_page_are_cut_with_what_they_are(digits: Digits) -> None:
    pages = [make_page([7, at], digits, "sudoku", upright=True) for at in range(4)]
    cuts = [cuts_of(page, finder()) for page in pages]

    labels = np.concatenate([part.labels for part in cuts])
    said = [one.symbol for part in cuts for one in part.candidates]
    assert len(labels) > 40
    assert all(part.images.shape == (len(part.labels), 28, 28) for part in cuts)
    of_digits = labels != NONE
    agree = [str(label) == symbol for label, symbol in zip(labels, said, strict=True)]
    assert np.array(agree)[of_digits].mean() > 0.6


def test_where_nobody_wrote_a_digit_what_looks_like_one_is_none(digits: Digits) -> None:
    page = replace(make_page([3, 0], digits, "sudoku", upright=True), symbols=(), unclear=())
    labels = cuts_of(page, finder()).labels

    assert len(labels) > 3
    assert set(labels.tolist()) == {NONE}


def test_the_command_writes_a_data_set_that_can_be_trained_on(
    mnist: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    options = "--pages", 4, "--processes", 1, "--json", "-o", "c.npz"
    told = document(mnist("make-cuts", *options).stdout)

    with np.load("c.npz") as arrays:
        assert told["digits"] == len(arrays["x_train"]) == len(arrays["y_train"]) > 0
        assert told["no_digits"] == len(arrays["x_none"])
        assert arrays["y_train"].max() <= 9

    again = mnist("make-cuts", "--pages", 4, "-o", "c.npz")
    assert again.exit_code == ExitCode.CONFLICT
    assert mnist("make-cuts", "-o", "c.csv").exit_code == ExitCode.USAGE
