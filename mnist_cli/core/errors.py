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

    A class says its code and exit code where it begins, or has those of the one above it.
    """

    exit_code: ExitCode = ExitCode.REFUSED
    code: ClassVar[str] = "error"

    def __init_subclass__(cls, code: str | None = None, exit_code: ExitCode | None = None) -> None:
        super().__init_subclass__()
        cls.code = code or cls.code
        cls.exit_code = exit_code or cls.exit_code

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def to_record(self) -> dict[str, str]:
        """Return the machine-readable form: code, message, hint."""
        return {"code": self.code, "message": self.message, "hint": self.hint}

    def __reduce__(self) -> tuple[Any, ...]:
        """Say how another process gets it: as it is, whatever its class is made of."""
        return Exception.__new__, (type(self), *self.args), vars(self)


class UsageError(MnistError, code="usage", exit_code=ExitCode.USAGE):
    """The command line asks for something that makes no sense."""


class PictureError(MnistError, code="picture_refused"):
    """A picture that can't be used, or must not be decoded."""


class NotAPictureError(PictureError, code="not_a_picture"):
    """These bytes are of no format that is read."""


class PictureTooLargeError(PictureError, code="picture_too_large"):
    """More bytes or pixels than are read."""


class PictureUnreadableError(PictureError, code="unreadable", exit_code=ExitCode.ENVIRONMENT):
    """The file is there, and the system does not give what is in it."""


class PictureTooCostlyError(PictureError, code="too_costly"):
    """A small file that would take long to decode."""


class PictureNotFoundError(PictureError, code="picture_not_found", exit_code=ExitCode.NOT_FOUND):
    """No picture at this path."""


class FormError(MnistError, code="form_invalid"):
    """A form that makes no sense."""


class FormNotFoundError(FormError, code="form_not_found", exit_code=ExitCode.NOT_FOUND):
    """No form at this path."""

    def __init__(self, path: str) -> None:
        super().__init__(
            f"No form {path!r}.", hint="`mnist form new SHEET` makes one; sudoku is built in."
        )


class OutOfMemoryError(MnistError, code="out_of_memory", exit_code=ExitCode.ENVIRONMENT):
    """There is less memory than it takes."""


class PictureMemoryError(OutOfMemoryError, PictureError):
    """There is less memory than a picture takes."""


class ProcessLostError(MnistError, code="process_lost", exit_code=ExitCode.ENVIRONMENT):
    """A process that reads pictures ended, and its answers with it."""


class DatasetError(MnistError, code="dataset_refused"):
    """A data set that is damaged, of the wrong shape, or larger than it may be."""


class DatasetNotFoundError(DatasetError, code="dataset_not_found", exit_code=ExitCode.NOT_FOUND):
    """No data set at this path."""


class ClassNamesError(DatasetError, code="class_names_refused"):
    """Class names that are not ten, or not fit to be shown."""

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="Give a line a class, ten in all, or a JSON list.")


class ClassNamesNotFoundError(
    ClassNamesError, code="class_names_not_found", exit_code=ExitCode.NOT_FOUND
):
    """No file of class names at this path."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"Can't read class names from {path!r}: {reason}.")


class ModelError(MnistError, code="model_refused"):
    """A model that is damaged, unsafe, or made for another task."""


class ModelNotFoundError(ModelError, code="model_not_found", exit_code=ExitCode.NOT_FOUND):
    """No trained model answers to this reference."""

    def __init__(self, reference: str, why: str = "", there: str = "", hint: str = "") -> None:
        known = f"There is {there}. Or run" if there else "Run"
        hint = hint or f"{known} `mnist train`, or pass --model PATH."
        super().__init__(f"No model {reference!r}{why}.", hint=hint)


class WeightsNotFoundError(ModelError, code="weights_not_found", exit_code=ExitCode.NOT_FOUND):
    """No weights to begin a training with at this path."""


class ExportError(MnistError, code="export_refused"):
    """A format can't hold a network, or answers otherwise than it."""


class TrainingError(MnistError, code="training_diverged"):
    """Training went wrong, for example by a loss that is no number."""


class LearntNothingError(TrainingError, code="learnt_nothing"):
    """A trained network reads no better than by always naming one class."""


class CheckpointError(MnistError, code="checkpoint_refused"):
    """A run's checkpoints or its settings are damaged."""


class RunNotFoundError(CheckpointError, code="run_not_found", exit_code=ExitCode.NOT_FOUND):
    """No unfinished run has this name."""

    def __init__(self, run: str | None, there: str = "") -> None:
        what = f"No unfinished run {run!r}." if run else "No unfinished run."
        super().__init__(what, hint=f"There is {there or 'none'} in .training/ of the store.")


class ClusterError(MnistError, code="cluster", exit_code=ExitCode.ENVIRONMENT):
    """Another worker was lost, or can't be reached."""


class StorageError(MnistError, code="environment", exit_code=ExitCode.ENVIRONMENT):
    """The disk is full, a folder is read-only, a file can't be written."""


class SpreadsheetError(MnistError, code="too_wide"):
    """What was read does not go into a spreadsheet."""

    def __init__(self) -> None:
        super().__init__(
            "An .xlsx sheet holds 16,384 columns, and 32,767 characters a cell; this is more.",
            hint="A .csv file holds any number.",
        )


class ConflictError(MnistError, code="conflict", exit_code=ExitCode.CONFLICT):
    """Something is there already, or is held by another process."""


class NotInstalledError(MnistError, code="environment", exit_code=ExitCode.ENVIRONMENT):
    """What is asked for needs a library that is not installed by default.

    Args:
        what: The command.
        library: What it needs.
        extra: The extra of this package that brings it.
    """

    def __init__(self, what: str, library: str, extra: str) -> None:
        super().__init__(
            f"{what} needs {library}, which is not installed.",
            hint=f"Run `pip install 'mnist-cli[{extra}]'`.",
        )


class BrokenLibraryError(MnistError, code="environment", exit_code=ExitCode.ENVIRONMENT):
    """A library that is needed is missing, or can't be imported."""

    def __init__(self, library: str, reason: ImportError) -> None:
        super().__init__(
            f"{library} can't be imported ({reason}).",
            hint=f"Install it again: `pip install --force-reinstall {library.lower()}`.",
        )


class ServerError(MnistError, code="environment", exit_code=ExitCode.ENVIRONMENT):
    """The server can't listen, or its processes don't start."""


class ServerFileNotFoundError(
    ServerError, code="server_file_not_found", exit_code=ExitCode.NOT_FOUND
):
    """No file of keys, or of a certificate, at this path."""

    def __init__(self, path: str) -> None:
        super().__init__(f"No file {path!r}.", hint="Is the path right?")


class StoppedError(MnistError, code="stopped"):
    """A signal asked the work to stop."""

    def __init__(self, message: str, *, signal_number: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.exit_code = ExitCode(128 + signal_number)
