"""Model files that were made or changed by strangers, out of the package's model."""

import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

from mnist_cli.core.store.versions import BUNDLED, KERAS
from tests.core.keras_files import Config, change_config, change_weights, members, rebuild
from tests.reading.test_image import encoded, grey

Change = Callable[[Path], object]


def good(folder: Path) -> Path:
    """Lay the package's model and a picture there."""
    (folder / "a.png").write_bytes(encoded(grey()))
    return Path(shutil.copy(BUNDLED / KERAS, folder / "a.keras"))


def with_layer(layer: Config) -> Change:
    """Put an entry among the layers."""
    return lambda path: change_config(path, lambda c: c["config"]["layers"].insert(1, layer))


def with_config(config: bytes) -> Change:
    return lambda path: rebuild(path, ("config.json", config))


def with_member(name: str, content: bytes = b"x") -> Change:
    return lambda path: rebuild(path, (name, content))


def with_array(shape: tuple[int, ...]) -> Change:
    """Let the weights claim an array of which nothing is there."""
    return lambda path: change_weights(
        path, lambda file: file.create_dataset("extra", shape, "f4", chunks=True)
    )


def with_many_groups(path: Path) -> None:
    change_weights(path, lambda file: [file.create_group(str(n)) for n in range(10_001)])


def with_config_twice(path: Path) -> None:
    with warnings.catch_warnings(), zipfile.ZipFile(path, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr("config.json", "{}")


def with_a_link(path: Path) -> None:
    """Make a member a symbolic link, as Unix's zip does."""
    link = zipfile.ZipInfo("model.weights.h5")
    link.external_attr = 0o120777 << 16
    content = members(path)
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("metadata.json", "config.json"):
            archive.writestr(name, content[name])
        archive.writestr(link, "/etc/passwd")


def flipped(path: Path, share: float = 0.5) -> None:
    """Change a bit."""
    content = bytearray(path.read_bytes())
    content[int(len(content) * share)] ^= 1
    path.write_bytes(content)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(5 << 30)


def version_with(name: str) -> Change:
    """Lay a version there of which one file has another bit."""

    def make(folder: Path) -> None:
        good(folder)
        shutil.copytree(BUNDLED, folder / "artifacts" / "1")
        flipped(folder / "artifacts" / "1" / name)

    return make


def folder_of_keras(folder: Path) -> None:
    """Lay what Keras would open there: a folder with a config."""
    good(folder).unlink()
    (folder / "a.keras").mkdir()
    (folder / "a.keras" / "config.json").write_text("{}")
