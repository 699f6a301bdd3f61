import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mnist_cli.core.data.dataset import load_mnist
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.store import store, versions
from mnist_cli.core.tensorflow import keras

EPOCHS = 30  # so that there are some left after each loss
LOSSES = ((1, signal.SIGKILL), (0, signal.SIGKILL), (1, signal.SIGTERM))  # worker, and its end

MIRRORED = """
import json, sys
from pathlib import Path
from mnist_cli.core.tensorflow import tf

(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)

from mnist_cli.core.config import DistortionConfig, ModelConfig, TrainConfig
from mnist_cli.core.data.data_sources import load
from mnist_cli.core.errors import UsageError
from mnist_cli.training.distribute import join
from mnist_cli.training.pipeline import train
from mnist_cli.training.run_spec import RunSpec

digits = load("digits.npz", "train", lambda path: None, bytes)
config = TrainConfig(
    model=ModelConfig(widths=(32,)), epochs=2, batch_size=64, weight_decay=0.01, average_decay=0.98
)


def run(name, distribute, **changes):
    spec = RunSpec(config.override(**changes), Path("store"), name, distribute=distribute)
    return train(spec, digits).version


made = [
    run("one", "none"),
    run("two", "mirrored"),
    run("bent", "mirrored", rotation_deg=8.0, elastic_px=1.0, dropout=0.2),
]
try:
    run("odd", "mirrored", batch_size=33)
except UsageError as error:
    made.append(error.message)
made.append(join("mirrored").share(b"hello, world").decode())
print(json.dumps(made))
"""


@dataclass(frozen=True)
class Worker:
    """A process of a cluster, with a folder of its own."""

    process: subprocess.Popen[str]
    folder: Path

    def wait_for_epochs(self, count: int) -> None:
        """Read its stderr until so many epochs have ended."""
        assert self.process.stderr is not None
        ended = (line for line in self.process.stderr if "training.epoch_end" in line)
        for _ in range(count):
            next(ended)

    def end(self) -> tuple[int, str, str]:
        """Return exit code, stdout, and what stderr still held."""
        stdout, stderr = self.process.communicate(timeout=180)  # where it hangs
        return self.process.returncode, stdout, stderr


@contextmanager
def two_workers(
    folder: Path,
    *options: str,
    data: tuple[str, str] = ("digits.npz", "digits.npz"),
    epochs: int = EPOCHS,
) -> Iterator[tuple[Worker, Worker]]:
    """Start a cluster as on two machines: the workers share no folder but that of the data."""
    cluster = {"worker": free_addresses(2)}
    command = [sys.executable, "-m", "mnist_cli", "train", "--distribute", "multiworker", "--json"]
    command += ["--recipe", "quick", "--epochs", str(epochs), "--batch-size", "64"]
    command += ["--set", "widths=32", "--set", "dropout=0.2", "--set", "average_decay=0.98"]
    workers = []
    with ExitStack() as stack:
        for number, name in enumerate(("chief", "other")):
            (folder / name).mkdir(exist_ok=True)
            process = subprocess.Popen(
                [*command, "--artifacts", "store", "--data", f"{folder / data[number]}", *options],
                cwd=folder / name,
                env=os.environ | tf_config(cluster, number),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            stack.enter_context(process)
            stack.callback(process.kill)
            workers.append(Worker(process, folder / name))
        yield workers[0], workers[1]


def tf_config(cluster: dict[str, list[str]], number: int) -> dict[str, str]:
    task = {"type": "worker", "index": number}
    return {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}


def free_addresses(count: int) -> list[str]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]


def write_digits(path: Path, first: int, last: int) -> None:
    data = load_mnist("train")
    np.savez(path, x_train=data.images[first:last], y_train=data.labels[first:last])


def weights(version: Path) -> list[Any]:
    arrays: list[Any] = keras.models.load_model(version / versions.KERAS).get_weights()
    return arrays


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a cluster works that nothing happens to; its data serve the other tests too."""
    folder = tmp_path_factory.mktemp("cluster")
    write_digits(folder / "digits.npz", 0, 2_200)
    write_digits(folder / "others.npz", 2_200, 4_400)
    return folder


@pytest.fixture(scope="module")
def mirrored(folder: Path) -> list[str]:
    """Versions made on one device, on two, on two with distortion; a refusal, what is shared."""
    done = subprocess.run(
        [sys.executable, "-c", MIRRORED], cwd=folder, capture_output=True, text=True, check=True
    )
    made: list[str] = json.loads(done.stdout)
    return made


def test_without_a_tf_config_a_worker_is_refused_before_tensorflow_is_loaded(
    tmp_path: Path,
) -> None:
    program = (
        "import sys\nfrom mnist_cli.cli import app as cli\n"
        "sys.argv = ['mnist', 'train', '--distribute', 'multiworker']\n"
        "try:\n    cli.main()\nfinally:\n    print('tensorflow' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "TF_CONFIG"}

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == ExitCode.USAGE
    assert "TF_CONFIG" in done.stderr
    assert done.stdout == "False\n"
    assert list(tmp_path.iterdir()) == []


def test_two_devices_reach_the_weights_that_one_reaches(folder: Path, mirrored: list[str]) -> None:
    one, two = (weights(folder / "store" / version) for version in mirrored[:2])

    for of_one, of_two in zip(one, two, strict=True):
        assert of_two == pytest.approx(of_one, abs=1e-4)


def test_what_two_devices_made_is_published_whole(folder: Path, mirrored: list[str]) -> None:
    one, _, bent = (versions.open_version(folder / "store" / name) for name in mirrored[:3])

    assert [bent.read(name) for name in bent.manifest["files"]]
    accuracies = [each.manifest["metrics"]["val_accuracy"] for each in (one, bent)]
    assert accuracies[1] == pytest.approx(accuracies[0], abs=0.1)


def test_a_batch_that_two_devices_can_not_share_is_refused(mirrored: list[str]) -> None:
    assert mirrored[3].startswith("--batch-size must be a multiple of 2")
    assert mirrored[3].endswith("Received: 33.")


def test_what_the_chief_shares_arrives_once_however_many_devices_it_has(
    mirrored: list[str],
) -> None:
    assert mirrored[4] == "hello, world"


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        cluster = {"worker": [f"127.0.0.1:{taken.getsockname()[1]}", *free_addresses(1)]}
        done = subprocess.run(
            [sys.executable, "-m", "mnist_cli", "train", "--distribute", "multiworker"],
            cwd=tmp_path,
            env=os.environ | tf_config(cluster, 0),
            capture_output=True,
            text=True,
            check=False,
        )

    assert done.returncode == ExitCode.ENVIRONMENT
    assert "can't join" in done.stderr
    assert "port" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_worker_that_waits_for_the_others_can_be_interrupted(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mnist_cli", "train", "--distribute", "multiworker"],
        cwd=tmp_path,
        env=os.environ | tf_config({"worker": free_addresses(2)}, 0),
        stderr=subprocess.PIPE,
        text=True,
    )
    with process, ExitStack() as stack:
        stack.callback(process.kill)  # where it does not hear the signal, the test ends anyhow
        assert process.stderr is not None
        assert "training.preparing" in process.stderr.readline()
        assert "training.joining" in process.stderr.readline()
        time.sleep(1)  # it waits in native code by now
        process.send_signal(signal.SIGINT)
        process.wait(timeout=10)

    assert process.returncode == -signal.SIGINT
    assert not (tmp_path / "artifacts").exists()


def test_the_chief_alone_publishes_and_says_so(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "digits.npz").symlink_to(folder / "digits.npz")

    with two_workers(tmp_path, epochs=2) as (chief, other):
        chief_code, chief_stdout, _ = chief.end()
        code, stdout, stderr = other.end()

    assert chief_code == code == ExitCode.OK
    result = json.loads(chief_stdout)
    assert result["path"] == "store/1"
    assert stdout == ""
    assert "training.left_to_chief" in stderr
    assert f"run={result['run']}" in stderr
    assert sorted(path.name for path in (tmp_path / "chief").iterdir()) == ["logs", "store"]
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["logs"]


@pytest.mark.long
def test_a_run_that_lost_its_workers_one_by_one_ends_as_if_nothing_had_happened(
    folder: Path, tmp_path: Path
) -> None:
    with two_workers(folder) as (chief, other):
        assert (chief.end()[0], other.end()[0]) == (ExitCode.OK, ExitCode.OK)
    (tmp_path / "digits.npz").symlink_to(folder / "digits.npz")

    for loss, (number, signal_number) in enumerate(LOSSES):
        with two_workers(tmp_path, *(["--resume"] if loss else [])) as workers:
            lost, left = workers[number], workers[1 - number]
            lost.wait_for_epochs(3)
            lost.process.send_signal(signal_number)
            left_code, left_stdout, left_stderr = left.end()
            lost_code, _, lost_stderr = lost.end()
        assert left_code == ExitCode.ENVIRONMENT
        assert f"Worker {1 - number} of 2 lost another worker." in left_stderr
        assert "--resume" in left_stderr
        assert "Traceback" not in left_stderr + lost_stderr
        assert lost_code == (143 if signal_number == signal.SIGTERM else -signal.SIGKILL)
        assert json.loads(left_stdout)["error"]["code"] == "cluster"
        assert store.version_numbers(tmp_path / "chief" / "store") == []

    with two_workers(tmp_path, "--resume") as (chief, other):
        assert (chief.end()[0], other.end()[0]) == (ExitCode.OK, ExitCode.OK)
    ours, theirs = (weights(each / "chief" / "store" / "1") for each in (tmp_path, folder))
    assert all(np.array_equal(one, two) for one, two in zip(ours, theirs, strict=True))
    assert not (tmp_path / "chief" / "store" / ".training").exists()
    assert not (tmp_path / "other" / "store").exists()


@pytest.mark.long
def test_a_worker_with_other_images_than_the_chief_is_refused(folder: Path, tmp_path: Path) -> None:
    for name in ("digits.npz", "others.npz"):
        (tmp_path / name).symlink_to(folder / name)

    with two_workers(tmp_path, data=("digits.npz", "others.npz")) as (chief, other):
        chief_code, _, chief_stderr = chief.end()
        code, _, stderr = other.end()

    assert code == ExitCode.CONFLICT
    assert "other images" in stderr
    assert chief_code == ExitCode.ENVIRONMENT
    assert "Traceback" not in chief_stderr + stderr
    assert store.version_numbers(tmp_path / "chief" / "store") == []
