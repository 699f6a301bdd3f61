"""A network as a C array, for microcontrollers that run it with LiteRT for Microcontrollers."""

import hashlib
import re
from pathlib import Path

import mnist_cli
from mnist_cli.core.choices import ExportEnds, ExportPrecision
from mnist_cli.core.models.graph_classifier import GraphClassifier
from mnist_cli.core.models.litert import LiteRTModel, WholeNumbers
from mnist_cli.export.comparison import Runner
from mnist_cli.export.litert_file import converted

A_LINE = 16  # bytes

HEADER = """\
/* {name}, a network that reads handwritten digits, in {precision}; made by mnist-cli {tool}.

   Takes 28 x 28 pixels, row by row, 0 for paper and 1 for ink, the digit 20 pixels long with
   its centre of mass in the middle: {takes}.
   Gives ten probabilities, of 0 to 9: {gives}.
   Raised to 1 / {temperature} (its temperature) and divided by their sum, they are calibrated.

   With LiteRT for Microcontrollers (TensorFlow Lite Micro):

       #include "mnist_model.h"  // this file
       const tflite::Model* model = tflite::GetModel(mnist_model);
       tflite::MicroInterpreter interpreter(model, resolver, arena, sizeof(arena));
       interpreter.AllocateTensors();
       // fill interpreter.input(0)->data.{field}[0..783]
       interpreter.Invoke();
       // the digit is where interpreter.output(0)->data.{field}[0..9] is largest

   Include it in one source file: each has a copy of its own. */
#ifndef MNIST_MODEL_H
#define MNIST_MODEL_H

#include <stdalign.h>

#define MNIST_MODEL_SIZE {size}u
#define MNIST_MODEL_SHA256 "{sha256}"
{scales}
alignas(16) static const unsigned char mnist_model[MNIST_MODEL_SIZE] = {{
{rows}
}};

#endif
"""


def write(
    classifier: GraphClassifier, path: Path, precision: ExportPrecision, ends: ExportEnds
) -> LiteRTModel:
    """Write a `.h` that holds the bytes of a `.tflite`, and open these.

    Args:
        classifier: The network.
        path: The file.
        precision: As of a `.tflite`.
        ends: What it takes and gives, as of a `.tflite`.

    Raises:
        OSError: The disk is full.
    """
    content = converted(classifier, precision, ends)
    model = LiteRTModel(content)
    version = classifier.version
    text = HEADER.format(
        name=f"Version {version}" if version else "A model's file",
        precision=precision,
        tool=mnist_cli.__version__,
        takes=model.takes or ends,
        gives=model.gives or ends,
        temperature=classifier.temperature,
        field="int8" if ends == "int8" else "f",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        scales=_scale("INPUT", model.takes) + _scale("OUTPUT", model.gives),
        rows="\n".join(_rows(content)),
    )
    path.write_text(text, encoding="ascii")
    return model


def opened(path: Path) -> Runner:
    """Return what runs the bytes that stand in a `.h`."""
    _, _, rows = path.read_text(encoding="ascii").rpartition("{")
    content = bytes(int(byte, 16) for byte in re.findall(r"0x(\w\w)", rows))
    return LiteRTModel(content).run


def _scale(end: str, numbers: WholeNumbers | None) -> str:
    """Return the lines that say what whole numbers mean; none for float ones."""
    if numbers is None:
        return ""
    return (
        f"#define MNIST_MODEL_{end}_SCALE {numbers.scale:.9g}f\n"
        f"#define MNIST_MODEL_{end}_ZERO_POINT ({numbers.zero_point})\n"
    )


def _rows(content: bytes) -> list[str]:
    lines = (content[at : at + A_LINE] for at in range(0, len(content), A_LINE))
    return ["    " + " ".join(f"0x{byte:02x}," for byte in line) for line in lines]
