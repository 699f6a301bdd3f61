"""What Prometheus reads, by its own parser; and that the dashboard asks for nothing else."""

import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from mnist_cli.cli.serve_options import Example
from tests.server.conftest import Server, children, eventually, serving
from tests.server.wire import get, post

DASHBOARD = json.loads(Example.GRAFANA.text)
Sample = tuple[str, tuple[tuple[str, str], ...]]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("measured"), "--workers", "1") as server:
        yield server


def samples(server: Server) -> dict[Sample, float]:
    """Return what is measured: names and labels, and a value each."""
    families = text_string_to_metric_families(server.client.get("/metrics").text)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def routes(server: Server) -> set[str]:
    counted = [dict(labels) for name, labels in samples(server) if name == "mnist_requests_total"]
    return {labels["route"] for labels in counted}


def test_requests_are_counted_by_the_routes_that_there_are(measured: Server) -> None:
    """Never by what was asked for: a stranger could fill the memory with that."""
    for path in (
        *("/", "/docs", "/openapi.json", "/page/main.js", "/page/nothing", "/v2"),
        *("/v2/models/mnist", "/v2/models/other", "/v2/models/mnist/versions/bundled/ready"),
        *("/nowhere", "/v1/predict/more", "/v2/models/a/b/c/d"),
    ):
        measured.client.get(path)
    measured.read()
    measured.send(post(b"{}", "application/json", "/v2/models/mnist/infer"))
    measured.send(get("/v1/predict", "BREW"))
    measured.send(post(b"{}", "application/json", "/v1/models/mnist:predict"))

    assert routes(measured) >= {
        *("/", "/docs", "/openapi.json", "/page/{path}", "/v2", "/v2/models/{model}"),
        *("/v2/models/{model}/versions/{version}/ready", "/v2/models/{model}/infer"),
        *("/v1/predict", "/v1/models/{model}:predict", "other"),
    }
    assert not {route for route in routes(measured) if "mnist" in route or "nothing" in route}


def test_queue_workers_and_model_are_told(measured: Server) -> None:
    told = samples(measured)
    ((_, labels),) = [key for key in told if key[0] == "mnist_model_info"]

    assert dict(labels) == measured.client.get("/readyz").json()["model"]
    for name, value in (
        *(("mnist_queue_length", 0), ("mnist_jobs_in_progress", 0), ("mnist_workers", 1)),
        *(("mnist_workers_wanted", 1), ("mnist_requests_in_flight", 1)),
    ):
        assert told[name, ()] == value, name


def test_digits_are_counted_by_class(measured: Server) -> None:
    before = samples(measured)["mnist_digits_total", (("digit", "3"),)]
    measured.read()

    assert samples(measured)["mnist_digits_total", (("digit", "3"),)] == before + 1


def test_the_dashboard_asks_for_what_there_is(measured: Server) -> None:
    measured.read()
    there = {name for name, _ in samples(measured)}
    asked = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    named = {name for expr in asked for name in re.findall(r"\b(?:mnist|process)_\w+", expr)}

    assert len(asked) >= 12
    assert named <= there
    assert {name for name in there if name.startswith("mnist_worker")} <= named
    assert 'route="/v1/predict"' in " ".join(asked)
    assert "/v1/predict" in routes(measured)


def test_restarts_are_counted_over_reloads(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "1") as server:

        def restarts() -> float:
            return samples(server)["mnist_worker_restarts_total", ()]

        assert restarts() == 0
        os.kill(max(children(server.process.pid)), signal.SIGKILL)
        assert eventually(lambda: restarts() == 1)
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "server.reloaded" in server.stderr)
        assert restarts() == 1
