"""How sure an answer may be: weighs what speaks for answers on synthetic pages.

    python -m tests.benchmarks.confidence [--count 1200] [--writers FOLDER]

The pages are like those that the finder learns from, of digits that no training saw: MNIST's that
all recipes hold out, and the writers' in FOLDER, which has to hold those alone of whom no training
had any. A logistic regression learns on two pages of three which answers are right; the third
tells how many of the wrong answers have more than a confidence, and of the right ones less. Then
it learns on all pages: those weights are for `reading/config.py`. Which neighbours of a digit are
likely is told by weights without what stands beside it; `--alone` makes those, which come first. A
page that was straightened is left out: its digits lie elsewhere on it than was drawn.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from mnist_cli.core.errors import PictureError
from mnist_cli.reading.answers import together
from mnist_cli.reading.classifier import Classifier
from mnist_cli.reading.confidence import context, evidence, rightness
from mnist_cli.reading.find_page import find_page
from mnist_cli.reading.finder import Finder
from mnist_cli.reading.page import Take
from mnist_cli.reading.tables.wanted import Wanted
from mnist_cli.synthesis.page import make_sheet
from mnist_cli.synthesis.sources import HELD_OUT, Source
from mnist_cli.synthesis.truth import Page

from .cases import in_doubt
from .machine import machine
from .reading import model_parser, open_classifier
from .scores import pair_boxes

SEED = 1_000_033
SIDES = (384, 640, 896)  # px
IOU = 0.35  # boxes of small digits are imprecise
NAMES = (
    *("classifier", "finder", "there", "in its line", "odd height", "height"),
    *("letters", "unlikely"),
)
ALONE = 6  # of these, the first ones: what is beside the digit is left out
CONFIDENCES = (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9)


class Answers(NamedTuple):
    """Evidence of a page's answers, which are right, (N,), and how sure they are.

    The evidence is (N, 8), and (N, 6) without what is beside them.
    """

    evidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    confidences: NDArray[np.float64]


def main() -> None:
    parser = model_parser(__doc__)
    parser.add_argument("--count", type=int, default=1_200, help="Pages.")
    parser.add_argument("--writers", type=Path, help="Scanned digits, WRITER/DIGIT/*.png.")
    parser.add_argument("--alone", action="store_true", help="Leave out what is beside digits.")
    options = parser.parse_args()
    print(machine())
    classifier = open_classifier(parser, options)
    pages = list(answers_on_pages(classifier, options.count, options.writers))
    if options.alone:
        pages = [page._replace(evidence=page.evidence[:, :ALONE]) for page in pages]
    learned = joined([page for at, page in enumerate(pages) if at % 3])
    measured = joined(pages[::3])
    shares = fitted(learned).predict_proba(measured.evidence)[:, 1]
    tell("as they are read", measured.confidences, measured.right)
    tell("as it would be", shares, measured.right)
    model = fitted(joined(pages))
    print(f"{'always':<12}{model.intercept_[0]:8.3f}")
    for name, weight in zip(NAMES, model.coef_[0], strict=False):
        print(f"{name:<12}{weight:8.3f}")


def answers_on_pages(classifier: Classifier, count: int, writers: Path | None) -> Iterator[Answers]:
    """Yield what is read on each page that has answers; none is left out as unlikely."""
    names = tuple(sorted(path.name for path in writers.iterdir())) if writers else ()
    digits = Source(HELD_OUT, writers, names, held_out=True, seed=SEED).open()
    finder = Finder()
    for number in range(count):
        page = make_sheet([SEED, number], digits, SIDES[number % len(SIDES)])
        if page.turned:
            continue
        try:
            read = find_page(page.grey, finder, Wanted(turn=0))
        except PictureError:
            continue
        if read.takes and not read.straightened and all(take.candidate for take in read.takes):
            yield judged(classifier, read.takes, page)


def judged(classifier: Classifier, takes: tuple[Take, ...], page: Page) -> Answers:
    """Compare a page's answers with the truth; those where nobody could say are left out."""
    found = [take.candidate for take in takes if take.candidate]
    classified = classifier.probabilities(np.stack([take.normalised.image for take in takes]))
    answers = together(classified, found).argmax(axis=1)
    said = np.stack([one.symbols[:10] for one in found])
    own = evidence(answers, classified, said, found, [take.usual_height for take in takes])
    near = [take.neighbours for take in takes]
    truth = [symbol for symbol in page.symbols if symbol.text.isdigit()]
    boxes = [tuple(one.edges.tolist()) for one in found]
    pairs = dict(pair_boxes(boxes, [symbol.box for symbol in truth], IOU))
    counts = [at in pairs or not in_doubt(box, page.unclear) for at, box in enumerate(boxes)]
    right = [at in pairs and truth[pairs[at]].text == str(one) for at, one in enumerate(answers)]
    told = np.hstack([own, context(own, found, near)])
    kept = np.array(counts, np.bool_)
    return Answers(told[kept], np.array(right)[kept], rightness(own, found, near)[kept])


def joined(pages: list[Answers]) -> Answers:
    return Answers(*map(np.concatenate, zip(*pages, strict=True)))


def fitted(answers: Answers) -> LogisticRegression:
    return LogisticRegression(max_iter=1_000).fit(answers.evidence, answers.right)


def tell(name: str, shares: NDArray[np.float64], right: NDArray[np.bool_]) -> None:
    """Print how well shares tell right answers from wrong ones."""
    area = roc_auc_score(right, shares)
    print(f"{name}: {len(right):,} answers, {right.mean():.1%} right, area under ROC {area:.4f}")
    for least in CONFIDENCES:
        sure, unsure = (shares[~right] >= least).mean(), (shares[right] < least).mean()
        print(f"  {least:.2f}  of the wrong {sure:.1%} sure, of the right {unsure:.1%} unsure")


if __name__ == "__main__":
    main()
