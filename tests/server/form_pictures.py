"""A form, and a sheet of it that is filled in and photographed."""

from functools import cache

import numpy as np

from mnist_cli.synthesis.sources import Source
from tests.benchmarks.form_sheets import Sheet, filled, photographed, printed, scanned


@cache
def blank() -> bytes:
    """Return a scan of the form, as nobody has filled it in."""
    return scanned(printed(0))


@cache
def of_another_form() -> bytes:
    """Return a scan of another one."""
    return scanned(printed(1))


@cache
def sheet() -> Sheet:
    """Return what is written on the photograph."""
    return filled(0, 1, Source(300, None, (), True, 0).open())


@cache
def photo() -> bytes:
    """Return a photograph of a sheet that is filled in."""
    return photographed(np.random.default_rng(0), sheet().canvas)
