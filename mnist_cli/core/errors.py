"""Exit codes and the tree of expected failures.

An expected failure says what happened, what was received, and what to do next (`hint`). Only
the boundary in `cli.py` catches these; any other exception is a bug and keeps its traceback.
"""

from enum import IntEnum
from typing import Any, ClassVar


class ExitCode(IntEnum):
    """What the process answers to the shell; a published table, never renumbered."""

    OK = 0
    BUG = 1
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    ENVIRONMENT = 5
    CONFLICT = 6
    THRESHOLD = 7
    HANGUP = 129
    INTERRUPT = 130
    BROKEN_PIPE = 141
    TERMINATED = 143


class MnistError(Exception):
    """Any failure that a user can meet and do something about.

    Args:
        message: What happened and what was received, one line.
        hint: What to do next, one line; empty when there is nothing to do.
    """

    exit_code: ExitCode = ExitCode.REFUSED
    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def to_record(self) -> dict[str, str]:
        """Return the machine-readable form: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how another process gets it: as it is, whatever its class is made of."""
        return _copied, (type(self), self.args, vars(self))


def _copied(kind: type[MnistError], args: tuple[Any, ...], values: dict[str, Any]) -> MnistError:
    error = kind.__new__(kind, *args)
    vars(error).update(values)
    return error


class UsageError(MnistError):
    """The command line asks for something that makes no sense."""

    exit_code = ExitCode.USAGE
    code = "usage"


class PictureError(MnistError):
    """A picture that can't be used, or must not be decoded."""

    code = "picture_refused"


class NotAPictureError(PictureError):
    """These bytes are of no format that is read."""

    code = "not_a_picture"


class PictureTooLargeError(PictureError):
    """More bytes or pixels than are read."""

    code = "picture_too_large"


class PictureUnreadableError(PictureError):
    """The file is there, and the system does not give what is in it."""

    exit_code = ExitCode.ENVIRONMENT
    code = "unreadable"


class PictureTooCostlyError(PictureError):
    """A small file that would take long to decode."""

    code = "too_costly"


class PictureNotFoundError(PictureError):
    """No picture at this path."""

    exit_code = ExitCode.NOT_FOUND
    code = "picture_not_found"


class FormError(MnistError):
    """A form that makes no sense."""

    code = "form_invalid"


class FormNotFoundError(FormError):
    """No form at this path."""

    exit_code = ExitCode.NOT_FOUND
    code = "form_not_found"

    def __init__(self, path: str) -> None:
        super().__init__(
            f"No form {path!r}.", hint="`mnist form new SHEET` makes one; sudoku is built in."
        )


class OutOfMemoryError(MnistError):
    """There is less memory than it takes."""

    exit_code = ExitCode.ENVIRONMENT
    code = "out_of_memory"


class PictureMemoryError(OutOfMemoryError, PictureError):
    """There is less memory than a picture takes."""


class ProcessLostError(MnistError):
    """A process that reads pictures ended, and its answers with it."""

    exit_code = ExitCode.ENVIRONMENT
    code = "process_lost"


class DatasetError(MnistError):
    """A data set that is damaged, of the wrong shape, or larger than it may be."""

    code = "dataset_refused"


class DatasetNotFoundError(DatasetError):
    """No data set at this path."""

    exit_code = ExitCode.NOT_FOUND
    code = "dataset_not_found"


class ClassNamesError(DatasetError):
    """Class names that are not ten, or not fit to be shown."""

    code = "class_names_refused"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Give a line a class, ten in all, or a JSON list.")


class ClassNamesNotFoundError(ClassNamesError):
    """No file of class names at this path."""

    exit_code = ExitCode.NOT_FOUND
    code = "class_names_not_found"

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"Can't read class names from {path!r}: {reason}.")


class ModelError(MnistError):
    """A model that is damaged, unsafe, or made for another task."""

    code = "model_refused"


class ModelNotFoundError(ModelError):
    """No trained model answers to this reference."""

    exit_code = ExitCode.NOT_FOUND
    code = "model_not_found"

    def __init__(self, reference: str, why: str = "", there: str = "") -> None:
        known = f"There is {there}. Or run" if there else "Run"
        super().__init__(
            f"No model {reference!r}{why}.", hint=f"{known} `mnist train`, or pass --model PATH."
        )


class WeightsNotFoundError(ModelError):
    """No weights to begin a training with at this path."""

    exit_code = ExitCode.NOT_FOUND
    code = "weights_not_found"


class ExportError(MnistError):
    """A format can't hold a network, or answers otherwise than it."""

    code = "export_refused"


class TrainingError(MnistError):
    """Training went wrong, for example by a loss that is no number."""

    code = "training_diverged"


class LearntNothingError(TrainingError):
    """A trained network reads no better than by always naming one class."""

    code = "learnt_nothing"


class CheckpointError(MnistError):
    """A run's checkpoints or its settings are damaged."""

    code = "checkpoint_refused"


class RunNotFoundError(CheckpointError):
    """No unfinished run has this name."""

    exit_code = ExitCode.NOT_FOUND
    code = "run_not_found"

    def __init__(self, run: str | None, there: str = "") -> None:
        what = f"No unfinished run {run!r}." if run else "No unfinished run."
        super().__init__(what, hint=f"There is {there or 'none'} in .training/ of the store.")


class ClusterError(MnistError):
    """Another worker was lost, or can't be reached."""

    exit_code = ExitCode.ENVIRONMENT
    code = "cluster"


class StorageError(MnistError):
    """The disk is full, a folder is read-only, a file can't be written."""

    exit_code = ExitCode.ENVIRONMENT
    code = "environment"


class SpreadsheetError(MnistError):
    """What was read does not go into a spreadsheet."""

    code = "too_wide"

    def __init__(self) -> None:
        super().__init__(
            "An .xlsx sheet holds 16,384 columns, and 32,767 characters a cell; this is more.",
            hint="A .csv file holds any number.",
        )


class ConflictError(MnistError):
    """Something is there already, or is held by another process."""

    exit_code = ExitCode.CONFLICT
    code = "conflict"


class NotInstalledError(MnistError):
    """What is asked for needs a library that is not installed by default.

    Args:
        what: The command.
        library: What it needs.
        extra: The extra of this package that brings it.
    """

    exit_code = ExitCode.ENVIRONMENT
    code = "environment"

    def __init__(self, what: str, library: str, extra: str) -> None:
        super().__init__(
            f"{what} needs {library}, which is not installed.",
            hint=f"Run `pip install 'mnist-cli[{extra}]'`.",
        )


class BrokenLibraryError(MnistError):
    """A library that is needed is missing, or can't be imported."""

    exit_code = ExitCode.ENVIRONMENT
    code = "environment"

    def __init__(self, library: str, reason: ImportError) -> None:
        super().__init__(
            f"{library} can't be imported ({reason}).",
            hint=f"Install it again: `pip install --force-reinstall {library.lower()}`.",
        )


class ServerError(MnistError):
    """The server can't listen, or its processes don't start."""

    exit_code = ExitCode.ENVIRONMENT
    code = "environment"


class ServerFileNotFoundError(ServerError):
    """No file of keys, or of a certificate, at this path."""

    exit_code = ExitCode.NOT_FOUND
    code = "server_file_not_found"

    def __init__(self, path: str) -> None:
        super().__init__(f"No file {path!r}.", hint="Is the path right?")


class StoppedError(MnistError):
    """A signal asked the work to stop."""

    code = "stopped"

    def __init__(self, message: str, *, signal_number: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.exit_code = ExitCode(128 + signal_number)
