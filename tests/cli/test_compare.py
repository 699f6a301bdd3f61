import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import versions
from mnist_cli.core.store.versions import BUNDLED, open_version
from mnist_cli.evaluation.compare import Comparison, compare
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.reporting.plots.digits import differences
from mnist_cli.reporting.plots.style import save
from tests.conftest import Cli

KEYS = {
    *("a", "b", "data", "n", "only_a_wrong", "only_b_wrong", "both_wrong", "p_value"),
    *("significance", "better", "conclusion", "per_class"),
}


@pytest.fixture(scope="module")
def result(store_path: Path, test_split: Dataset) -> Comparison:
    """Two epochs of dense/quick against the bundled model."""
    a, b = (LiteRTClassifier(open_version(folder)) for folder in (store_path / "1", BUNDLED))
    return compare(a, b, test_split)


@pytest.fixture(scope="module")
def words(result: Comparison) -> list[str]:
    """What stands in the picture of it."""
    found: list[Text] = differences(result).findobj(Text)
    return [text.get_text() for text in found]


def test_the_better_model_is_named_with_what_speaks_for_it(mnist: Cli, trained: Path) -> None:
    done = mnist("models", "compare", "1", "bundled")

    assert done.exit_code == ExitCode.OK
    assert "B is better, p < 0.001" in done.stdout
    for words in ("95 % interval", "bytes", "images/s", "of 10,000 images", "wrong by A alone"):
        assert words in done.stdout
    assert list(trained.iterdir()) == []


def test_a_model_does_not_differ_from_itself(mnist: Cli, trained: Path) -> None:
    done = mnist("models", "compare", "latest", "1")

    assert "no difference can be told from 10,000 images (p = 1)" in done.stdout


def test_the_document_has_all_of_it(mnist: Cli, trained: Path, store_path: Path) -> None:
    done = mnist("models", "compare", "1", "bundled", "--json")

    record = json.loads(done.stdout)
    assert set(record) >= KEYS
    assert record["n"] == 10_000
    assert record["better"] == "b"
    assert record["p_value"] < 1e-6
    assert record["data"]["name"] == "mnist"
    for side, folder in (("a", store_path / "1"), ("b", BUNDLED)):
        assert record[side]["size_bytes"] == (folder / versions.TFLITE).stat().st_size
        assert record[side]["model"]["sha256"] == open_version(folder).sha256
        own = sum(row[f"errors_{side}"] for row in record["per_class"])
        assert own == record[side]["errors"] == record[f"only_{side}_wrong"] + record["both_wrong"]


def test_files_are_compared_too(
    mnist: Cli, trained: Path, store_path: Path, test_split: Dataset
) -> None:
    shutil.copy(store_path / "1" / versions.KERAS, "theirs.keras")
    np.savez("few.npz", x_test=test_split.images[:300], y_test=test_split.labels[:300])

    done = mnist("models", "compare", store_path / "1", "theirs.keras", "--data", "few.npz")

    assert done.exit_code == ExitCode.OK
    assert "file (" in done.stdout
    assert "no difference can be told from 300 images (p = 1)" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["1"], ExitCode.USAGE),
        (["1", "9"], ExitCode.NOT_FOUND),
        (["nowhere", "1"], ExitCode.NOT_FOUND),
        (["1", "1", "--data", "nowhere"], ExitCode.NOT_FOUND),
        (["1", "1", "--output", "a.gif"], ExitCode.USAGE),
        (["1", "1", "--output", "nowhere/a.png"], ExitCode.ENVIRONMENT),
    ],
)
def test_what_cannot_be_compared_is_said(
    mnist: Cli, trained: Path, arguments: list[str], code: ExitCode
) -> None:
    done = mnist("models", "compare", *arguments)

    assert done.exit_code == code
    assert done.stdout == ""
    assert list(trained.iterdir()) == []


def test_an_error_is_json_where_json_was_asked_for(mnist: Cli, trained: Path) -> None:
    done = mnist("models", "compare", "1", "9", "--json")

    assert json.loads(done.stdout)["error"]["code"] == "model_not_found"


def test_the_picture_is_drawn_the_same_each_time_and_kept_unless_forced(
    mnist: Cli, trained: Path
) -> None:
    arguments = ["models", "compare", "1", "bundled", "--output", "compare.png"]

    first = mnist(*arguments, "--json")
    content = Path("compare.png").read_bytes()
    refused = mnist(*arguments)
    forced = mnist(*arguments, "--force")

    assert json.loads(first.stdout)["better"] == "b"
    assert "compare.png" in first.stderr
    assert (refused.exit_code, refused.stdout) == (ExitCode.CONFLICT, "")
    assert forced.exit_code == ExitCode.OK
    assert Path("compare.png").read_bytes() == content
    with Image.open("compare.png") as picture:
        assert picture.width > 1_000


def test_the_picture_shows_truth_and_both_answers_of_the_surest(
    result: Comparison, words: list[str]
) -> None:
    index = result.differing[0]
    a, b = (side.evaluation.predictions[index] for side in (result.a, result.b))
    truth = result.dataset.labels[index]
    assert len([text for text in words if text.startswith("true ")]) == 40
    assert words.index(f"true {truth}") >= 0
    for name, answer in (("A", a), ("B", b)):
        mark = "✓" if answer == truth else "✗"
        assert any(text.startswith(f"{name} {mark} {answer}  ") for text in words)
    assert f"40 of {len(result.differing)} digits that A and B read differently" in words
    assert f"A is right ({result.only_b_wrong})" in words
    assert f"B is right ({result.only_a_wrong})" in words


def test_the_picture_names_both_models_and_the_data(result: Comparison, words: list[str]) -> None:
    text = "\n".join(words)

    assert f"A: model 1 ({str(result.a.evaluation.model['sha256'])[:8]})" in text
    assert f"B: model bundled ({str(result.b.evaluation.model['sha256'])[:8]})" in text
    assert "mnist test (" in text


def test_models_that_agree_are_drawn_too(
    store_path: Path, test_split: Dataset, tmp_path: Path
) -> None:
    classifier = LiteRTClassifier(open_version(store_path / "1"))
    few = Dataset("mnist", "test", test_split.images[:20], test_split.labels[:20])

    save(differences(compare(classifier, classifier, few)), tmp_path / "a.svg", "svg")

    assert (tmp_path / "a.svg").stat().st_size
