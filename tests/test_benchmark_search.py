import hashlib
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import Dataset, load_mnist
from mnist_cli.core.errors import StoppedError, UsageError
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.settings import as_text
from mnist_cli.training import folds
from mnist_cli.training.fit import Progress
from mnist_cli.training.pipeline import train
from mnist_cli.training.result import TrainResult
from mnist_cli.training.run_spec import RunSpec
from tests.benchmarks import search
from tests.benchmarks.search import Candidate, split
from tests.benchmarks.search_rows import Row, digest, read_rows
from tests.benchmarks.search_table import difference, folds_document, measured, spread, table
from tests.conftest import Events

QUICK = digest(RECIPES["dense", "quick"].override(validation_size=0))
ROW = Row(
    recipe="dense/quick",
    changes="",
    config=QUICK,
    plain=QUICK,
    images=60_000,
    folds=5,
    fold=0,
    seed=0,
    n=10,
    nll=0.05,
    temperature=0.5,
    train_s=7.0,
    tool="1.0",
    machine="a machine",
    date="2026-11-28",
    misread="1 2 3",
)


def test_each_image_is_left_out_once_and_each_fold_has_the_same_mix() -> None:
    labels = load_mnist("train").labels
    parts = [split(labels, 6_000, 5, fold) for fold in range(5)]

    left_out = np.concatenate([fold for _, fold in parts])
    assert len(set(left_out)) == len(left_out) == 6_000
    for kept, fold in parts:
        assert len(kept) == 4_800
        assert set(kept) | set(fold) == set(left_out)
        shares = np.bincount(labels[fold]) / len(fold) - np.bincount(labels) / 60_000
        assert np.abs(shares).max() < 0.002


def test_a_candidate_is_a_recipe_with_changes() -> None:
    found = Candidate.of("cnn/quick epochs=3 average_decay=0.9")

    assert found.config == RECIPES["cnn", "quick"].override(
        validation_size=0, epochs=3, average_decay=0.9
    )
    assert found.changes == ("average_decay=0.9", "epochs=3")
    assert digest(found.config) != digest(found.plain)
    assert digest(found.config) == digest(found.config.override(seed=5, recipe="best"))
    with pytest.raises(UsageError, match="has no recipe"):
        Candidate.of("dense/slow")


def test_candidates_are_compared_fold_by_fold() -> None:
    plain = [ROW, replace(ROW, fold=1, misread="11 12", nll=0.03)]
    other = replace(ROW, changes="epochs=9", config="another")
    mine = [
        replace(other, misread="3 4", nll=0.04, fold=0),
        replace(other, misread="11 12", nll=0.03, fold=1),
        replace(other, misread="", fold=2),  # of no fold that both have
    ]

    # fold 0: 80 against 70 %; fold 1: alike. 1 and 2 were misread before, 4 is only now
    assert difference(mine, plain) == ["+5.000 ± 5.000", "2 : 1", "1", "-5.00 ± 5.00"]
    assert difference(mine[2:], plain) == ["", "", "", ""]
    assert spread([0.5], 1) == "0.5"
    lines = [line for line in table([*mine, *plain]).splitlines() if "quick" in line]
    assert lines[0] == f"## dense/quick, 60,000 images in 5 folds ({QUICK})"
    assert lines[1].startswith("| dense/quick | 2 | 75.000 ± 5.000 | 40.00 ± 10.00 | 7.0 |")
    assert lines[2].startswith("| dense/quick epochs=9 | 3 | 86.667 ")
    assert "## all, " in table([*mine, *plain], "another")


def test_the_package_knows_a_recipe_once_all_its_folds_are_read() -> None:
    rows = [replace(ROW, fold=fold, temperature=2.0 ** (fold - 2)) for fold in range(5)]

    assert measured(rows[:4]) == {}
    assert measured(rows) == {"dense/quick": {"folds": 5, "n": 50, "right": 35, "temperature": 1.0}}
    assert measured([replace(row, config="another") for row in rows]) == {}


def test_what_is_made_of_the_rows_is_as_they_are() -> None:
    rows = read_rows(search.ROWS)

    assert rows
    assert search.TABLE.read_text() == table(rows)
    assert folds.FILE.read_text() == folds_document(rows)


def test_a_training_that_was_stopped_goes_on_to_the_same_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, events: Events
) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("dense/quick", "--images", "500", "--of", "2", "--folds", "0", "--rows")
    search.main([*command, "whole.csv"])

    def stopped(spec: RunSpec, dataset: Dataset) -> TrainResult | None:
        def stop(progress: Progress) -> None:
            if progress.epochs_done > 1:
                raise StoppedError("Stopped.", signal_number=15)

        return train(spec, dataset, stop)

    with monkeypatch.context() as patched:
        patched.setattr(search, "train", stopped)
        with pytest.raises(SystemExit):
            search.main([*command, "parts.csv"])
    search.main([*command, "parts.csv"])

    assert [event["epochs_done"] for event in events.of("training.resumed")] == [1]
    (whole,), (parts,) = read_rows(tmp_path / "whole.csv"), read_rows(tmp_path / "parts.csv")
    assert replace(whole, train_s=0) == replace(parts, train_s=0)


def test_a_search_adds_a_row_a_fold_and_does_none_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    size = ("--images", "500", "--of", "2", "--rows", "rows.csv")
    one = ("dense/quick epochs=2", *size)

    search.main([*one, "--folds", "1"])
    search.main([*one, "dense/quick epochs=2 label_smoothing=0"])

    rows = read_rows(tmp_path / "rows.csv")
    assert [(row.fold, row.changes) for row in rows] == [
        (1, "epochs=2"),
        (0, "epochs=2"),
        (0, "epochs=2 label_smoothing=0"),
        (1, "epochs=2 label_smoothing=0"),
    ]
    _, fold = split(load_mnist("train").labels, 500, 2, 1)
    assert rows[0].n == len(fold) == 250
    assert rows[0].wrong <= {str(index) for index in fold}
    assert 0.3 < rows[0].accuracy < 1
    assert not list(Path("artifacts/search").iterdir())
    printed = capsys.readouterr().out
    assert len(re.findall(r"dense/quick epochs=2  fold 1", printed)) == 1


def test_rows_mean_what_they_did_while_the_defaults_are_as_they_were() -> None:
    """Digests leave out what equals the defaults; a new setting may be added here."""
    usual = sorted(f"{name}={as_text(value)}" for name, value in TrainConfig().flat().items())

    assert hashlib.sha256("\n".join(usual).encode()).hexdigest()[:8] == "67c3b4d2", (
        "old rows of search.csv now stand for other configs: name their values in `changes`"
    )
