"""Long runs, in which nothing may go wrong and nothing may grow.

    python -m tests.benchmarks.soak serve --minutes 60
    python -m tests.benchmarks.soak predict --count 100000

`serve` asks a real server rightly and wrongly, a few dozen times a second; `predict` reads a
folder of pictures, each hundredth of them broken. Ends with 1 if anything was not as it should be.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import soak_predict, soak_serve
from tests.benchmarks.machine import machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["serve", "predict"])
    parser.add_argument("--minutes", type=float, default=60, help="that the server is asked")
    parser.add_argument("--per-s", type=float, default=40, help="requests to it")
    parser.add_argument("--count", type=int, default=100_000, help="of pictures")
    options = parser.parse_args()
    print(machine(), flush=True)
    with tempfile.TemporaryDirectory() as name:
        if options.what == "serve":
            wrong = soak_serve.run(Path(name), 60 * options.minutes, options.per_s)
        else:
            wrong = soak_predict.run(Path(name), options.count)
    for line in wrong:
        print(f"WRONG  {line}")
    print("all as it should be" if not wrong else f"{len(wrong)} things are wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
