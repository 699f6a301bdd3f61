"""Files that change towards what no other reached yet: coverage-guided fuzzing, by atheris.

    pip install atheris
    python -m tests.faults.coverage_fuzz pictures|models --minutes 30 [--corpus FOLDER]

Pictures are decoded, their digits found and brought to 28×28; model files are looked through as
before Keras opens them. It stops at the first file that ends otherwise than in a result or a
refusal, takes over ten seconds, or over 2 GiB of memory, and leaves that file in the corpus.
Minutes are of processor time. A corpus that is kept is gone on from.
"""

import argparse
import operator
import os
import signal
import sys
import tempfile
import warnings
import zlib
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, get_args

import atheris

with atheris.instrument_imports(include=["mnist_cli", "PIL"]):
    from PIL import (  # noqa: F401  what `decode` would import later, uninstrumented
        BmpImagePlugin,
        GifImagePlugin,
        JpegImagePlugin,
        MpoImagePlugin,
        PngImagePlugin,
        TiffImagePlugin,
        WebPImagePlugin,
    )

    from mnist_cli.core.choices import Invert, Layout, Turn
    from mnist_cli.core.errors import MnistError, PictureError
    from mnist_cli.core.models import (  # noqa: F401  in a child, see `fuzz_models`
        hdf5_check,
        keras_parts,
        model_file,
    )
    from mnist_cli.reading.find_page import find_page
    from mnist_cli.reading.finder import Finder
    from mnist_cli.reading.image import decode
    from mnist_cli.reading.page import Page
    from mnist_cli.reading.tables.wanted import Wanted

import numpy as np

from tests.faults import fuzz_models, fuzz_pictures
from tests.faults.kill_points import QUICK_DISK
from tests.faults.test_fuzz_files import refusals

MAX_SECONDS, MAX_MEGABYTES = 10, 2048
WAYS = list(product(get_args(Invert), get_args(Layout), get_args(Turn)))

_COMPARISONS = [getattr(operator, name) for name in ("lt", "le", "eq", "ne", "gt", "ge")]
_working_folder: Path


def compare(left: Any, right: Any, how: int, counter: int, constant: bool) -> Any:
    """Stand for what atheris calls at comparisons, which never lets go of an array."""
    if isinstance(left, np.ndarray) or isinstance(right, np.ndarray):
        return _COMPARISONS[how](left, right)
    return atheris._traced(left, right, how, counter, constant)


def read_picture(data: bytes) -> None:
    """Take a picture to 28×28, in one of the ways to look at it, or see it refused."""
    try:
        picture = decode(data)
        page = find_page(picture.grey, _finder(), Wanted(*WAYS[zlib.crc32(data) % len(WAYS)]))
    except (PictureError, MemoryError):
        return
    check_page(page)


@cache
def _finder() -> Finder:
    """Return what finds digits, opened by the process that fuzzes."""
    return Finder(threads=1)


def check_page(page: Page) -> None:
    """See that a page holds what a network takes, from within the picture."""
    height, width = page.grey.shape
    assert page.takes
    for image in page.stages.values():
        assert image.dtype == np.uint8
    for take in page.takes:
        assert take.normalised.image.shape == (28, 28)
        assert take.normalised.image.dtype == np.uint8
        left, top, right, bottom = take.normalised.box
        assert 0 <= left < right <= width
        assert 0 <= top < bottom <= height


def look_through_model(data: bytes) -> None:
    """Look through a model file, or see it refused."""
    path = _working_folder / ("a.keras" if data.startswith(b"PK") else "a.h5")
    path.write_bytes(data)
    with refusals(MnistError, str(path)):
        content, network = model_file.read_checked(path)
        assert content == data
        assert network["class_name"] in keras_parts.MODELS


def fuzz(what: str, minutes: float, corpus: Path) -> None:
    """Let libFuzzer work, which ends this process."""
    pictures = what == "pictures"
    kind = fuzz_pictures if pictures else fuzz_models
    run = read_picture if pictures else look_through_model
    if not any(corpus.iterdir()):
        kind.lay_seeds(corpus)
    warnings.simplefilter("error")  # a result that is no number is warned of first

    def run_until_the_end(data: bytes) -> None:
        if atheris._trace_cmp is not compare:  # it binds its own as it begins
            vars(atheris).update(_traced=atheris._trace_cmp, _trace_cmp=compare)
        run(data)
        if sum(os.times()[:4]) > 60 * minutes:
            os.kill(os.getpid(), signal.SIGUSR1)  # libFuzzer tells its figures and ends

    settings = {
        "timeout": MAX_SECONDS,
        "rss_limit_mb": MAX_MEGABYTES,
        "max_len": kind.MAX_BYTES,
        "print_final_stats": 1,
        "artifact_prefix": f"{corpus}/",
    }
    flags = [f"-{name}={value}" for name, value in settings.items()]
    arguments = [sys.argv[0], *flags, str(corpus)]
    atheris.Setup(arguments, run_until_the_end, custom_mutator=kind.mutated)
    atheris.Fuzz()


def main() -> None:
    global _working_folder  # noqa: PLW0603  libFuzzer calls with bytes alone
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["pictures", "models"])
    parser.add_argument("--minutes", type=float, default=30, help="of processor time")
    parser.add_argument("--corpus", type=Path, help="a folder, in which findings are left too")
    options = parser.parse_args()
    corpus = options.corpus or Path(tempfile.mkdtemp(prefix="corpus-"))
    corpus.mkdir(parents=True, exist_ok=True)
    print(f"corpus: {corpus}", flush=True)  # noqa: T201
    with tempfile.TemporaryDirectory(dir=QUICK_DISK) as name:
        _working_folder = Path(name)
        child = os.fork()
        if not child:
            fuzz(options.what, options.minutes, corpus)
        _, status = os.waitpid(child, 0)
    sys.exit(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
