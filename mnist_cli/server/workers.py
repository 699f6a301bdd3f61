"""A pool of processes that read; one that ends, or takes too long, is replaced at once."""

import asyncio
from http import HTTPStatus

from mnist_cli.core import log
from mnist_cli.core.errors import MnistError, ServerError
from mnist_cli.server import problems
from mnist_cli.server.jobs import Job, Outcome
from mnist_cli.server.limits import MAX_WAITING, TURN_S, WORK_S
from mnist_cli.server.problems import Problem
from mnist_cli.server.processes import OpenClassifier, Worker, spawned
from mnist_cli.server.waiting import Waitlist

LONGEST_PAUSE_S = 10.0  # between two tries to replace a worker
PATIENCE_S = 15.0  # for a successor, while nobody else reads; one with TensorFlow takes up to ten


class Pool:
    """Workers of one model, and the queue before them.

    Args:
        open_classifier: Opens the model; called in each worker, so it must be picklable.
        count: How many workers.

    Attributes:
        count: How many workers there should be.
        model: Version and digest of what they read with, once started.
        failure: Why a worker that was lost could not be replaced so far; empty if it was.
        restarts: How often one was.
        waitlist: What waits, and is being done.
    """

    def __init__(self, open_classifier: OpenClassifier, count: int) -> None:
        self._open = open_classifier
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: set[Worker] = set()
        self.count = count
        self.waitlist = Waitlist()
        self.model: dict[str, str | None] = {}
        self.failure = ""
        self.restarts = 0

    @property
    def able(self) -> int:
        """How many workers live and have opened the model."""
        return sum(bool(worker.model) and not worker.gone.done() for worker in self._workers)

    @property
    def wait_s(self) -> float:
        """How long what comes now is likely to wait."""
        return self.waitlist.wait_s(self.able)

    async def start(self) -> None:
        """Start the workers, and wait until all can read.

        Raises:
            MnistError: The model can't be opened.
        """
        try:
            workers = await asyncio.gather(*(self._started() for _ in range(self.count)))
        except BaseException:
            await self.close()
            raise
        self.model = workers[0].model
        self._tasks = [asyncio.create_task(self._serve(worker)) for worker in workers]

    async def do(self, job: Job) -> Outcome:
        """Have a job done.

        Raises:
            Problem: Too many wait already, its turn does not come, or no worker can be started.
        """
        if self.failure and not self.able:
            raise _not_ready()
        if len(self.waitlist) >= MAX_WAITING:
            raise problems.busy(self.wait_s)
        try:
            async with asyncio.timeout(TURN_S):
                return await self.waitlist.add(job)
        except TimeoutError as error:
            raise problems.busy(self.wait_s) from error

    async def close(self) -> None:
        """End the workers; who still waits is told so."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.waitlist.end()
        await asyncio.gather(*map(self._end, list(self._workers)))

    async def _serve(self, worker: Worker) -> None:
        """Give jobs to a worker for ever; where it ends, to its successor."""
        while True:
            await self._work(worker)
            worker = await self._successor(worker)

    async def _work(self, worker: Worker) -> None:
        """Give jobs to a worker until it is lost."""
        clock = asyncio.get_running_loop().time
        while batch := await self.waitlist.take(self.count, worker.gone):
            began = clock()
            try:
                async with asyncio.timeout(WORK_S):
                    answers = await worker.ask([waiting.job for waiting in batch])
            except (EOFError, ConnectionError, TimeoutError) as failure:
                slow = isinstance(failure, TimeoutError)
                self._note_loss(worker, jobs=len(batch), slow=slow)
                if slow and len(batch) == 1:
                    detail = f"It took longer than {WORK_S:g} seconds."
                    late = Problem(HTTPStatus.GATEWAY_TIMEOUT, "too_slow", detail)
                    self.waitlist.settle(batch, [late], clock() - began)
                else:
                    self.waitlist.retry(batch, _lost_twice())
                return
            self.waitlist.settle(batch, answers, clock() - began)
        self._note_loss(worker, jobs=0, slow=False)

    def _note_loss(self, worker: Worker, *, jobs: int, slow: bool) -> None:
        pid = worker.process.pid or 0
        log.warning("server.worker_lost", pid=pid, jobs=jobs, too_slow=slow)

    async def _successor(self, lost: Worker) -> Worker:
        await self._end(lost)
        pause_s = 0.1
        late = f"A process that reads did not start within {PATIENCE_S:g} seconds."
        while True:
            hurry = asyncio.get_running_loop().call_later(PATIENCE_S, self._note_failure, late)
            try:
                worker = await self._started()
            except MnistError as error:  # the model's file is gone, or the memory
                self._note_failure(error.message)
            else:
                self.failure = ""
                self.restarts += 1
                return worker
            finally:
                hurry.cancel()
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)

    def _note_failure(self, reason: str) -> None:
        """Tell once why no worker starts; where none is left, let nobody wait for one."""
        if reason != self.failure:
            log.warning("server.worker_not_started", reason=reason)
        self.failure = reason
        if not self.able:
            self.waitlist.turn_away(_not_ready())

    async def _started(self) -> Worker:
        """Start a process, and wait until it has opened the model.

        Raises:
            MnistError: It does not start, or can't open the model.
        """
        try:
            worker = await spawned(self._open)
        except (OSError, RuntimeError) as error:  # no files or processes, or no threads, are left
            reason = getattr(error, "strerror", None) or error
            raise ServerError(
                f"A process that reads pictures can't be started: {reason}.",
                hint="Allow more open files (`ulimit -n`) or processes, or pass fewer --workers.",
            ) from error
        self._workers.add(worker)
        try:
            worker.model = await worker.introduced()
        except BaseException:
            await self._end(worker)
            raise
        return worker

    async def _end(self, worker: Worker) -> None:
        if worker in self._workers:
            self._workers.remove(worker)
            await worker.end()


def _lost_twice() -> Problem:
    detail = "Two processes ended while they read it. If a third does, it may be to blame."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "worker_lost", detail, {"Retry-After": "1"})


def _not_ready() -> Problem:
    detail = "No process can open the model, or none can be started: the server's log says why."
    headers = {"Retry-After": f"{LONGEST_PAUSE_S:.0f}"}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", detail, headers)
