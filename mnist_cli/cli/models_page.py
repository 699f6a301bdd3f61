"""How one version came about, as a page for people."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mnist_cli.cli import console
from mnist_cli.core.config import TrainConfig
from mnist_cli.core.data.dataset import sources_of
from mnist_cli.core.errors import UsageError
from mnist_cli.core.metrics import wilson_interval
from mnist_cli.core.models.layers import layers_of
from mnist_cli.core.settings import describe
from mnist_cli.core.store.versions import DAMAGED
from mnist_cli.core.text import interval_words

if TYPE_CHECKING:
    from mnist_cli.core.store.versions import Version

Rows = Iterable[tuple[str, ...]]


def show_page(version: "Version", aliases: list[str]) -> None:
    """Print what a version is, how well it reads, and what it was made of and from."""
    manifest = version.manifest
    config = _config(manifest)
    named = ", ".join(alias for alias in aliases if alias != version.name)
    console.result(console.printable(f"version {version.name}  {named}".rstrip()))
    _section("", _origin(version))
    _section("figures", _figures(version))
    _section("layers", _layers(config) if config else ())
    _section("recipe", _recipe(manifest))
    _section(
        "settings (`mnist train --settings` explains them)", _settings(config) if config else ()
    )
    _section("data", _data(manifest))
    _section("made with", _made_with(manifest))
    _section("sha256 of the files", manifest["files"].items())


def _section(title: str, rows: Rows) -> None:
    """Print rows in columns under a title, if there are any."""
    indented = [(f"  {first}", *others) for first, *others in rows]
    if indented and title:
        console.result(f"\n{title}")
    if indented:
        console.result_table(*indented)


def _config(manifest: dict[str, Any]) -> TrainConfig | None:
    """Return what it was trained by; None where it is of another version of this tool."""
    try:
        return TrainConfig.from_dict(manifest["config"])
    except (*DAMAGED, UsageError):
        return None


def _origin(version: "Version") -> Iterator[tuple[str, str]]:
    manifest = version.manifest
    yield "folder", str(version.path)
    yield "created", manifest["created"]
    if "run" in manifest:
        yield "run", manifest["run"]
    if "from" in manifest:
        yield "goes on from", f"version {manifest['from']['version']}"
    if "class_names" in manifest:
        yield "classes", ", ".join(version.class_names)
    if "note" in manifest:
        yield "note", manifest["note"]


def _figures(version: "Version") -> Iterator[tuple[str, str]]:
    metrics = version.manifest["metrics"]
    accuracy, folds = metrics["val_accuracy"], metrics.get("folds")
    yield "images held out", _share(accuracy, metrics.get("val_n"))
    if folds:
        share = _share(folds["right"] / folds["n"], folds["n"])
        yield f"its recipe in {folds['folds']} folds", share
    for source in metrics.get("val_sources", []):
        if source["n"]:
            yield f"  of {source['name']}", _share(source["right"] / source["n"], source["n"])
    if worn := metrics.get("worn"):
        yield "worn as pictures are", _share(worn["right"] / worn["n"], worn["n"])
        if "reader_right" in worn:
            others = _share(worn["reader_right"] / worn["n"], worn["n"])
            yield f"  the same by {worn.get('reader')}", others
    test = version.test_accuracy
    unknown = f"not measured (`mnist evaluate --model {version.name}`)"
    yield "MNIST's test images", unknown if test is None else _share(test, 10_000)
    by = "" if accuracy is not None else "; by the folds" if folds else "; not calibrated"
    yield "temperature", f"{version.temperature}{by}"
    epochs = metrics.get("epochs", version.manifest["config"].get("epochs", "?"))
    yield "epochs", f"{epochs}; the weights are those of epoch {metrics['chosen_epoch']}"
    if "train_s" in metrics:
        yield "time", f"{metrics['train_s']:,.1f} s"
    if "images_per_s" in metrics:
        yield "images a second", f"{metrics['images_per_s']:,.0f}"


def _share(share: float | None, n: int | None) -> str:
    """Return `99.12 % of 5,000, 44 misread  (95 % interval 98.82 to 99.34 %)`."""
    if share is None:
        return "none"
    if not n:
        return f"{100 * share:.2f} %"
    right = min(n, round(share * n))  # who wrote it by hand may have said more
    return (
        f"{100 * share:.2f} % of {n:,}, {n - right:,} misread"
        f"  ({interval_words(*wilson_interval(right, n))})"
    )


def _layers(config: TrainConfig) -> Iterator[tuple[str, ...]]:
    layers = layers_of(config.model)
    yield "name", "kind", "output", "weights"
    for layer in layers:
        output = "×".join(map(str, layer.output))
        yield layer.name, layer.kind, output, f"{layer.parameters:,}"
    yield "all", "", "", f"{sum(layer.parameters for layer in layers):,}"


def _recipe(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    config = manifest["config"]
    yield "name", f"{config['model']['arch']}, {config['recipe']}"
    yield "seed", str(config["seed"])
    if "changes" in manifest:
        yield "set otherwise", " ".join(manifest["changes"]) or "nothing"


def _settings(config: TrainConfig) -> Iterator[tuple[str, ...]]:
    """Yield what is set, the layers' apart; of what bends and wears images, what does so."""
    for one in describe(config):
        if one.group == "training" or (one.group != "model" and one.default != "0"):
            yield one.name, one.default, one.unit


def _data(manifest: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    yield "name", "images", "sha256"
    for source in sources_of(manifest["data"]):
        n = source.get("n")
        yield source["name"], "?" if n is None else f"{n:,}", source["sha256"]


def _made_with(manifest: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield from manifest.get("versions", {}).items()
    machine = manifest.get("machine", {})
    if machine:
        yield "machine", ", ".join(f"{key} {value}" for key, value in machine.items())
