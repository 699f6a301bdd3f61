"""A pool of processes that read, and the queue before them.

Who may take long waits so much longer: a small picture passes by large ones, and is held up by
none but the one that is being read. What has waited long enough is passed by no more.

A picture that crashes a decoder or takes too long costs one request and one process, which is
replaced.
"""

import asyncio
import itertools
from dataclasses import dataclass, field
from http import HTTPStatus

from mnist_cli.core import log
from mnist_cli.core.errors import MnistError, ServerError
from mnist_cli.server import costs, problems
from mnist_cli.server.jobs import Job, Outcome
from mnist_cli.server.limits import MAX_WAITING, TURN_S, WORK_S
from mnist_cli.server.problems import Problem
from mnist_cli.server.processes import OpenClassifier, Worker, spawned

MOST_AT_ONCE = 16  # jobs that go to a worker in one frame
LONGEST_PAUSE_S = 10.0  # between two tries to replace a worker


@dataclass(order=True)
class _Waiting:
    """A job whose request waits; the first is whose turn is due first."""

    due: float  # when it came, and what it may take, in seconds of the loop's clock
    number: int  # of those that are due together, the first
    job: Job = field(compare=False)
    future: asyncio.Future[Outcome] = field(compare=False)
    costly: bool = field(compare=False)
    suspect: bool = field(default=False, compare=False)  # a worker was lost with it and others


class Pool:
    """Workers of one model, and the queue before them.

    Args:
        open_classifier: Opens the model; called in each worker, so it must be picklable.
        count: How many workers.

    Attributes:
        model: Version and digest of what they read with, once started.
        failure: Why a worker that was lost could not be replaced so far; empty if it was.
    """

    def __init__(self, open_classifier: OpenClassifier, count: int) -> None:
        self._open = open_classifier
        self._count = count
        self._queue: asyncio.PriorityQueue[_Waiting] = asyncio.PriorityQueue()
        self._numbers = itertools.count()
        self._tasks: list[asyncio.Task[None]] = []
        self._workers: set[Worker] = set()
        self._suspects = 0
        self.model: dict[str, str | None] = {}
        self.failure = ""

    @property
    def ready(self) -> bool:
        """Whether a worker can answer, or soon will."""
        able = (worker.model and not worker.reader.at_eof() for worker in self._workers)
        return not self.failure or any(able)

    async def start(self) -> None:
        """Start the workers, and wait until all can read.

        Raises:
            MnistError: The model can't be opened.
        """
        try:
            workers = await asyncio.gather(*(self._started() for _ in range(self._count)))
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
        if not self.ready:
            raise _not_ready()
        if self._queue.qsize() >= MAX_WAITING:
            raise problems.busy()
        waiting = self._waiting(job)
        self._queue.put_nowait(waiting)
        try:
            async with asyncio.timeout(TURN_S):
                return await waiting.future
        except TimeoutError as error:
            raise problems.busy() from error

    def _waiting(self, job: Job) -> _Waiting:
        loop = asyncio.get_running_loop()
        cost_s = costs.expected_s(job)
        due, costly = loop.time() + cost_s, cost_s > costs.COSTLY_S
        return _Waiting(due, next(self._numbers), job, loop.create_future(), costly)

    async def finish(self) -> None:
        """Wait until all that waits is answered."""
        await self._queue.join()

    async def close(self) -> None:
        """End the workers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*map(self._end, list(self._workers)))

    async def _serve(self, worker: Worker) -> None:
        """Give jobs to a worker for ever; where it dies, to its successor."""
        while True:
            batch = await self._batch()
            if worker.reader.at_eof():  # it died while it had nothing to do
                self._put_back(batch)
                worker = await self._successor(worker)
                continue
            try:
                answers = await self._answers(worker, batch)
            except (EOFError, ConnectionError, TimeoutError) as failure:
                slow = isinstance(failure, TimeoutError)
                log.warning("server.worker_lost", pid=worker.process.pid or 0, too_slow=slow)
                self._again(batch, slow=slow)
                worker = await self._successor(worker)
                continue
            for waiting, answer in zip(batch, answers, strict=True):
                self._settle(waiting, answer)

    async def _batch(self) -> list[_Waiting]:
        """Wait for a job; take this worker's share of what else waits with it.

        While there are suspects each job goes alone, so that the one to blame is found; so does one
        that may take long.
        """
        batch: list[_Waiting] = []
        share = 1
        while len(batch) < share and not (batch and self._queue.empty()):
            waiting = await self._queue.get()
            if waiting.future.done():  # its request is gone
                self._finished(waiting)
                continue
            if batch and waiting.costly:
                self._put_back([waiting])
                break
            if not batch and not self._suspects and not waiting.costly:
                share = max(1, min(MOST_AT_ONCE, -(-self._queue.qsize() // self._count)))
            batch.append(waiting)
        return batch

    async def _answers(self, worker: Worker, batch: list[_Waiting]) -> list[Outcome]:
        async with asyncio.timeout(WORK_S):
            answers: list[Outcome] = await worker.ask([waiting.job for waiting in batch])
            return answers

    def _again(self, batch: list[_Waiting], *, slow: bool) -> None:
        """Queue what a lost worker held; what was alone is to blame."""
        if len(batch) == 1:
            self._settle(batch[0], _too_slow() if slow else _crashed())
            return
        for waiting in batch:
            self._suspects += not waiting.suspect
            waiting.suspect = True
        self._put_back(batch)

    def _put_back(self, batch: list[_Waiting]) -> None:
        for waiting in batch:
            self._queue.put_nowait(waiting)
            self._queue.task_done()

    def _settle(self, waiting: _Waiting, answer: Outcome) -> None:
        if not waiting.future.done():  # its request may be gone
            waiting.future.set_result(answer)
        self._finished(waiting)

    def _finished(self, waiting: _Waiting) -> None:
        self._suspects -= waiting.suspect
        self._queue.task_done()

    async def _successor(self, lost: Worker) -> Worker:
        await self._end(lost)
        pause_s = 0.1
        while True:
            try:
                worker = await self._started()
            except MnistError as error:  # the model's file is gone, or the memory
                self._note_failure(error.message)
                await asyncio.sleep(pause_s)
                pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            else:
                self.failure = ""
                return worker

    def _note_failure(self, reason: str) -> None:
        """Tell once why no worker starts; where none is left, let nobody wait for one."""
        if reason != self.failure:
            log.warning("server.worker_not_started", reason=reason)
        self.failure = reason
        while not self.ready and not self._queue.empty():
            self._settle(self._queue.get_nowait(), _not_ready())

    async def _started(self) -> Worker:
        """Start a process, and wait until it has opened the model.

        Raises:
            MnistError: It does not start, or can't open the model.
        """
        try:
            worker = await spawned(self._open)
        except OSError as error:
            raise ServerError(
                f"A process that reads pictures can't be started: {error.strerror}.",
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


def _crashed() -> Problem:
    return problems.unusable("A decoder failed on the picture.", "picture_refused")


def _too_slow() -> Problem:
    detail = f"It took longer than {WORK_S:g} seconds."
    return Problem(HTTPStatus.GATEWAY_TIMEOUT, "too_slow", detail)


def _not_ready() -> Problem:
    detail = "No process can open the model, or none can be started: the server's log says why."
    headers = {"Retry-After": f"{LONGEST_PAUSE_S:.0f}"}
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "not_ready", detail, headers)
