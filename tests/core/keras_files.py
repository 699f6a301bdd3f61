"""Changes in `.keras` and `.h5` files, without Keras."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py

Config = dict[str, Any]


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rebuild(path: Path, *changes: tuple[str, bytes], without: str = "") -> None:
    """Write the archive anew; a change of a member that is there takes its place."""
    content = members(path) | dict(changes)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            if name != without:
                archive.writestr(name, data)


def change_config(path: Path, change: Callable[[Config], object]) -> None:
    """Change the network's config of a file of either format."""
    if path.suffix == ".keras":
        config = json.loads(members(path)["config.json"])
        change(config)
        rebuild(path, ("config.json", json.dumps(config).encode()))
        return
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        change(config)
        file.attrs["model_config"] = json.dumps(config)


def change_weights(path: Path, change: Callable[[h5py.File], object]) -> None:
    """Change the HDF5 file that a file of either format is or holds."""
    if path.suffix == ".h5":
        with h5py.File(path, "r+") as file:
            change(file)
        return
    weights = io.BytesIO(members(path)["model.weights.h5"])
    with h5py.File(weights, "r+") as file:
        change(file)
    rebuild(path, ("model.weights.h5", weights.getvalue()))


def dense(config: Config) -> Config:
    """Return the entry of the hidden Dense layer."""
    entry: Config = next(e for e in config["config"]["layers"] if e["class_name"] == "Dense")
    return entry
