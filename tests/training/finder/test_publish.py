import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.errors import (
    CheckpointError,
    ConflictError,
    ModelError,
    StoppedError,
    WeightsNotFoundError,
)
from mnist_cli.core.finder_maps import COUNT, GREATEST
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.tensorflow import keras
from mnist_cli.reading import finder
from mnist_cli.training.finder import publish
from mnist_cli.training.finder.loss import WEIGHTS
from mnist_cli.training.finder.network import FinderConfig, build_finder
from mnist_cli.training.finder.publish import MANIFEST, TFLITE, make_finder
from mnist_cli.training.finder.weights import WEIGHTS_FILE, averaged
from mnist_cli.training.runs import locked
from mnist_cli.training.unfolding import published_weights, unfold
from tests.conftest import Events
from tests.training.finder.conftest import HELD_OUT, TINY, WRITTEN, Made, in_a_hurry

pytestmark = pytest.mark.long


@pytest.fixture
def copied(made: Made, tmp_path: Path) -> Path:
    """A copy of the finder's folder, to be changed."""
    return Path(shutil.copytree(made.folder, tmp_path / "finder"))


@pytest.fixture(scope="module")
def stopped_once(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose training, from the weights of another one, was stopped after a step."""

    @contextmanager
    def heard() -> Iterator[Callable[[], None]]:
        def stop() -> None:
            raise StoppedError("Stopped by SIGTERM.", signal_number=15)

        yield stop

    folder = tmp_path_factory.mktemp("stopped") / "finder"
    with in_a_hurry(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(publish, "signals_heard", heard)
        with pytest.raises(StoppedError) as stopped:
            begin(made.folder / WEIGHTS_FILE, folder)
    assert "goes on from here" in stopped.value.hint
    return folder


@pytest.fixture
def stopped(stopped_once: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(stopped_once, tmp_path / "stopped"))


def begin(weights: Path, folder: Path, config: FinderConfig = TINY) -> dict[str, Any]:
    return make_finder(config, WRITTEN, HELD_OUT, folder, begin_from=weights, pages=1)


def test_the_folder_holds_what_the_manifest_states(made: Made) -> None:
    assert {path.name for path in made.folder.iterdir()} == {
        *(TFLITE, WEIGHTS_FILE, MANIFEST),
        *("finder.weights.json", "checkpoints"),
    }
    assert json.loads((made.folder / MANIFEST).read_bytes()) == json.loads(json.dumps(made.stated))
    assert made.stated["files"] == {
        name: hashlib.sha256((made.folder / name).read_bytes()).hexdigest()
        for name in (TFLITE, WEIGHTS_FILE)
    }
    assert (finder.ASSET.file, "finder.json") == (TFLITE, MANIFEST)


def test_the_manifest_tells_how_it_came_about(made: Made) -> None:
    stated = made.stated

    assert (stated["schema"], stated["seed"], stated["steps"], stated["begun_from"]) == (
        1,
        0,
        2,
        None,
    )
    assert [(one["name"], one["n"]) for one in stated["data"]] == [("mnist", 100)]
    assert stated["held_out"]["mnist"]["n"] == 100
    assert stated["held_out"]["mnist"]["sha256"] != stated["data"][0]["sha256"]
    assert stated["fonts"]["n"] >= 1
    assert set(stated["figures"]["losses"]) == set(WEIGHTS)
    assert stated["figures"]["pages"] == 4
    assert {"tensorflow", "pillow"} <= set(stated["versions"])
    assert stated["machine"]["cpus"] >= 1
    assert stated["train_s"] > 0


def test_litert_answers_as_keras_does(made: Made) -> None:
    with np.load(made.folder / WEIGHTS_FILE) as arrays:
        network = averaged(TINY, [arrays[name] for name in arrays.files])
    pixels = np.random.default_rng(0).random((1, 64, 96, 1), np.float32)
    content = (made.folder / TFLITE).read_bytes()

    maps = LiteRTModel(content, 1, (GREATEST, GREATEST, 1)).run(pixels)

    assert maps.shape == (1, 16, 24, COUNT)
    assert np.abs(maps - np.asarray(network(pixels))).max() < 2e-2


def test_what_is_made_is_not_made_again(copied: Path, made: Made, events: Events) -> None:
    assert make_finder(TINY, WRITTEN, HELD_OUT, copied) == json.loads(json.dumps(made.stated))
    assert "finder.already_complete" in events.names


def test_a_stopped_training_goes_on_where_it_was(stopped: Path, made: Made, events: Events) -> None:
    assert not (stopped / MANIFEST).exists()

    with in_a_hurry():
        stated = begin(made.folder / WEIGHTS_FILE, stopped)

    assert [event["step"] for event in events.of("finder.begin")] == [1]
    assert stated["steps"] == 2
    assert stated["begun_from"] == made.stated["files"][WEIGHTS_FILE]


def test_a_folder_of_other_settings_is_refused(copied: Path) -> None:
    with pytest.raises(ConflictError, match="begun with other steps, seed"):
        make_finder(replace(TINY, steps=3, seed=1), WRITTEN, HELD_OUT, copied)
    with pytest.raises(ConflictError, match="begun with other data"):
        make_finder(TINY, replace(WRITTEN, images=90), HELD_OUT, copied)
    with pytest.raises(ConflictError, match="begun with other begun_from"):
        make_finder(TINY, WRITTEN, HELD_OUT, copied, begin_from=copied / WEIGHTS_FILE)


def test_a_folder_of_something_else_is_never_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()

    with pytest.raises(ConflictError, match="holds no checkpoints"):
        make_finder(TINY, WRITTEN, HELD_OUT, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_folder_that_another_process_holds_is_refused(copied: Path) -> None:
    with locked(copied / "checkpoints", "It"), pytest.raises(ConflictError, match="held by"):
        make_finder(TINY, WRITTEN, HELD_OUT, copied)


def test_damaged_checkpoints_are_refused(stopped: Path, made: Made) -> None:
    for path in (stopped / "checkpoints").glob("ckpt-*"):
        path.write_bytes(b"nothing")

    with pytest.raises(CheckpointError, match="damaged"):
        begin(made.folder / WEIGHTS_FILE, stopped)


def test_weights_to_begin_with_are_looked_at(tmp_path: Path) -> None:
    with pytest.raises(WeightsNotFoundError, match="No such file"):
        begin(tmp_path / "none.npz", tmp_path / "new")
    (tmp_path / "text.npz").write_text("no weights")
    with pytest.raises(ModelError, match="no weights of a finder"):
        begin(tmp_path / "text.npz", tmp_path / "new")
    np.savez(tmp_path / "other.npz", np.zeros(3))
    with pytest.raises(ModelError, match="of another network"):
        begin(tmp_path / "other.npz", tmp_path / "new")


def test_reading_finds_with_it(made: Made) -> None:
    found = finder.Finder((made.folder / TFLITE).read_bytes()).find(
        np.full((90, 60), 255, np.uint8)
    )

    assert len(found.looks) >= 1


def test_a_published_finder_can_be_trained_on_with(made: Made) -> None:
    pages = np.random.default_rng(0).integers(0, 256, (3, 64, 64, 1), np.uint8)
    given = pages.astype(np.float32) / 255
    model = build_finder(TINY)
    with np.load(made.folder / WEIGHTS_FILE) as arrays:
        published = averaged(TINY, list(arrays.values()))

    unfold(published_weights(made.folder / TFLITE, model), model, pages)

    before, after = (np.asarray(one(given, training=False)) for one in (published, model))
    np.testing.assert_allclose(before, after, atol=0.02 * float(np.abs(before).max()))  # in halves
    own = keras.Model(model.input, model.layers[2].output)  # of the first normalization
    training = np.asarray(own(given, training=True))
    np.testing.assert_allclose(own(given, training=False), training, atol=1e-3)


def test_what_it_began_with_is_mixed_in(made: Made, tmp_path: Path) -> None:
    """With all of it mixed in nothing is learned."""
    begin(made.folder / WEIGHTS_FILE, tmp_path / "all", replace(TINY, mix=1.0))

    own, begun = (
        list(np.load(folder / WEIGHTS_FILE).values()) for folder in (tmp_path / "all", made.folder)
    )
    for now, was in zip(own, begun, strict=True):
        np.testing.assert_array_equal(now, was)


@pytest.mark.parametrize("content", [b"", b"no model", None])
def test_what_is_no_finder_is_refused(made: Made, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "finder.tflite"
    path.write_bytes((made.folder / TFLITE).read_bytes() if content is None else content)
    other = build_finder(replace(TINY, top=TINY.top + 1))

    with pytest.raises(ModelError, match=r"finder\.tflite: (no )?weights of a"):
        published_weights(path, other)
