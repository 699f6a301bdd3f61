import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.errors import ModelError, WeightsNotFoundError
from mnist_cli.core.finder_maps import MARKS
from mnist_cli.core.models.litert import LiteRTModel
from mnist_cli.core.strips import COUNT, HIGH, WIDE, channel
from mnist_cli.reading.finder import edges_of_digits
from mnist_cli.synthesis.sources import Source
from mnist_cli.training.lines.targets import (
    COLUMNS,
    COUNTS,
    COUNTS_JOINED,
    JOINED,
    MARK,
    TARGETS,
    WHICH,
)

TINY: dict[str, Any] = {"widths": (4, 4, 4, 4), "wide": 8, "named": 8, "epochs": 1, "batch_size": 4}


@pytest.mark.long
def test_a_training_writes_a_network_that_reading_can_open(tmp_path: Path) -> None:
    from mnist_cli.training.lines.network import LinesConfig
    from mnist_cli.training.lines.train import train_lines

    written, held_out = Source(100, None, (), False, 0), Source(100, None, (), True, 0)
    made = train_lines(
        *(LinesConfig(**TINY), written, held_out, tmp_path / "lines"),
        find=edges_of_digits,
        pages=4,
        measured=3,
    )

    content = (tmp_path / "lines" / "lines.tflite").read_bytes()
    assert json.loads((tmp_path / "lines" / "lines.json").read_text())["files"] == {
        "lines.tflite": hashlib.sha256(content).hexdigest()
    }
    assert made["pages"] == 4
    assert made["held_out"]["mnist"]["sha256"] != made["data"][0]["sha256"]
    answer = LiteRTModel(content, 1, (HIGH, WIDE, 2)).run(np.zeros((3, HIGH, WIDE, 2), np.float32))
    assert answer.shape == (3, COLUMNS, COUNT)


def test_a_training_goes_on_from_what_was_published(tmp_path: Path) -> None:
    from mnist_cli.training.lines.network import LinesConfig, build_lines
    from mnist_cli.training.lines.train import for_reading
    from mnist_cli.training.unfolding import published_weights, unfold

    config = LinesConfig(**TINY)
    published, model = build_lines(config), build_lines(config)
    tiles = np.random.default_rng(0).integers(0, 256, (5, HIGH, WIDE, 2), np.uint8)
    (tmp_path / "lines.tflite").write_bytes(for_reading(config, published))

    unfold(published_weights(tmp_path / "lines.tflite", model), model, tiles)

    given = tiles.astype(np.float32) / 255
    before, after = (np.asarray(one(given, training=False)) for one in (published, model))
    np.testing.assert_allclose(before, after, atol=0.02 * float(np.abs(before).max()))  # in halves


def test_a_wider_network_begins_as_the_narrow_one_that_was_published(tmp_path: Path) -> None:
    from mnist_cli.training.lines.network import LinesConfig, build_lines
    from mnist_cli.training.lines.train import for_reading
    from mnist_cli.training.unfolding import published_weights, unfold

    narrow = build_lines(LinesConfig(**TINY))
    wide = build_lines(LinesConfig(**TINY | {"widths": (4, 6, 9, 8), "wide": 16, "named": 11}))
    tiles = np.random.default_rng(0).integers(0, 256, (5, HIGH, WIDE, 2), np.uint8)
    (tmp_path / "lines.tflite").write_bytes(for_reading(LinesConfig(**TINY), narrow))

    unfold(published_weights(tmp_path / "lines.tflite", wide), wide, tiles)

    given = tiles.astype(np.float32) / 255
    before, after = (np.asarray(one(given, training=False)) for one in (narrow, wide))
    np.testing.assert_allclose(before, after, atol=0.02 * float(np.abs(before).max()))  # in halves


def test_copies_of_a_channel_come_to_differ() -> None:
    from mnist_cli.training.lines.network import LinesConfig, build_lines
    from mnist_cli.training.widening import widened

    narrow, wide = (build_lines(LinesConfig(**TINY | {"wide": channels})) for channels in (8, 16))
    kernels = [layer.get_weights() for layer in narrow.layers if "conv2d" in layer.name]
    pairs = [(own[0], own[1] if len(own) > 1 else np.zeros(own[0].shape[-1])) for own in kernels]

    own, *_ = widened(pairs, wide)[-1]  # looks at 16 channels, of which 8 are copies
    assert not np.isclose(own[0, 0, :8], own[0, 0, 8:16]).any()
    np.testing.assert_allclose(own[0, 0, :8] + own[0, 0, 8:16], pairs[-1][0][0, 0, :8], atol=1e-6)


@pytest.mark.long
def test_what_it_began_with_is_mixed_in(tmp_path: Path) -> None:
    """With all of it mixed in nothing is learned."""
    from mnist_cli.training.lines.network import LinesConfig, build_lines
    from mnist_cli.training.lines.train import for_reading, train_lines

    begun = build_lines(LinesConfig(**TINY))
    (tmp_path / "begun.tflite").write_bytes(for_reading(LinesConfig(**TINY), begun))
    written, held_out = Source(100, None, (), False, 0), Source(100, None, (), True, 0)
    train_lines(
        *(LinesConfig(**TINY, mix=1.0), written, held_out, tmp_path / "lines"),
        find=edges_of_digits,
        pages=4,
        measured=3,
        begin_from=tmp_path / "begun.tflite",
    )

    content = (tmp_path / "lines" / "lines.tflite").read_bytes()
    tiles = np.random.default_rng(0).random((2, HIGH, WIDE, 2)).astype(np.float32)
    answer = LiteRTModel(content, 1, (HIGH, WIDE, 2)).run(tiles)
    expected = np.asarray(begun(tiles, training=False))
    np.testing.assert_allclose(answer, expected, atol=0.02 * float(np.abs(expected).max()))


def test_a_share_of_each_weight_is_what_it_began_with() -> None:
    from mnist_cli.training.unfolding import mixed

    begun, ended = [np.full(2, 1.0), np.full((1, 2), 8.0)], [np.full(2, 5.0), np.zeros((1, 2))]

    assert [one.tolist() for one in mixed(begun, ended, 0.25)] == [[4, 4], [[2, 2]]]


def test_a_folder_is_no_file_of_weights(tmp_path: Path) -> None:
    from mnist_cli.training.unfolding import published_weights

    with pytest.raises(WeightsNotFoundError, match="Is a directory") as told:
        published_weights(tmp_path, None)
    assert told.value.hint == "Pass the .tflite file of an earlier training."


@pytest.mark.parametrize("first", [None, 8])
def test_weights_that_are_missing_or_do_not_fit_are_told_before_pages_are_made(
    first: int | None, tmp_path: Path
) -> None:
    from mnist_cli.training.lines.network import LinesConfig, build_lines
    from mnist_cli.training.lines.train import for_reading, train_lines

    weights, source = tmp_path / "lines.tflite", Source(100, None, (), False, 0)
    if first:
        other = LinesConfig(**TINY | {"widths": (first, 4, 4, 4)})
        weights.write_bytes(for_reading(other, build_lines(other)))

    with pytest.raises(ModelError if first else WeightsNotFoundError, match="weights"):
        train_lines(
            *(LinesConfig(**TINY), source, source, tmp_path),
            find=edges_of_digits,
            pages=10**9,
            measured=1,
            begin_from=weights,
        )


def test_figures_are_of_what_was_found_and_named() -> None:
    from mnist_cli.training.lines.train import figures_of

    targets = np.zeros((1, COLUMNS, TARGETS), np.float32)
    targets[..., COUNTS] = 1
    targets[0, [10, 14, 18, 22], MARK] = [1 + MARKS.index(mark) for mark in ".,:-"]
    targets[0, [12, 16], WHICH] = 1 + 7, 1 + 3
    targets[0, 10:14, COUNTS_JOINED] = targets[0, 10:12, JOINED] = 1
    answers = np.full((1, COLUMNS, COUNT), -9.0, np.float32)
    for at, mark in ((10, "."), (15, ","), (18, "."), (27, "+")):  # right, beside, misnamed, false
        answers[0, at, channel("mark").start + MARKS.index(mark)] = 5
    answers[0, [12, 16], channel("digit")] = 5
    answers[0, [12, 16], channel("which").start + 7] = 5  # right, misnamed
    answers[0, 10:13, channel("joined")] = 5

    figures = figures_of(answers, targets)

    assert figures["marks"] == 4
    assert figures["mark_recall"] == pytest.approx(2 / 4)
    assert figures["mark_precision"] == pytest.approx(2 / 4)
    assert figures["digit_recall"] == 1
    assert figures["named_right"] == pytest.approx(1 / 2)
    assert figures["joined_right"] == pytest.approx(3 / 4)
