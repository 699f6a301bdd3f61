"""A user's ONNX file as a classifier of 28×28 images, with the libraries of the extra `onnx`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray

from mnist_cli.core.errors import ModelError
from mnist_cli.core.models.conventions import Convention, ModelHead, ModelInput
from mnist_cli.core.models.file_classifier import FileClassifier, Known
from mnist_cli.core.models.model_file import read_regular_model
from mnist_cli.core.models.onnx_note import read_note
from mnist_cli.core.models.trial import Run
from mnist_cli.core.text import first_line

DOMAINS = {"", "ai.onnx", "ai.onnx.ml"}  # ONNX's own operations; others are somebody's code
REPEATING = {"Loop", "Scan"}  # a loop may never end, and nothing stops ONNX Runtime in it
MAX_NODES = 20_000
BATCH = 500  # images that are computed at once, at most
TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(uint8)": np.uint8,
}
# layouts of 28×28 pixels by the number of axes, where a file leaves them open; PyTorch's among them
LAYOUTS = {2: (784,), 3: (28, 28), 4: (1, 28, 28)}


class OnnxClassifier(FileClassifier):
    """Looks through a file, opens it with ONNX Runtime, and finds out what its numbers mean.

    Args:
        path: An `.onnx` file.
        threads: How many to work with; all cores, if left out.
        known: What is known of it beforehand.

    Raises:
        ModelNotFoundError: Nothing is there.
        ModelError: The file is damaged, unsafe, or made for another task.
    """

    def __init__(self, path: Path, threads: int | None = None, known: Known | None = None) -> None:
        content = read_regular_model(path)
        known = _with_note(path, _checked(path, content), known or Known())
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads or 0
        options.log_severity_level = 4
        # never in ONNX Runtime's own format, which was not looked through
        options.add_session_config_entry("session.load_model_format", "ONNX")
        try:
            session = onnxruntime.InferenceSession(content, options, ["CPUExecutionProvider"])
            run = _runner(path, session)
        except ModelError:
            raise
        except Exception as error:  # ONNX Runtime's errors have no common class
            raise ModelError(
                f"{path}: ONNX Runtime can't open it ({first_line(error)})."
            ) from error
        super().__init__(path, run, content, known)


def _checked(path: Path, content: bytes) -> Any:
    """Return what a file holds; no operations of others, loops, or tensors in other files."""
    try:
        graph = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's own
        raise ModelError(f"{path}: the model file is damaged (it is no ONNX).") from error
    if graph.functions:  # a few that call each other can make millions of operations
        raise ModelError(
            f"{path}: holds functions of its own.",
            hint="Put them in their places: `onnx.inliner.inline_local_functions(model)`.",
        )
    count = 0
    for part in _parts(graph):
        if isinstance(part, onnx.NodeProto):
            count += 1
            _check_operation(path, part)
        elif part.data_location == onnx.TensorProto.EXTERNAL or part.external_data:
            raise ModelError(
                f"{path}: its weights lie in another file.",
                hint="Save them inside: `onnx.save(onnx.load(path), 'whole.onnx')`.",
            )
    if not count:
        raise ModelError(f"{path}: the model file is damaged (no operation of ONNX is in it).")
    if count > MAX_NODES:
        raise ModelError(f"{path}: {count} operations; at most {MAX_NODES} are opened.")
    return graph


def _with_note(path: Path, graph: Any, known: Known) -> Known:
    """Add what this tool's own export says of itself; what the user says goes before."""
    note = read_note(path, {entry.key: entry.value for entry in graph.metadata_props})
    if note is None:
        return known
    stated = known.convention
    convention = Convention(stated.input or ModelInput.UNIT, stated.head or ModelHead.SOFTMAX)
    return Known(known.version, *note, convention)


def _check_operation(path: Path, node: Any) -> None:
    if node.domain not in DOMAINS:
        raise ModelError(
            f"{path}: holds {node.domain[:50]}.{node.op_type[:50]}, no operation of ONNX.",
            hint="Export it with ONNX's own operations.",
        )
    if node.op_type in REPEATING:
        raise ModelError(
            f"{path}: holds the operation {node.op_type}, which may run without end.",
            hint="Export it without loops: recurrent layers as ONNX's LSTM, GRU or RNN.",
        )


def _parts(message: Any) -> Iterator[Any]:
    """Yield every operation and every tensor, wherever it stands."""
    waiting = [message]
    while waiting:
        value = waiting.pop()
        if isinstance(value, onnx.NodeProto | onnx.TensorProto):
            yield value
        for field, inside in value.ListFields():
            if field.message_type:
                waiting.extend(inside if field.is_repeated else [inside])


def _runner(path: Path, session: Any) -> Run:
    """Return what runs a session on (N, 28, 28, 1) float32."""
    if len(session.get_inputs()) != 1 or session.get_inputs()[0].type not in TYPES:
        given = ", ".join(f"{i.name} {i.type}" for i in session.get_inputs())
        raise ModelError(f"{path}: expected one input of numbers. Received: {given[:200]}.")
    (taken,) = session.get_inputs()
    shape, kind = _shape(path, taken.shape), TYPES[taken.type]
    batch = taken.shape[0] if isinstance(taken.shape[0], int) else None
    blank = np.zeros((batch or 1, *shape), kind)
    output = _output(path, session.run(None, {taken.name: blank}), session)

    def run(images: NDArray[np.float32]) -> NDArray[np.float32]:
        pixels = images.reshape(-1, *shape).astype(kind)
        if batch:  # the last one is filled up with blank images
            pixels = np.concatenate([pixels, blank[: -len(pixels) % batch]])
        starts = range(0, len(pixels), batch or BATCH)
        parts = (pixels[at : at + (batch or BATCH)] for at in starts)
        answers = [session.run([output], {taken.name: part})[0] for part in parts]
        return np.concatenate(answers).astype(np.float32)[: len(images)]

    return run


def _shape(path: Path, axes: list[int | str | None]) -> tuple[int, ...]:
    """Return the shape of one image; axes that are left open are as long as images are."""
    sizes = [axis for axis in axes[1:] if isinstance(axis, int)]
    shape = tuple(sizes) if len(sizes) == len(axes) - 1 else LAYOUTS.get(len(axes), ())
    if int(np.prod(shape)) != 784 or not set(sizes) <= {1, 28, 784} or not shape:
        raise ModelError(f"{path}: expected 28×28 grey images in. Received: {axes}.")
    return shape


def _output(path: Path, answers: list[Any], session: Any) -> str:
    """Return the name of the output that tells ten classes, by the answers to a few images."""
    names = [output.name for output in session.get_outputs()]
    tens = [
        name
        for name, answer in zip(names, answers, strict=True)
        if isinstance(answer, np.ndarray)
        and answer.dtype.kind == "f"
        and answer.shape[1:2] == (10,)
    ]
    if len(tens) != 1:
        raise ModelError(
            f"{path}: expected one output of 10 classes. Received: {', '.join(names)[:200]}.",
            hint="Of scikit-learn: skl2onnx.to_onnx(model, pixels[:1], options={'zipmap': False}).",
        )
    return str(tens[0])
