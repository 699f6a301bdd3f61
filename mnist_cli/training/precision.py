"""In which precision this machine multiplies fastest."""

from pathlib import Path

from mnist_cli.core.choices import Precision

_FLAGS = {"avx512_bf16", "amx_bf16"}


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether the processor multiplies bfloat16 natively; unknown is no."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return False
    flags = (line.partition(":")[2].split() for line in lines if line.startswith("flags"))
    return not _FLAGS.isdisjoint(next(flags, []))


def keras_policy(precision: Precision) -> str:
    """Return the name of the Keras dtype policy for a precision."""
    if precision == "auto":
        precision = "bfloat16" if has_bfloat16() else "float32"
    return {"float32": "float32", "bfloat16": "mixed_bfloat16"}[precision]
