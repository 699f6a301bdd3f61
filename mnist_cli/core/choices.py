"""What can be chosen from a few words, once for options, functions and schemas."""

from typing import Literal

# of a training
Arch = Literal["dense", "cnn"]
Recipe = Literal["quick", "standard", "best", "bundled"]  # by cost; the last is the package's
Distribute = Literal["none", "mirrored", "multiworker"]  # where batches are worked on
Precision = Literal["auto", "float32", "bfloat16"]
Optimizer = Literal["adamw", "sgd"]
Schedule = Literal["cosine", "linear", "constant"]
ClassWeights = Literal["none", "balanced"]
Initializer = Literal["he_normal", "he_uniform", "glorot_normal", "glorot_uniform"]

# of data sets, figures and exports
Split = Literal["train", "test"]
FigureFormat = Literal["png", "svg", "pdf"]
ExportFormat = Literal["savedmodel", "onnx", "litert", "c"]
ExportPrecision = Literal["float32", "float16", "int8"]
ExportEnds = Literal["float32", "int8"]  # the numbers that an export takes and gives

# of reading
Engine = Literal["local", "ray"]
Layout = Literal["auto", "single", "line", "page", "table"]  # how many digits there may be
Invert = Literal["auto", "yes", "no"]  # whether ink is darker than paper
Turn = Literal["auto", 0, 90, 180, 270]  # degrees clockwise, before it is read
TurnText = Literal["auto", "0", "90", "180", "270"]  # the same as texts, of an option or a query
