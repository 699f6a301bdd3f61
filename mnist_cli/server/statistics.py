"""What the protocol's statistics extension tells: requests and their time, by version."""

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from mnist_cli.server.jobs import Work

COMPUTE = ("compute_input", "compute_infer", "compute_output")


@dataclass
class Duration:
    """How often something happened, and how long it took in all."""

    count: int = 0
    ns: int = 0

    def add(self, ns: int) -> None:
        """Count it once more."""
        self.count += 1
        self.ns += ns


def _durations() -> dict[str, Duration]:
    return defaultdict(Duration)


@dataclass
class _OfVersion:
    """One version's.

    Attributes:
        last_ms: When it answered last, in ms since 1970; 0 for never.
        images: How many it has read.
        all: By what took the time, as `queue`.
        by_size: The same of the network alone, by how many images a request had.
    """

    last_ms: int = 0
    images: int = 0
    all: dict[str, Duration] = field(default_factory=_durations)
    by_size: dict[int, dict[str, Duration]] = field(default_factory=lambda: defaultdict(_durations))


class Statistics:
    """What was asked of each version since the server was started."""

    def __init__(self) -> None:
        self._versions: dict[str, _OfVersion] = defaultdict(_OfVersion)

    def succeeded(self, work: Work, duration_ns: int) -> None:
        """Count a request that was answered.

        Args:
            work: What the worker says of it.
            duration_ns: From the arrival of its body to its answer; what was no work, it waited.
        """
        own = self._versions[work.version]
        own.last_ms = time.time_ns() // 1_000_000
        own.images += work.images
        parts = dict(zip(COMPUTE, (work.input_ns, work.infer_ns, work.output_ns), strict=True))
        for name, ns in parts.items():
            own.all[name].add(ns)
            own.by_size[work.images][name].add(ns)
        own.all["success"].add(duration_ns)
        own.all["queue"].add(max(0, duration_ns - sum(parts.values())))

    def failed(self, version: str, duration_ns: int) -> None:
        """Count a request that was refused, or could not be answered."""
        self._versions[version].all["fail"].add(duration_ns)

    def to_records(self, model: str, versions: Iterable[str]) -> list[dict[str, Any]]:
        """Return what the protocol calls `model_stats`."""
        return [self._record(model, version) for version in versions]

    def _record(self, model: str, version: str) -> dict[str, Any]:
        own = self._versions.get(version, _OfVersion())
        names = ("success", "fail", "queue", *COMPUTE)
        return {
            "name": model,
            "version": version,
            "last_inference": own.last_ms,
            "inference_count": own.images,
            "execution_count": own.all.get("success", Duration()).count,
            "inference_stats": {name: asdict(own.all.get(name, Duration())) for name in names},
            "batch_stats": [
                {"batch_size": size, **{name: asdict(times[name]) for name in COMPUTE}}
                for size, times in sorted(own.by_size.items())
            ],
        }
