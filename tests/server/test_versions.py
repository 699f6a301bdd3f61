"""Versions side by side: asked by number and alias, loaded and unloaded while the server runs."""

import json
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store.versions import BUNDLED
from tests.conftest import Cli
from tests.server.conftest import Server, eventually, serving
from tests.server.tensors import MODEL, infer, tensor
from tests.server.wire import as_json, get

REQUEST = {"inputs": [tensor(np.zeros((2, 784), np.uint8))]}


@pytest.fixture(scope="module")
def several(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that reads pictures with the bundled version, beside versions 1 and 2."""
    folder = tmp_path_factory.mktemp("versions")
    store = folder / "artifacts"
    for number in "123":
        shutil.copytree(BUNDLED, store / number)
        _told_apart(store / number, number)
    (store / "aliases.json").write_text(json.dumps({"champion": "2"}))
    (folder / "more.txt").write_text("champion  # of last week\n\n")
    options = ("--model", "bundled", "--load", "1", "--load-from", "more.txt", "--workers", "1")
    with serving(folder, *options) as server:
        yield server


def _told_apart(folder: Path, number: str) -> None:
    """Give a copy of the bundled version a temperature of its own."""
    manifest = json.loads((folder / "model.json").read_text())
    (folder / "model.json").write_text(json.dumps(manifest | {"temperature": 1.0 + int(number)}))


def names(server: Server) -> list[str]:
    told: list[str] = server.client.get(MODEL).json()["versions"]
    return told


def test_a_version_is_asked_by_its_number_and_by_its_alias(several: Server) -> None:
    told = {}
    for name in ("bundled", "1", "2", "champion"):
        answer = infer(several, REQUEST, f"{MODEL}/versions/{name}").json()
        told[name] = answer["model_version"], tuple(answer["outputs"][0]["data"])

    assert names(several) == ["bundled", "1", "2"]
    assert told["champion"] == told["2"]
    assert [version for version, _ in told.values()] == ["bundled", "1", "2", "2"]
    assert len({rows for _, rows in told.values()}) == 3
    assert infer(several, REQUEST).json()["model_version"] == "bundled"


def test_a_picture_may_be_read_by_any_that_is_loaded(several: Server) -> None:
    assert several.read().json()["model"]["version"] == "bundled"
    assert several.read(model="champion").json()["model"]["version"] == "2"
    problem = several.read(model="3").json()
    assert problem["code"] == "model_not_found"
    assert "bundled, 1, 2, champion" in problem["detail"]


def test_a_version_that_is_not_loaded_is_404_with_those_that_are(several: Server) -> None:
    for answer in (
        infer(several, REQUEST, f"{MODEL}/versions/3"),
        several.send(get(f"{MODEL}/versions/3/stats")),
        several.send(get(f"{MODEL}/versions/3/ready")),
    ):
        assert "of version bundled, 1, 2, champion" in answer.check_problem(404)["detail"]


def test_the_index_lists_what_is_loaded(several: Server) -> None:
    for body in ({}, {"ready": True}, {"ready": None}):  # null is the same as nothing
        rows = several.client.post("/v2/repository/index", json=body).json()
        assert [(row["version"], row["state"]) for row in rows] == [
            ("bundled", "READY"),
            ("1", "READY"),
            ("2", "READY"),
        ]
    assert several.client.post("/v2/repository/index").status_code == 200
    unknown = several.client.post("/v2/repository/index", json={"raedy": True})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_name")
    listed = several.client.post("/v2/repository/index", json=[])
    assert listed.json()["detail"] == "The body: It must be an object."


@pytest.mark.parametrize("verb", ["load", "unload"])
def test_nothing_is_loaded_over_the_network(several: Server, verb: str) -> None:
    answer = several.client.post(f"/v2/repository/models/mnist/{verb}")

    assert answer.status_code == 403
    assert "--load-from FILE" in answer.json()["detail"]


def test_statistics_are_a_versions_own(several: Server) -> None:
    def counts(name: str) -> dict[str, dict[str, int]]:
        (own,) = several.client.get(f"{MODEL}/versions/{name}/stats").json()["model_stats"]
        told: dict[str, dict[str, int]] = own["inference_stats"]
        return told | {"images": {"count": own["inference_count"]}}

    other, before = counts("1"), counts("champion")
    infer(several, REQUEST, f"{MODEL}/versions/champion")
    infer(several, {}, f"{MODEL}/versions/2").check_problem(422)
    after = counts("2")

    changed = {name: after[name]["count"] - before[name]["count"] for name in after}
    assert changed == {
        "success": 1,
        "fail": 1,
        "queue": 1,
        "images": 2,
        **dict.fromkeys(("compute_input", "compute_infer", "compute_output"), 1),
    }
    assert counts("1") == other
    parts = ("queue", "compute_input", "compute_infer", "compute_output")
    assert sum(after[name]["ns"] for name in parts) == after["success"]["ns"]
    all_ = several.client.get("/v2/models/stats").json()["model_stats"]
    assert [own["version"] for own in all_] == ["bundled", "1", "2"]
    assert all_[2]["batch_stats"][0]["batch_size"] == 2
    assert all_[2]["last_inference"] > 1_700_000_000_000


def test_versions_are_loaded_and_unloaded_while_it_runs(several: Server) -> None:
    def reloaded(text: str, event: str) -> None:
        before = several.log_path.stat().st_size
        (several.folder / "more.txt").write_text(text)
        several.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: any(e["event"] == event for e in several.events(before)))

    reloaded("3\n", "server.reloaded")
    assert names(several) == ["bundled", "1", "3"]
    assert infer(several, REQUEST, f"{MODEL}/versions/3").status == 200
    infer(several, REQUEST, f"{MODEL}/versions/champion").check_problem(404)

    reloaded("nowhere\n", "server.not_reloaded")
    assert names(several) == ["bundled", "1", "3"]

    reloaded("champion\n", "server.reloaded")
    assert names(several) == ["bundled", "1", "2"]


def test_what_is_no_version_is_not_loaded(mnist: Cli, tmp_path: Path) -> None:
    path = BUNDLED / "mnist_model.keras"
    result = mnist("serve", "--port", "0", "--load", path)
    assert result.exit_code != ExitCode.OK

    missing = mnist("serve", "--port", "0", "--load", "99")
    assert missing.exit_code == ExitCode.NOT_FOUND
    assert "'99'" in missing.stderr


def test_json_names_no_model_of_its_own(several: Server) -> None:
    """The query does; a key that is passed over would be read past."""
    several.send(as_json({"image": "", "model": "2"})).check_problem(422)
