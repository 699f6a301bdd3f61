from pathlib import Path

import pytest

from mnist_cli.export.layout import place


@pytest.mark.parametrize(
    ("output", "version", "expected"),
    [
        ("out/mnist", "3", "out/mnist/3"),
        ("out/mnist", "bundled", "out/mnist/1"),
        ("out/mnist", None, "out/mnist/1"),
        ("out/mnist/12", "3", "out/mnist/12"),
        (".", "3", "3"),
        ("out/٣", "3", "out/٣/3"),  # a digit, but none of a server's
    ],
)
def test_a_saved_model_lies_under_a_number(output: str, version: str | None, expected: str) -> None:
    assert place(Path(output), version) == Path(expected)
