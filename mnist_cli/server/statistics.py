"""What the protocol's statistics extension tells: requests and their time, by version."""

import time
from bisect import bisect_left
from operator import attrgetter

from mnist_cli.server.classify import MODEL
from mnist_cli.server.jobs import Work
from mnist_cli.server.protocol_schemas import (
    BatchDurations,
    Duration,
    Durations,
    VersionStatistics,
)

_COMPUTE = ("compute_input", "compute_infer", "compute_output")


class Statistics:
    """What was asked of each version since the server was started."""

    def __init__(self) -> None:
        self._versions: dict[str, VersionStatistics] = {}

    def of(self, version: str) -> VersionStatistics:
        """Return a version's; of one that nobody asked yet, all is 0."""
        if version not in self._versions:
            self._versions[version] = VersionStatistics(
                name=MODEL,
                version=version,
                last_inference=0,
                inference_count=0,
                execution_count=0,
                inference_stats=Durations(**_none("success", "fail", "queue", *_COMPUTE)),
                batch_stats=[],
            )
        return self._versions[version]

    def succeeded(self, work: Work, duration_ns: int) -> None:
        """Count a request that was answered.

        Args:
            work: What the worker says of it.
            duration_ns: From the arrival of its body to its answer; what was no work, it waited.
        """
        own = self.of(work.version)
        own.last_inference = time.time_ns() // 1_000_000
        own.inference_count += work.images
        own.execution_count += 1
        sizes, all_ = own.batch_stats, own.inference_stats
        at = bisect_left(sizes, work.images, key=attrgetter("batch_size"))
        if at == len(sizes) or sizes[at].batch_size != work.images:
            sizes.insert(at, BatchDurations(batch_size=work.images, **_none(*_COMPUTE)))
        parts_ns = (work.input_ns, work.infer_ns, work.output_ns)
        for name, ns in zip(_COMPUTE, parts_ns, strict=True):
            getattr(all_, name).add(ns)
            getattr(sizes[at], name).add(ns)
        all_.success.add(duration_ns)
        all_.queue.add(max(0, duration_ns - sum(parts_ns)))

    def failed(self, version: str, duration_ns: int) -> None:
        """Count a request that was refused, or could not be answered."""
        self.of(version).inference_stats.fail.add(duration_ns)


def _none(*names: str) -> dict[str, Duration]:
    return {name: Duration(count=0, ns=0) for name in names}
