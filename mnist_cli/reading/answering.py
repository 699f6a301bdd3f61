"""What the classifier and the finder say together of digits that wait for their answers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnist_cli.reading.answers import Answer, judged, together
from mnist_cli.reading.confidence import evidence, rightness
from mnist_cli.reading.page import Take
from mnist_cli.reading.task import Task


def answers_of(takes: Sequence[Take], task: Task, *, all_ten: bool) -> list[Answer]:
    """Return the answer of each digit; the network sees all of them at once.

    Args:
        takes: The digits, of one picture or several.
        task: Which classifier is asked, and for what.
        all_ten: Whether each answer names all ten digits, however many are asked for.
    """
    if not takes:
        return []
    images = np.stack([take.normalised.image for take in takes])
    classified = probabilities = task.classifier.probabilities(images)
    if not task.class_names:  # the finder knows digits alone
        probabilities = together(classified, [take.candidate for take in takes])
    # any of them may be what is expected, or what a sudoku's rules leave
    top_k = 10 if task.expected or all_ten else task.top_k
    options = top_k, task.min_confidence, task.class_names
    right = _right(takes, task, classified, probabilities)
    return list(judged(probabilities, *options, right))


def _right(
    takes: Sequence[Take],
    task: Task,
    classified: NDArray[np.float32],
    probabilities: NDArray[np.float32],
) -> NDArray[np.float64] | None:
    """Return how likely answers are right, (N,); NaN of pictures that are taken as they are.

    None where all are.
    """
    found = [take.candidate for take in takes if take.candidate]
    if not found:
        return None
    right = np.full(len(takes), np.nan)
    at = np.array([take.candidate is not None for take in takes])
    own = classified[at]
    said = own if task.class_names else np.stack([one.symbols[:10] for one in found])
    heights = [take.usual_height for take in takes if take.candidate]
    near = [take.neighbours for take in takes if take.candidate]
    told = evidence(probabilities[at].argmax(axis=1), own, said, found, heights)
    right[at] = rightness(told, found, near)
    return right
