"""What Prometheus is told: requests, their latency, the queue, the processes, what was read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from mnist_cli import __version__

MEDIA_TYPE = CONTENT_TYPE_LATEST
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(frozen=True)
class State:
    """How things stand.

    Attributes:
        model: Version and digest of the model that reads; empty before it is open.
        waiting: Jobs that wait for a process.
        in_progress: Jobs that one does.
        workers: Processes that can read.
        workers_wanted: How many there should be.
        restarts: Processes that ended and were replaced, since the server's start.
    """

    model: dict[str, str | None]
    waiting: int
    in_progress: int
    workers: int
    workers_wanted: int
    restarts: int


class Metrics:
    """The counters of one server, in a registry of their own.

    Args:
        state: Tells how things stand when it is asked.

    Attributes:
        in_flight: Requests that are not answered yet.
    """

    def __init__(self, state: Callable[[], State]) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
        registry.register(_Now(state))
        self.in_flight = Gauge(
            "mnist_requests_in_flight", "Requests that are not answered yet.", registry=registry
        )
        Info("mnist_cli", "Version of the tool.", registry=registry).info({"version": __version__})
        self._requests = Counter(
            "mnist_requests", "Requests answered.", ["method", "route", "status"], registry=registry
        )
        self._latency_s = Histogram(
            "mnist_request_duration_seconds",
            "From a request's headers to the end of its answer.",
            ["route"],
            buckets=_BUCKETS_S,
            registry=registry,
        )
        digits = Counter("mnist_digits", "Digits read, by class.", ["digit"], registry=registry)
        self._digits = [digits.labels(str(digit)) for digit in range(10)]
        self._unsure = Counter("mnist_unsure_digits", "Digits called unsure.", registry=registry)
        reloads = Counter(
            "mnist_reloads",
            "Models asked for anew, and what else was refused.",
            ["outcome"],
            registry=registry,
        )
        self._reloads = {outcome: reloads.labels(outcome) for outcome in ("done", "refused")}

    def count_request(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count a request that was answered."""
        self._requests.labels(method, route, str(status)).inc()
        self._latency_s.labels(route).observe(duration_s)

    def count_digits(self, digits: tuple[tuple[int, bool], ...]) -> None:
        """Count what was read: digits, and whether each is unsure."""
        for digit, unsure in digits:
            self._digits[digit].inc()
            self._unsure.inc(unsure)

    def count_reload(self, outcome: Literal["done", "refused"]) -> None:
        """Count a model that was asked for anew, or keys or a certificate that were refused."""
        self._reloads[outcome].inc()

    def render(self) -> bytes:
        """Return them in Prometheus's text format."""
        return generate_latest(self._registry)


class _Now(Collector):
    """Makes metrics of how things stand when Prometheus asks."""

    def __init__(self, state: Callable[[], State]) -> None:
        self._state = state

    def describe(self) -> list[Metric]:
        """Name none beforehand: there may be no model yet."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield each."""
        now = self._state()
        for name, text, value in (
            ("queue_length", "Requests that wait for a process.", now.waiting),
            ("jobs_in_progress", "Requests that a process reads.", now.in_progress),
            ("workers", "Processes that can read.", now.workers),
            ("workers_wanted", "Processes that there should be.", now.workers_wanted),
        ):
            yield GaugeMetricFamily(f"mnist_{name}", text, value)
        yield CounterMetricFamily(
            "mnist_worker_restarts", "Processes that ended and were replaced.", now.restarts
        )
        model = GaugeMetricFamily("mnist_model_info", "What reads.", labels=("version", "sha256"))
        if now.model:
            model.add_metric([now.model["version"] or "", now.model["sha256"] or ""], 1)
        yield model
