"""What Prometheus is told: requests, their latency, what was read, how much of it unsure."""

from typing import Literal

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    Info,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from mnist_cli import __version__

MEDIA_TYPE = CONTENT_TYPE_LATEST
_BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The counters of one server, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)
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
        reloads = Counter("mnist_reloads", "Models asked for anew.", ["outcome"], registry=registry)
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
        """Count a model that was asked for anew."""
        self._reloads[outcome].inc()

    def render(self) -> bytes:
        """Return them in Prometheus's text format."""
        return generate_latest(self._registry)
