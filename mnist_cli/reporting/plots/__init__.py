"""Figures; here Matplotlib is imported first: quietly, and whatever MPLBACKEND says."""

import logging
import os

from mnist_cli.core.outputs import check_temporary_folder

check_temporary_folder()
logging.getLogger("matplotlib").addHandler(logging.NullHandler())  # of a cache it makes elsewhere
_backend = os.environ.pop("MPLBACKEND", None)
import matplotlib as mpl  # noqa: E402, F401  an unknown backend would end the import

if _backend is not None:
    os.environ["MPLBACKEND"] = _backend
