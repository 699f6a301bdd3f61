"""The README's lines for the browser, run by Chromium with onnxruntime-web from npm."""

import functools
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from mnist_cli.core.data.dataset import Dataset, as_input
from mnist_cli.core.models.file_classifier import FileClassifier
from mnist_cli.reading.opening import open_classifier
from tests.conftest import Cli

pytestmark = [pytest.mark.long, pytest.mark.skipif(not shutil.which("npm"), reason="needs npm")]
COUNT = 20


class Quiet(SimpleHTTPRequestHandler):
    """Serves files without a word."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its parent's name
        """Say nothing."""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Serve an empty folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def script(pixels: list[float]) -> str:
    """Return the README's lines with pixels of ours, that show what they compute."""
    readme = Path(__file__).parents[2] / "mnist_cli/core/README.md"
    (lines,) = re.findall(
        r"^```js\n(import \* as ort.*?)^```", readme.read_text(), re.MULTILINE | re.DOTALL
    )
    lines = lines.replace("new Float32Array(28 * 28)", f"new Float32Array({json.dumps(pixels)})")
    lines = lines.replace("[1, 28", f"[{COUNT}, 28")
    return f"{lines}document.body.textContent = JSON.stringify(Array.from(probabilities.data));"


def test_an_onnx_export_answers_in_the_browser_as_here(
    mnist: Cli, browser: Browser, address: str, tmp_path: Path, test_split: Dataset
) -> None:
    output = tmp_path / "mnist.onnx"
    assert (
        mnist("export", "--model", "bundled", "--format", "onnx", "--output", output).exit_code == 0
    )
    command = ["npm", "install", "--silent", "--prefix", str(tmp_path), "onnxruntime-web"]
    subprocess.run(command, check=True, timeout=300)
    (tmp_path / "node_modules" / "onnxruntime-web").rename(tmp_path / "onnxruntime-web")
    images = test_split.images[:COUNT]
    lines = script(as_input(images).ravel().round(6).tolist())
    (tmp_path / "index.html").write_text(f'<body><script type="module">{lines}</script>')

    page = browser.new_page()
    page.goto(address)
    page.wait_for_function("document.body.textContent.startsWith('[')", timeout=60_000)
    answers = np.array(json.loads(page.text_content("body") or "")).reshape(COUNT, 10)

    exported = open_classifier(str(output), tmp_path)
    assert isinstance(exported, FileClassifier)
    powers = answers ** (1 / exported.temperature)
    own = exported.probabilities(images)
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), own, atol=1e-4)
