"""What is served: a pool of workers with one model, which may be exchanged for another."""

import asyncio
import logging
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path

from starlette.responses import Response

from mnist_cli.core import log
from mnist_cli.core.errors import MnistError
from mnist_cli.server.bodies import Bodies
from mnist_cli.server.jobs import Answer, Job
from mnist_cli.server.limits import DRAIN_S
from mnist_cli.server.loaded import FILE, OpenSeveral
from mnist_cli.server.metrics import Metrics, State
from mnist_cli.server.problems import Problem
from mnist_cli.server.processes import OpenClassifier
from mnist_cli.server.statistics import Statistics
from mnist_cli.server.workers import Pool


class Service:
    """Does jobs, with the model that `find` found when it was started or last reloaded.

    Args:
        find: Finds the model; what it returns opens it in the workers.
        workers: How many processes read.
        keep: The folder that digits go to that people put right; None where none are kept.

    Attributes:
        bodies: How much memory requests take, over REST and gRPC together.
        metrics: What was done.
        statistics: The same of tensors, by version.
        not_reloaded: Why the last reload was refused; empty if it was not.
        not_renewed: The same of keys and certificate.
    """

    def __init__(
        self, find: Callable[[], OpenClassifier], workers: int, keep: Path | None = None
    ) -> None:
        self._find = find
        self._workers = workers
        self._pool: Pool | None = None
        self._reloading = asyncio.Lock()
        self._names: dict[str, str] = {}
        self.keep = keep
        self._restarts = 0  # in pools that are closed
        self.bodies = Bodies(lambda: self.wait_s)
        self.metrics = Metrics(self._state)
        self.statistics = Statistics()
        self.not_reloaded = self.not_renewed = ""

    @property
    def failure(self) -> str:
        """Why nothing can be answered; empty where it can."""
        if self._pool is None:
            return "The model is not open yet."
        if self._pool.able:
            return ""
        return self._pool.failure or "The processes that read have ended, and are started anew."

    @property
    def wait_s(self) -> float:
        """How long what comes now is likely to wait for an answer."""
        return self._pool.wait_s if self._pool else 0.0

    @property
    def ready_status(self) -> HTTPStatus:
        """What probes that ask whether it is ready are answered with."""
        return HTTPStatus.SERVICE_UNAVAILABLE if self.failure else HTTPStatus.OK

    @property
    def model(self) -> dict[str, str | None]:
        """Version and digest of the model."""
        return self._pool.model if self._pool else {}

    @property
    def version(self) -> str:
        """Name of its version; a file that belongs to none is called so."""
        return self.model["version"] or FILE

    @property
    def names(self) -> dict[str, str]:
        """The version behind each number and alias that is loaded, the model's own first."""
        return self._names or {self.version: self.version}

    def versions(self, name: str | None = None) -> list[str]:
        """Return the versions that are loaded; of a number or alias, the one behind it."""
        return [*dict.fromkeys(self.names.values())] if name is None else [self.names[name]]

    def _state(self) -> State:
        pool = self._pool
        return State(
            model=self.model,
            waiting=len(pool.waitlist) if pool else 0,
            in_progress=pool.waitlist.in_progress if pool else 0,
            workers=pool.able if pool else 0,
            workers_wanted=self._workers,
            restarts=self._restarts + (pool.restarts if pool else 0),
        )

    async def start(self) -> None:
        """Find and open the model, and what is loaded beside it.

        Raises:
            MnistError: It can't be.
        """
        found = self._find()
        pool = Pool(found, self._workers)
        await pool.start()
        self._pool = pool
        self._names = found.names if isinstance(found, OpenSeveral) else {}

    async def reload(self) -> None:
        """Find the model again, and exchange it once it is open; else go on with this one."""
        async with self._reloading:
            before = self._pool
            try:
                await self.start()
            except (MnistError, OSError) as error:
                self.not_reloaded = str(error)
                self.metrics.count_reload("refused")
                log.warning("server.not_reloaded", reason=str(error), version=self.version)
                return
            self.not_reloaded = ""
            self.metrics.count_reload("done")
            log.event("server.reloaded", version=self.version)
            if before:
                self._restarts += before.restarts
                try:
                    async with asyncio.timeout(DRAIN_S):
                        await before.waitlist.finish()
                except TimeoutError:
                    log.warning("server.drain_cut_off", limit_s=DRAIN_S)
                await before.close()

    async def answer(self, job: Job) -> Response:
        """Do a job; return what is answered over HTTP.

        Raises:
            Problem: It can't be done.
        """
        return as_response(await self.do(job))

    async def classify(self, job: Job, version: str | None) -> Answer:
        """Do a job with a tensor, and count it in the statistics of its version.

        Args:
            job: What is asked.
            version: Of whom, by number or alias; None for what reads pictures.

        Raises:
            Problem: It can't be done.
        """
        begun_ns = time.perf_counter_ns()
        try:
            answer = await self.do(job)
        except Problem:
            own = self.names.get(version or self.version, self.version)
            self.statistics.failed(own, time.perf_counter_ns() - begun_ns)
            raise
        if answer.work:
            self.statistics.succeeded(answer.work, time.perf_counter_ns() - begun_ns)
        return answer

    async def do(self, job: Job) -> Answer:
        """Do a job.

        Raises:
            Problem: It can't be done.
        """
        if self._pool is None:
            raise RuntimeError("not started")
        outcome = await self._pool.do(job)
        if isinstance(outcome, Problem):
            if outcome.trace:
                log.event("server.bug", logging.ERROR, traceback=outcome.trace)
            raise outcome
        self.metrics.count_digits(outcome.digits)
        return outcome

    async def close(self) -> None:
        """End the workers, once nobody waits for them any more."""
        if self._pool:
            await self._pool.close()


def as_response(answer: Answer) -> Response:
    """Return what is answered over HTTP."""
    return Response(answer.body, headers=answer.headers, media_type=answer.media_type)
