"""Failures reach other processes as they are."""

import pickle
from collections.abc import Iterator

import pytest

from mnist_cli.core.errors import ExitCode, MnistError, PictureError, StoppedError
from mnist_cli.reading.forms.alignment import DoesNotFitError
from mnist_cli.reading.page import BlankPictureError, NoDigitsError, NoTableError


def kinds(kind: type[MnistError] = MnistError) -> Iterator[type[MnistError]]:
    yield kind
    for other in kind.__subclasses__():
        yield from kinds(other)


def test_every_kind_of_failure_can_be_sent_to_another_process() -> None:
    """Those that make their own words could not: one such picture ended a batch of others."""
    for kind in kinds():
        error = kind.__new__(kind, "words")
        MnistError.__init__(error, "words", hint="advice")

        copy = pickle.loads(pickle.dumps(error))  # noqa: S301  made here

        assert type(copy) is kind
        assert (copy.message, copy.hint, str(copy)) == ("words", "advice", "words")


@pytest.mark.parametrize(
    "error",
    [
        BlankPictureError(),
        NoDigitsError(),
        NoTableError(9, 9),
        DoesNotFitError("form.json", "Is it that form?"),
        StoppedError("stopped", signal_number=15, hint="go on"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_failure_is_the_same_there(error: MnistError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  made here

    assert vars(copy) == vars(error)
    assert copy.to_record() == error.to_record()
    assert copy.exit_code == error.exit_code
    assert isinstance(copy, PictureError) == isinstance(error, PictureError)
    assert copy.exit_code in list(ExitCode)
