"""What a run is computed on."""

from pathlib import Path

import pytest

from mnist_cli.core.tensorflow import tf
from mnist_cli.training.devices import device_in_use
from tests.conftest import Events

pytestmark = pytest.mark.skipif(
    bool(tf.config.list_physical_devices("GPU")), reason="there is a GPU in use"
)


@pytest.mark.parametrize(
    ("names", "visible", "warned"),
    [
        ([], None, False),
        (["nvidia0", "nvidiactl"], None, True),
        (["nvidiactl", "null"], None, False),
        (["nvidia0"], "-1", False),
        (["nvidia1"], "0", True),
    ],
)
def test_a_gpu_that_can_not_be_used_is_told_with_the_package(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    events: Events,
    names: list[str],
    visible: str | None,
    warned: bool,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    for name in names:
        (tmp_path / name).touch()

    assert device_in_use(tmp_path).startswith("CPU, ")

    told = events.of("training.gpu_not_used")
    assert [fields["hint"] for fields in told] == ["pip install 'tensorflow[and-cuda]'"] * warned
