"""Find out what a network takes and gives, by MNIST's training images.

No file says whether it wants pixels of 0 to 1 or 0 to 255, nor whether it gives probabilities or
logits. So each form is tried, and that is taken which makes the true digits likeliest.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnist_cli.core import log
from mnist_cli.core.calibration import fit_temperature, with_temperature
from mnist_cli.core.data.dataset import as_input, load_mnist
from mnist_cli.core.errors import ModelError
from mnist_cli.core.metrics import SMALLEST
from mnist_cli.core.models.conventions import Convention, ModelHead, ModelInput
from mnist_cli.core.models.network_io import prepared, probabilities

FEW, MANY = 200, 1_000  # images for each form, and for those that read them best
FINALISTS = 3
FEWEST_RIGHT = 0.5
GUESS = 0.9  # squared distance of ten tenths from the truth
LEAST_DIFFERENCE = 1e-3  # of a mean loss; and two standard errors of it

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]  # (N, 28, 28, 1) to (N, 10)


@dataclass(frozen=True)
class Fit:
    """How a network reads training images that it gets in one form.

    Given more ink than it learnt with, a network may be right still, and surer. So losses are those
    at the temperature that suits its answers best.

    Attributes:
        input: The form.
        head: What its answers are.
        accuracy: Share of right answers, in [0, 1].
        losses: (N,) negative log-likelihoods of the true digits, in nats.
        temperature: Under 1 where the network is surer than it says, over 1 where it is less.
    """

    input: ModelInput
    head: ModelHead
    accuracy: float
    losses: NDArray[np.float64]
    temperature: float

    @property
    def loss(self) -> float:
        """The mean of the losses."""
        return float(self.losses.mean())

    @property
    def dishonesty(self) -> float:
        """How far off its confidence is, in powers of e, roughly."""
        return round(abs(math.log(self.temperature)), 1)

    def is_as_good_as(self, best: "Fit") -> bool:
        """Tell whether the best one may be so by chance alone."""
        differences = self.losses - best.losses
        error = float(differences.std()) / math.sqrt(len(differences))
        return bool(differences.mean() <= max(LEAST_DIFFERENCE, 2 * error))


def find_convention(run: Run, stated: Convention, name: str) -> Fit:
    """Try a network on training images, and tell what was found.

    Args:
        run: Runs it on pixels in the form that it takes.
        stated: What is known; the rest is found out.
        name: Of its file.

    Raises:
        ModelError: In no form that it reads does it answer with numbers that are all finite.
    """
    data = load_mnist("train")
    images, labels = as_input(data.images[:MANY]), data.labels[:MANY]

    def tried(forms: list[ModelInput], count: int) -> list[Fit]:
        answers = ((form, run(prepared(images[:count], form))) for form in forms)
        return [
            _fit(form, scores, labels[:count], stated.head)
            for form, scores in answers
            if np.isfinite(scores).all()
        ]

    forms = [stated.input] if stated.input else list(ModelInput)
    if not stated.input:
        few = sorted(tried(forms, FEW), key=lambda fit: fit.loss)[:FINALISTS]
        forms = [form for form in forms if form in {fit.input for fit in few}]
    fits = tried(forms, MANY)
    chosen = _likeliest(fits) if fits else None
    if not stated.input and (chosen is None or chosen.accuracy < FEWEST_RIGHT):
        known = [fit for fit in fits if fit.input is ModelInput.UNIT]
        chosen = next(iter(known or tried([ModelInput.UNIT], MANY)), None)
    if chosen is None:
        given = f"given pixels as {stated.input}" if stated.input else "in every form that it reads"
        raise ModelError(
            f"{name}: answers with numbers that are not finite, {given}.",
            hint="Say by --model-input what it takes; else it is damaged, or made for another"
            " task.",
        )
    _tell(chosen, [fit for fit in fits if fit.input != chosen.input], name)
    return chosen


def _fit(
    form: ModelInput,
    scores: NDArray[np.float32],
    labels: NDArray[np.uint8],
    stated: ModelHead | None,
) -> Fit:
    head = stated or _head_of(scores, labels)
    answers = probabilities(scores, head)
    temperature = fit_temperature(answers, labels)
    of_truth = with_temperature(answers, temperature)[np.arange(len(labels)), labels]
    return Fit(
        input=form,
        head=head,
        accuracy=float((scores.argmax(axis=1) == labels).mean()),
        losses=-np.log(np.maximum(of_truth.astype(np.float64), SMALLEST)),
        temperature=temperature,
    )


def _head_of(scores: NDArray[np.float32], labels: NDArray[np.uint8]) -> ModelHead:
    """Tell what answers are by what they look like."""
    if scores.min() >= -SMALLEST and np.abs(scores.sum(axis=1) - 1).max() < 1e-3:
        return ModelHead.SOFTMAX
    if scores.min() >= 0 and scores.max() <= 1:
        return ModelHead.SIGMOID
    from_truth = np.square(scores - np.eye(10, dtype=np.float32)[labels]).sum(axis=1).mean()
    return ModelHead.ONE_HOT if from_truth < GUESS else ModelHead.LOGITS


def _likeliest(fits: list[Fit]) -> Fit:
    """Choose among the best, which chance may order, the one whose confidence is right.

    Where all is read right, confidence tells nothing: then the form that more networks take.
    """
    best = min(fits, key=lambda fit: fit.loss)
    tied = [fit for fit in fits if fit.is_as_good_as(best)]
    return tied[0] if best.loss < LEAST_DIFFERENCE else min(tied, key=lambda fit: fit.dishonesty)


def _tell(chosen: Fit, others: list[Fit], name: str) -> None:
    found: dict[str, str | float] = {
        "path": name,
        "input": chosen.input,
        "head": chosen.head,
        "accuracy": chosen.accuracy,
        "images": len(chosen.losses),
    }
    if chosen.accuracy < FEWEST_RIGHT:
        log.warning(
            "model.barely_reads_mnist",
            **found,
            reason="in no known form does it read MNIST's training images",
            advice="say by --model-input and --model-head what it takes and gives",
        )
        return
    if others:
        next_best = min(others, key=lambda fit: fit.loss)
        found |= {"next_best": next_best.input, "its_accuracy": next_best.accuracy}
    log.event("model.fits", **found)
