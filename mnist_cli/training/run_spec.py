"""What is run: by a recipe, from a version's weights, or on with a run that was stopped."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from mnist_cli.core import log, settings
from mnist_cli.core.choices import Arch, Distribute, Recipe
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.class_names import DIGITS
from mnist_cli.core.data.dataset import Dataset
from mnist_cli.core.data.duplicates import count_repeats
from mnist_cli.core.errors import ConflictError, ModelError, UsageError
from mnist_cli.core.models.recipes import RECIPES
from mnist_cli.core.store import store
from mnist_cli.core.store.versions import DAMAGED, Version
from mnist_cli.training.environment import environment


@dataclass(frozen=True)
class RunSpec:
    """A run to begin or to go on with.

    Attributes:
        config: The recipe, with every change made to it.
        artifacts: The store that gets the new version.
        run: Its name.
        data: What to train on, each as `--data` takes it.
        resume: Whether it goes on from its newest checkpoint.
        version: The version whose weights it begins with; None for weights drawn from the seed,
            and once a checkpoint holds what became of them.
        base: Number and digest of the version that it began from, if it was one.
        class_names: What the ten classes are called.
        note: What its maker says of it; may be empty.
        tensorboard: Gets a folder of event files, named after the run; None for none.
        distribute: On which devices; see `distribute.join`.
    """

    config: TrainConfig
    artifacts: Path = store.DEFAULT_ARTIFACTS
    run: str = field(default_factory=log.new_run_id)
    data: tuple[str, ...] = ("mnist",)
    resume: bool = False
    version: Version | None = None
    base: dict[str, Any] | None = None
    class_names: tuple[str, ...] = DIGITS
    note: str = ""
    tensorboard: Path | None = None
    distribute: Distribute = "none"

    def check(self, given: dict[str, Any]) -> None:
        """Compare what is asked for with what the run is made of.

        Args:
            given: Settings by their names in `TrainConfig.flat`; None is not given.

        Raises:
            ConflictError: They differ; the message names each difference.
        """
        if differences := settings.differences(self.config, given):
            raise ConflictError(
                f"Run {self.run} has other settings: {'; '.join(differences)}.",
                hint="Resume it without these options, or train anew.",
            )

    def to_dict(self, dataset: Dataset) -> dict[str, Any]:
        """Return what decides the bits that come out: config, data, libraries, threads."""
        base = {"from": self.base} if self.base else {}
        names = {"class_names": list(self.class_names)} if self.class_names != DIGITS else {}
        data = dataset.to_record() | count_repeats(dataset.repeats)
        return base | names | {"config": self.config.to_dict(), "data": data} | environment()

    def wishes(self) -> dict[str, Any]:
        """Return what a resumed run needs to know besides, and which decides no bits."""
        wishes = {"tensorboard": str(self.tensorboard or ""), "note": self.note}
        return {name: wish for name, wish in wishes.items() if wish}


def by_recipe(
    *, arch: Arch | None = None, recipe: Recipe | None = None, **changes: Any
) -> TrainConfig:
    """Return the config of a run from drawn weights.

    Args:
        arch: `dense` if left out.
        recipe: `standard` if left out.
        changes: Settings by their names in `TrainConfig.flat`; None is the recipe's.

    Raises:
        UsageError: No run could be made of it.
    """
    arch, recipe = arch or "dense", recipe or "standard"
    found = RECIPES.get((arch, recipe))
    if found is None:
        there_are = [
            f"{name} has {', '.join(r for a, r in RECIPES if a == name)}" for name in get_args(Arch)
        ]
        raise UsageError(
            f"--arch {arch} has no recipe '{recipe}'.", hint=f"{'; '.join(there_are)}."
        )
    return found.override(**changes)


def from_version(version: Version, given: dict[str, Any], **others: Any) -> RunSpec:
    """Specify a run that begins with a version's weights.

    Args:
        version: What to go on from.
        given: Settings by their names in `TrainConfig.flat`; None is the version's, or that of
            runs which go on.
        others: Further attributes of `RunSpec`.

    Raises:
        ModelError: Its config is none that this tool knows.
        UsageError: A setting contradicts the version.
    """
    try:
        config = TrainConfig.from_dict(version.manifest["config"])
    except (*DAMAGED, UsageError) as error:
        raise ModelError(
            f"Version {version.name}: its config is of another version of this tool ({error})."
        ) from error
    base = {"version": version.name, "sha256": version.sha256}
    others = {"class_names": version.class_names} | others
    return RunSpec(settings.fine_tune(config, given), version=version, base=base, **others)
