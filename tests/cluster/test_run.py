"""`mnist predict --engine ray`, with a real Ray of two cores."""

import gc
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pyarrow.parquet as pq
import pytest

from mnist_cli.cluster import filesystems, job, tasks
from mnist_cli.cluster.destination import Destination
from mnist_cli.core.errors import ExitCode
from mnist_cli.core.reading_digest import reading_digest
from mnist_cli.reading.reader import Reader
from tests.cli.conftest import document
from tests.cluster.conftest import plain_records, records_in, write_tar
from tests.conftest import Cli


@pytest.fixture(scope="module")
def ray_here(s3: str) -> Iterator[None]:
    """Start Ray in this process once, after what its workers find in the environment.

    `predict` uses it and leaves it running.
    """
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    import ray

    ray.init("local", num_cpus=2, include_dashboard=False, logging_level=logging.CRITICAL)
    yield
    ray.shutdown()
    gc.collect()  # Ray leaves readers in a circle, and a version in use can't be deleted


@pytest.fixture
def shards(trained: Path, pngs: list[bytes]) -> dict[str, bytes]:
    """Write two tar shards into the current folder; return their pictures by name."""
    pictures = {f"s{n % 2}.tar/{n:03}.png": data for n, data in enumerate(pngs)}
    for tar in ("s0.tar", "s1.tar"):
        own = {name: data for name, data in pictures.items() if name.startswith(tar)}
        write_tar(trained / tar, {name.partition("/")[2]: data for name, data in own.items()})
    return pictures


@pytest.mark.usefixtures("ray_here")
def test_tar_shards_give_the_records_of_predict_and_a_rerun_keeps_them(
    mnist: Cli, shards: dict[str, bytes], reader: Reader
) -> None:
    command = "predict", "s*.tar", "--engine", "ray", "--output", "out"
    first = mnist(*command)

    assert first.exit_code == ExitCode.REFUSED
    assert first.stdout == "100 pictures, 10 of them failed: out\n  picture_refused  10\n"
    assert "predict.shards  done=2 shards=2 pictures=100 failed=10" in first.stderr
    assert records_in(Path("out")) == plain_records(reader, shards)

    Path("out/part-000000.parquet").unlink()
    again = mnist(*command, "--json")

    manifest = document(again.stdout)
    assert again.exit_code == ExitCode.REFUSED
    assert records_in(Path("out")) == plain_records(reader, shards)
    assert manifest == json.loads(Path("out/_manifest.json").read_text())
    assert (manifest["status"], manifest["n"], manifest["failed"]) == ("done", 100, 10)
    assert (manifest["shards_kept"], manifest["pictures_read"]) == (1, 50)
    assert manifest["model"] == reader.model


@pytest.mark.usefixtures("ray_here")
def test_from_s3_to_s3(
    mnist: Cli, trained: Path, reader: Reader, pngs: list[bytes], s3: str
) -> None:
    pictures = {f"{s3}/in/{number}.png": data for number, data in enumerate(pngs[:60])}
    for name, data in pictures.items():
        filesystems.write(name, lambda path, data=data: path.write_bytes(data))  # type: ignore[misc]

    result = mnist("predict", f"{s3}/in", "--engine", "ray", "--output", f"{s3}/out.jsonl")

    assert result.exit_code == ExitCode.REFUSED
    (trained / "out").mkdir()
    for name in filesystems.names_in(f"{s3}/out.jsonl"):
        (trained / "out" / name).write_bytes(filesystems.read(f"{s3}/out.jsonl/{name}") or b"")
    assert records_in(trained / "out") == plain_records(reader, pictures)
    assert {path.name for path in (trained / "out").iterdir()} == {
        "_manifest.json",
        "part-000000.jsonl",
        "part-000001.jsonl",
    }


@pytest.mark.long
@pytest.mark.usefixtures("ray_here")
def test_a_shard_that_cannot_be_written_is_told_and_the_rest_is_kept(
    mnist: Cli, shards: dict[str, bytes], reader: Reader
) -> None:
    command = "predict", "s*.tar", "--engine", "ray", "--output", "out"
    mnist(*command)
    Path("out/part-000000.parquet").unlink()
    Path("out/part-000000.parquet").mkdir()

    result = mnist(*command)

    assert result.exit_code == ExitCode.ENVIRONMENT
    assert "1 of 2 shards are missing" in result.stderr
    assert "goes on from here" in result.stderr
    Path("out/part-000000.parquet").rmdir()
    mnist(*command)
    assert records_in(Path("out")) == plain_records(reader, shards)


@pytest.mark.long
@pytest.mark.usefixtures("ray_here")
def test_the_programs_of_the_readme_run(trained: Path, pngs: list[bytes], reader: Reader) -> None:
    (trained / "in").mkdir()
    for number, data in enumerate(pngs[:20]):
        (trained / "in" / f"{number:02}.png").write_bytes(data)
    readme = (Path(__file__).parents[2] / "mnist_cli/cluster/README.md").read_text()
    (program,) = (
        block.partition("```")[0]
        for block in readme.split("```python\n")
        if block.startswith("import ray")
    )
    program = program.replace("s3://bucket/scans", str(trained / "in"))
    program = program.replace("s3://bucket/digits", str(trained / "out"))

    exec(program, {"__name__": "program"})  # noqa: S102

    table = pq.read_table("out").to_pylist()
    texts = {Path(row["path"]).name: row["text"] for row in table}
    readings = [reader.read(data, errors="record") for data in pngs[:20]]
    assert texts == {f"{n:02}.png": reading.text for n, reading in enumerate(readings)}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.png", "--engine", "ray"], "--output DEST"),
        (["a.png", "--engine", "ray", "--output", "o", "--explain", "e"], "--explain"),
        (["a.png", "--engine", "ray", "--output", "o", "--annotate", "e.png"], "--annotate"),
        (["a.png", "--workers", "2"], "--engine ray"),
        (["a.png", "--address", "auto"], "--engine ray"),
        (["-", "--engine", "ray", "--output", "o"], "standard input"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    mnist: Cli, trained: Path, arguments: list[str], words: str
) -> None:
    result = mnist("predict", *arguments)

    assert result.exit_code == ExitCode.USAGE
    assert words in result.stderr
    assert list(trained.iterdir()) == []


def test_a_source_without_pictures_ends_before_anything_starts(mnist: Cli, trained: Path) -> None:
    result = mnist("predict", "no*", "--engine", "ray", "--output", "out", "--json")

    assert result.exit_code == ExitCode.NOT_FOUND
    assert document(result.stdout)["error"]["code"] == "picture_not_found"
    assert list(trained.iterdir()) == []


@pytest.mark.parametrize("was", [3, "0123456789abcdef"])
def test_a_folder_of_another_reading_is_refused(
    mnist: Cli, trained: Path, digit_png: Path, reader: Reader, was: object
) -> None:
    asked = job._asked(reader, tasks.plan((str(digit_png),)))
    assert asked["normalisation"] == reading_digest()
    Destination(str(trained / "out"), asked | {"normalisation": was}).begin(force=False)

    result = mnist("predict", digit_png, "--engine", "ray", "--output", "out")

    assert result.exit_code == ExitCode.CONFLICT
    assert "results of something else: other normalisation." in result.stderr


MAIN = "from mnist_cli.cli.app import main; main()"


def run_python(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("address", ["127.0.0.1:9", "ray://127.0.0.1:9"])
def test_a_cluster_that_is_not_there_is_told_at_once(
    trained: Path, digit_png: Path, address: str
) -> None:
    options = "--engine", "ray", "--output", "out", "--address", address
    result = run_python(MAIN, "predict", str(digit_png), *options)

    assert result.returncode == ExitCode.ENVIRONMENT
    assert f"Can't reach the cluster '{address}'" in result.stderr


def test_a_port_of_another_server_is_told_at_once(trained: Path, digit_png: Path) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"127.0.0.1:{server.server_port}"
        options = "--engine", "ray", "--output", "out", "--address", address
        result = run_python(MAIN, "predict", str(digit_png), *options)
        server.shutdown()

    assert result.returncode == ExitCode.ENVIRONMENT
    assert f"Can't reach the cluster '{address}': what answers there is no Ray." in result.stderr


def test_without_ray_the_command_to_install_it_is_told(trained: Path) -> None:
    program = f"import sys; sys.modules['ray'] = None; {MAIN}"
    result = run_python(program, "predict", "a.png", "--engine", "ray", "--output", "out")

    assert result.returncode == ExitCode.ENVIRONMENT
    assert "pip install 'mnist-cli[ray]'" in result.stderr


def test_without_engine_ray_nothing_of_it_is_imported(trained: Path, digit_png: Path) -> None:
    program = (
        "import sys; from mnist_cli.cli.app import main\n"
        "try: main()\n"
        "finally: print(*sorted({'ray', 'pyarrow', 'fsspec', 'pandas'} & set(sys.modules)))"
    )
    result = run_python(program, "-q", "predict", str(digit_png), "--json")

    first, last = result.stdout.splitlines()
    record: dict[str, Any] = json.loads(first)
    assert record["ok"]
    assert last == ""
