"""Results that are written into the folder of pictures: the next run takes none for a picture."""

import json
from pathlib import Path

import pytest

from mnist_cli.cluster import tasks
from mnist_cli.core.errors import ExitCode
from tests.cluster.conftest import write_parquet
from tests.conftest import Cli
from tests.faults.disk import picture

RESULTS = {
    "csv": ("--output", "in/results.csv"),
    "jsonl": ("--output", "in/results.jsonl"),
    "xlsx": ("--output", "in/results.xlsx"),
    "cells": ("--cells", "in/cells.csv"),
    "annotate": ("--annotate", "in/drawn"),
    "explain": ("--explain", "in/why"),
    "review": ("--review", "in/check"),
}


@pytest.mark.parametrize("name", RESULTS)
def test_a_second_run_reads_the_same_pictures(mnist: Cli, trained: Path, name: str) -> None:
    Path("in/more").mkdir(parents=True)
    picture()(Path("in"))
    picture()(Path("in/more"))
    for _ in range(2):
        result = mnist("predict", "in", *RESULTS[name], "--force")
        assert result.exit_code == ExitCode.OK, result.stderr

    records = mnist("predict", "in", "--json").stdout.splitlines()

    assert [json.loads(line)["path"] for line in records] == ["in/a.png", "in/more/a.png"]


@pytest.mark.parametrize("shard", ["part-000000.parquet", "part-000000.jsonl"])
def test_shards_in_a_folder_of_pictures_are_no_pictures(tmp_path: Path, shard: str) -> None:
    picture()(tmp_path)
    before = tasks.plan([str(tmp_path)]).sha256
    results = tmp_path / "done"
    results.mkdir()
    (results / "_manifest.json").write_text("{}")
    if shard.endswith("parquet"):
        write_parquet(results / shard, {"path": ["a.png"], "ok": [True]})
    else:
        (results / shard).write_text("{}\n")

    assert tasks.plan([str(tmp_path)]).sha256 == before


def test_a_manifest_of_another_tool_hides_no_pictures(tmp_path: Path) -> None:
    picture()(tmp_path)
    before = tasks.plan([str(tmp_path)])
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "_manifest.json").write_text("{}")
    picture()(tmp_path / "data")

    assert tasks.plan([str(tmp_path)]).sha256 != before.sha256
