"""What `mnist train` is to do: by a recipe, from a version, or on with a run that was stopped."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_cli.cli.opening import open_version
from mnist_cli.core import log, settings
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.errors import ModelError, UsageError
from mnist_cli.core.models.recipes import RECIPES, Recipe

if TYPE_CHECKING:
    from mnist_cli.core.ranges import Arch
    from mnist_cli.core.store.versions import Version
    from mnist_cli.training.base import Base

MNIST = ["mnist"]


@dataclass(frozen=True)
class Plan:
    """A run to begin or to go on with.

    Attributes:
        run: Its name.
        config: The recipe, with every change made to it.
        data: What to train on, each as `--data` takes it.
        version: What a new run begins from; None for weights drawn from the seed.
        base: Version and digest of what a run that goes on began from, if it was a version.
        class_names: What the ten classes are called, if nothing else is asked for.
        tensorboard: Where the event files of a run that goes on are, if any.
        note: What was noted of a run that goes on.
    """

    run: str
    config: TrainConfig
    data: list[str]
    version: "Version | None" = None
    base: dict[str, Any] | None = None
    class_names: tuple[str, ...] = DIGITS
    tensorboard: Path | None = None
    note: str = ""

    def open_base(self) -> "Base | None":
        """Read the weights that a new run begins with; TensorFlow is loaded for it."""
        from mnist_cli.training.base import Base, open_base

        if self.version:
            return open_base(self.version, self.config)
        return Base(**self.base) if self.base else None


def by_recipe(given: dict[str, Any], data: list[str]) -> Plan:
    """Plan a run from drawn weights.

    Args:
        given: Settings by their names in `TrainConfig.flat`; None is the recipe's.
        data: What `--data` says; nothing is MNIST.

    Raises:
        UsageError: No run could be made of it.
    """
    changes = {name: value for name, value in given.items() if name not in {"arch", "recipe"}}
    arch: Arch = given["arch"] or "dense"
    recipe: Recipe = given["recipe"] or "standard"
    if (arch, recipe) not in RECIPES:
        raise UsageError(f"--arch {arch} has no recipe '{recipe}'.", hint="Try --arch cnn.")
    return Plan(log.new_run_id(), RECIPES[arch, recipe].override(**changes), data or MNIST)


def from_version(reference: str, artifacts: Path, given: dict[str, Any], data: list[str]) -> Plan:
    """Plan a run that begins with a version's weights; arguments as for `by_recipe`.

    Raises:
        ModelNotFoundError: Nothing answers to the reference.
        ModelError: It is damaged, or no version.
        UsageError: A setting contradicts the version.
    """
    from mnist_cli.core.store.versions import DAMAGED

    version = open_version(reference, artifacts)
    try:
        config = TrainConfig.from_dict(version.manifest["config"])
    except (*DAMAGED, UsageError) as error:
        raise ModelError(
            f"Version {version.name}: its config is of another version of this tool ({error})."
        ) from error
    return Plan(
        log.new_run_id(),
        settings.go_on(config, given),
        data or MNIST,
        version,
        class_names=version.class_names,
    )


def unfinished(artifacts: Path, run: str | None, given: dict[str, Any], data: list[str]) -> Plan:
    """Plan to go on with a run; arguments as for `by_recipe`.

    Raises:
        RunNotFoundError: There is no such run.
        CheckpointError: Its `run.json` is damaged.
        ConflictError: A setting contradicts the run.
    """
    from mnist_cli.training import runs

    found = runs.find(artifacts, run)
    found.check(given)
    return Plan(
        found.run,
        found.config,
        data or found.data,
        base=found.base,
        class_names=found.class_names,
        tensorboard=found.tensorboard,
        note=found.note,
    )
