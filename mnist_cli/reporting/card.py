"""A model card: what one should know of a model before relying on it, from what was measured."""

from dataclasses import dataclass
from typing import Any

import mnist_cli
from mnist_cli.core.data.dataset import sources_of
from mnist_cli.core.store.versions import Version
from mnist_cli.evaluation.evaluate import Evaluation
from mnist_cli.evaluation.significance import SIGNIFICANCE, higher_rate_p_value

INTENDED = (
    "Reading single handwritten digits, 0 to 9, that were brought to MNIST's form: 28×28 pixels,"
    " the digit 20 pixels long and centred by its mass. For teaching, experiments, and work where"
    " a person looks at what the model is unsure of."
)
NOT_INTENDED = (
    "Letters, words, signs and other numerals. Sums of money, votes, doses or anything else whose"
    " misreading harms somebody, without a second look. Telling who wrote."
)
MNIST_LICENCE = (
    "MNIST, by Yann LeCun, Corinna Cortes and Christopher J. C. Burges, derived from NIST's Special"
    " Databases 1 and 3: Creative Commons Attribution-ShareAlike 3.0."
)
MNIST_LICENCE_URL = "https://creativecommons.org/licenses/by-sa/3.0/"


@dataclass(frozen=True)
class Card:
    """What a model is, what it is for, and where it is weak.

    Attributes:
        title: The model in two words.
        model: Names and values of what is known of the model.
        data: Names and values of what it was measured on.
        weaknesses: A few words, and the sentence with the numbers.
        licence: Of the data.
        licence_url: Where it stands; None for a user's own data.
    """

    title: str
    model: dict[str, str]
    data: dict[str, str]
    weaknesses: dict[str, str]
    licence: str
    licence_url: str | None


def make_card(result: Evaluation, version: Version | None) -> Card:
    """Gather what is known.

    Args:
        result: What was measured.
        version: The version that was measured; None for a model's file of the user's.
    """
    data = result.dataset
    name = result.model["version"]
    model = {"sha256": str(result.model["sha256"])}
    trained_on = []
    if version is not None:
        model |= _facts(version.manifest)
        trained_on = [source["name"] for source in sources_of(version.manifest["data"])]
    ours = "mnist" in {data.name, *trained_on}
    return Card(
        title=f"version {name}" if name else "a model file",
        model=model | {"measured by": f"mnist-cli {mnist_cli.__version__}"},
        data={
            "name": data.name,
            "split": data.split,
            "images": f"{len(data):,}",
            "sha256": data.sha256,
        },
        # by what was measured; nothing is said that was not
        weaknesses=_mistakes(result) | {"Confidence": _calibration(result)} | _corruption(result),
        licence=MNIST_LICENCE if ours else "That of the data's owner.",
        licence_url=MNIST_LICENCE_URL if ours else None,
    )


def _facts(manifest: dict[str, Any]) -> dict[str, str]:
    """Say what a version's manifest holds."""
    config, metrics, data = manifest["config"], manifest["metrics"], manifest["data"]
    versions = manifest.get("versions", {})
    told = {}
    if "changes" in manifest:
        told["set otherwise"] = ", ".join(manifest["changes"]) or "nothing"
    if "note" in manifest:
        told["note"] = str(manifest["note"])
    base = {"goes on from": f"version {manifest['from']['version']}"} if "from" in manifest else {}
    return base | {
        "network": f"{config['model']['arch']}, {_count(manifest.get('parameters'))} weights",
        "recipe": str(config["recipe"]),
        **told,
        "seed": str(config["seed"]),
        "trained on": f"{data['name']} train, {_count(data.get('n'))} images",
        "their sha256": str(data["sha256"]),
        "held out": _held_out(metrics),
        "epochs": f"{config.get('epochs')}; that of the weights: {metrics['chosen_epoch']}",
        "temperature": str(manifest["temperature"]),
        "created": str(manifest["created"]),
        "made with": ", ".join(f"{library} {number}" for library, number in versions.items()),
    }


def _held_out(metrics: dict[str, Any]) -> str:
    """Say how well images were read that it was not trained on."""
    if metrics.get("val_n") != 0:
        count, share = _count(metrics.get("val_n")), _percent(metrics["val_accuracy"])
        return f"{count} of them, {share} read right"
    if folds := metrics.get("folds"):
        share = _percent(folds["right"] / folds["n"])
        return f"none; in {folds['folds']} folds its recipe read {share} right"
    return "none; its confidence is not calibrated"


def _count(number: object) -> str:
    return f"{number:,}" if isinstance(number, int) else "unknown"


def _percent(share: object) -> str:
    return f"{100 * share:.2f} %" if isinstance(share, float | int) else "unknown"


def _mistakes(result: Evaluation) -> dict[str, str]:
    if not result.errors:
        likely = 100 * (1 - result.interval[0])
        return {
            "No mistake": f"on these {len(result.dataset):,} images; up to {likely:.2f} % of"
            " others may be misread (95 % interval)."
        }
    true, guess, count = result.confused[0]
    names = result.class_names
    return _weakest_digit(result) | {
        f"Most confused: {names[true]} read as {names[guess]}": f"{count} of {result.errors:,}"
        " mistakes."
    }


def _weakest_digit(result: Evaluation) -> dict[str, str]:
    """Name the digit that is read worst, if that is more than chance among ten."""
    weakest = min((row for row in result.per_class if row.support), key=lambda row: row.recall)
    missed = round((1 - weakest.recall) * weakest.support)
    others = result.errors - missed, len(result.dataset) - weakest.support
    facts = (
        f"{missed} of its {weakest.support:,} images misread ({100 * (1 - weakest.recall):.2f} %)"
    )
    tried = sum(row.support > 0 for row in result.per_class)
    if tried < 2 or tried * higher_rate_p_value((missed, weakest.support), others) > SIGNIFICANCE:
        return {
            "No digit stands out": f"Read worst is {weakest.label}: {facts}; that may be chance."
        }
    rate = 100 * others[0] / others[1]
    return {f"Weakest digit: {weakest.label}": f"{facts}, of the other digits {rate:.2f} %."}


def _calibration(result: Evaluation) -> str:
    """Compare the mean confidence with the accuracy, and tell the error in bins."""
    confidence = float(result.confidence.mean())
    low, high = result.interval
    surer = "overconfident" if confidence > high else "underconfident"
    verdict = "no difference beyond chance" if low <= confidence <= high else surer
    return (
        f"It is {100 * confidence:.2f} % sure on average and {100 * result.accuracy:.2f} % right:"
        f" {verdict}. Bin by bin the two are {100 * result.ece:.2f} % apart."
    )


def _corruption(result: Evaluation) -> dict[str, str]:
    measured = result.robustness
    if measured is None:
        return {"Not measured": "what corrupted images do; mnist evaluate --robustness tells."}
    name, rate = measured.by_error[0]
    times = measured.relative(rate.error)
    ratio = f", {times:.1f} times the error on clean images" if times is not None else ""
    curve, strength, worst = max(
        ((c, at, rate) for c in measured.curves for at, rate in c.points), key=lambda p: p[2].error
    )
    return {
        f"Worst corruption: {name.replace('_', ' ')}": f"{100 * rate.error:.2f} % of the images are"
        f" misread{ratio}; the mean of the fifteen is {100 * measured.mean_error:.2f} %.",
        f"Worst change: {curve.name.replace('_', ' ')}": f"at {strength:g} {curve.unit},"
        f" {100 * worst.error:.1f} % are misread.",
    }
