"""Signals, kills, and several processes at once."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import store, versions
from mnist_cli.training import checkpoint
from tests.faults import kill_points
from tests.faults.disk import QUICK, few_images, picture, small_stock, stock
from tests.faults.harness import digest, environment_of, listing, run, session


def start(folder: Path, *arguments: object, **variables: str) -> subprocess.Popen[str]:
    """Start `mnist` in a folder, as the leader of a session, with the store beside it."""
    (folder / "tmp").mkdir(exist_ok=True)
    environment = environment_of(folder, folder / "artifacts") | variables
    return subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", *map(str, arguments)],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


# signals

BEFORE_ANYTHING = "mnist_cli.core.text"  # a module; its import is the moment of a signal
COMMANDS = {
    "during: import": (BEFORE_ANYTHING, ("predict", "a.png")),
    "during: predict": ("mnist_cli.reading.reader", ("predict", "a.png", "--output", "a.csv")),
    "during: plot": ("matplotlib.backends.backend_agg", ("plot", "history", "--output", "b.png")),
    "during: evaluate": (
        "mnist_cli.reporting.write",
        ("evaluate", "--data", "few.npz", "--report", "report"),
    ),
    "during: tensorflow": ("tensorflow.python.eager.context", ("train", *QUICK)),
    "during: before epoch 1": ("mnist_cli.training.fit", ("train", *QUICK)),
}
SIGNALS_AT = """
import os, signal, sys
at = {at!r}
class Finder:
    def find_spec(self, name, *_):
        if name == at:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from mnist_cli import __main__
__main__.main()
"""


@pytest.mark.parametrize("case", COMMANDS)
def test_ctrl_c_ends_a_command_at_any_moment_and_leaves_nothing(tmp_path: Path, case: str) -> None:
    module, arguments = COMMANDS[case]
    few_images()(tmp_path)
    picture()(tmp_path)
    stock(tmp_path / "artifacts")
    (tmp_path / "tmp").mkdir()
    before, names = digest(tmp_path / "artifacts"), listing(tmp_path)

    done = subprocess.run(
        [sys.executable, "-c", SIGNALS_AT.format(at=module), *map(str, arguments)],
        cwd=tmp_path,
        env=environment_of(tmp_path, tmp_path / "artifacts"),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == ExitCode.INTERRUPT, done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert digest(tmp_path / "artifacts") == before
    left = {name for name in listing(tmp_path) - names if not name.startswith("logs")}
    assert left <= {"report"}  # made, and empty


@pytest.mark.long
def test_a_run_is_held_and_ended_by_a_second_ctrl_c_with_its_checkpoint_whole(
    tmp_path: Path,
) -> None:
    few_images()(tmp_path)
    environment = environment_of(tmp_path, tmp_path / "artifacts")
    with start(tmp_path, "train", *QUICK, "--epochs", 5000, "--batch-size", 1) as process:
        assert process.stderr
        for line in process.stderr:
            if "training.epoch_end" in line:
                break
        second = run(tmp_path, environment, "train", "--resume", "--json")
        for _ in range(3):
            process.send_signal(signal.SIGINT)
            time.sleep(0.02)
        process.communicate(timeout=30)

    assert second.exit_code == ExitCode.CONFLICT
    assert f"held by process {process.pid}" in json.loads(second.stdout)["error"]["message"]
    assert process.returncode in {ExitCode.INTERRUPT, -signal.SIGINT}
    assert session(process.pid) == []
    (unfinished,) = (tmp_path / "artifacts" / store.UNFINISHED).iterdir()
    assert checkpoint.load(unfinished).epoch > 0


# kills


@pytest.mark.parametrize(
    ("deed", "least"),
    [
        pytest.param("publish", 60, id="kill: publish"),
        pytest.param("promote", 15, id="kill: promote"),
        pytest.param("delete", 40, id="kill: delete"),
        pytest.param("checkpoint", 20, id="kill: checkpoint"),
    ],
)
def test_killed_before_any_call_a_store_stays_whole(deed: str, least: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.kill_points", deed],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[1]) >= least


def test_what_gets_its_name_is_on_the_disk_before_and_its_folder_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str, str]] = []
    fsync, rename, replace = os.fsync, os.rename, os.replace

    def synced(handle: int) -> None:
        done.append(("sync", str(Path(f"/proc/self/fd/{handle}").readlink()), ""))
        fsync(handle)

    def renamed(old: Path, new: Path) -> None:
        done.append(("rename", str(old), str(new)))
        (rename if os.path.isdir(old) else replace)(old, new)  # noqa: PTH112

    artifacts = small_stock(tmp_path / "artifacts", versions=3)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", synced)
        patched.setattr(os, "rename", renamed)
        patched.setattr(os, "replace", renamed)
        kill_points.publish(artifacts)
        kill_points.promote(artifacts)
        kill_points.delete(artifacts)

    noted = {str(artifacts / store.HIGHEST)}  # made anew from the versions, were it lost
    for number, (what, old, new) in enumerate(done):
        if what != "rename" or new in noted:
            continue
        before = [path for kind, path, _ in done[:number] if kind == "sync"]
        after = [path for kind, path, _ in done[number:] if kind == "sync"]
        if store.UNFINISHED in old or ".new-" in old:
            assert old in before, f"{old} was not on the disk"
        assert str(Path(new).parent) in after or str(Path(old).parent) in after
    assert sum(what == "rename" for what, *_ in done) >= 5


# several at once


def test_six_processes_at_once_lose_and_double_no_number(tmp_path: Path) -> None:
    artifacts = small_stock(tmp_path / "artifacts", versions=1)
    program = """
import sys
from pathlib import Path
from mnist_cli.core.store import store
from mnist_cli.core.store import maintenance
from mnist_cli.core.store import versions
from tests.faults.kill_points import publish
artifacts, name = Path(sys.argv[1]), sys.argv[2]
sys.stdin.read()
for turn in range(6):
    version = publish(artifacts)
    maintenance.promote(artifacts, version, f"{name}-{turn}")
    for found in store.list_versions(artifacts):
        found.read(versions.TFLITE)
    print(version.name)
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, artifacts, f"process{number}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(6)
    ]
    outcomes = [process.communicate() for process in processes]  # the end of stdin is the start

    assert [stderr for _, stderr in outcomes] == [""] * 6
    given = sorted(int(number) for stdout, _ in outcomes for number in stdout.split())
    assert given == list(range(2, 38))
    assert store.version_numbers(artifacts) == list(range(1, 38))
    assert len(store.list_versions(artifacts)) == 37
    aliases = store.stored_aliases(artifacts)
    assert sorted(map(int, aliases.values())) == given


def test_a_version_deleted_by_force_while_it_is_served_goes_on_answering(
    tmp_path: Path,
) -> None:
    from mnist_cli.core.data.dataset import load_mnist
    from mnist_cli.reading.classifier import LiteRTClassifier

    artifacts = stock(tmp_path / "artifacts")
    images = load_mnist("test").images[:10]
    classifier = LiteRTClassifier(versions.open_version(artifacts / "2"))
    before = classifier.probabilities(images)
    environment = environment_of(tmp_path, artifacts)
    (tmp_path / "tmp").mkdir()

    refused = run(tmp_path, environment, "models", "delete", "2", "--yes")
    forced = run(tmp_path, environment, "models", "delete", "2", "--yes", "--force")

    assert (refused.exit_code, forced.exit_code) == (ExitCode.CONFLICT, ExitCode.OK)
    assert (classifier.probabilities(images) == before).all()
