"""The `mnist` command, and python -m mnist_cli."""

import gc
import os
import signal
import sys

# Imports make many objects and no garbage: with fewer collections `predict` starts a tenth sooner.
gc.set_threshold(100_000, 20, 20)


# Python looks for modules in the working folder first, also in processes that are started by
# multiprocessing or by Ray; whose pictures are read is not who decides what code is run.
os.environ["PYTHONSAFEPATH"] = "1"


def main() -> None:
    """Run the command line, which a process that only reads pictures need not import."""
    try:
        from mnist_cli.cli import app as cli

        cli.main()
    except KeyboardInterrupt:  # while it was imported
        sys.exit(128 + signal.SIGINT)
    finally:
        gc.freeze()  # or the interpreter's last collection would cost a fifth of `predict`


if __name__ == "__main__":
    main()
