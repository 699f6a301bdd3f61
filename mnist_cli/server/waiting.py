"""What waits to be read: whose turn is next, what is tried once more, and how long it takes.

Who may take long waits so much longer: a small picture passes by large ones, and is held up by
none but the one that is being read. What has waited long enough is passed by no more.

A process that ends while it reads costs nobody an answer: what it had is tried once more, each job
alone, so that one that ends processes takes no other with it.
"""

import asyncio
import heapq
import itertools
from collections import deque
from dataclasses import dataclass

from mnist_cli.server import costs, problems
from mnist_cli.server.jobs import Job, Outcome
from mnist_cli.server.limits import TURN_S

MOST_AT_ONCE = 16  # jobs that go to a worker in one frame
_NEWEST = 0.2  # how much a batch counts for the pace, against all before it


@dataclass(eq=False)
class Waiting:
    """A job whose request waits."""

    due: float  # when it came, and what it may take, in seconds of the loop's clock
    number: int
    job: Job
    future: asyncio.Future[Outcome]
    costly: bool
    lost: int = 0  # processes that ended while they had it


class Waitlist:
    """The queue before the workers, and what they have of it."""

    def __init__(self) -> None:
        # the first is whose turn is due first; tuples are compared faster than objects of ours
        self._heap: list[tuple[float, int, Waiting]] = []
        self._numbers = itertools.count()
        self._unanswered: dict[int, Waiting] = {}  # by their numbers, in the queue or not
        self._idle: deque[asyncio.Future[None]] = deque()
        self._all_answered = asyncio.Event()
        self._all_answered.set()
        self._suspects = 0  # unanswered ones with which a process was lost
        self._pace_s = 0.0  # what a worker takes for a job

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def in_progress(self) -> int:
        """How many jobs are being done."""
        return len(self._unanswered) - len(self._heap)

    def wait_s(self, workers: int) -> float:
        """Return how long it takes until what waits now is done, at the pace of late."""
        return min(TURN_S, len(self._heap) * self._pace_s / max(1, workers))

    def add(self, job: Job) -> asyncio.Future[Outcome]:
        """Queue a job; return what becomes its answer."""
        loop = asyncio.get_running_loop()
        cost_s = costs.expected_s(job)
        due, costly = loop.time() + cost_s, cost_s > costs.COSTLY_S
        waiting = Waiting(due, next(self._numbers), job, loop.create_future(), costly)
        self._unanswered[waiting.number] = waiting
        self._all_answered.clear()
        self._queue(waiting)
        return waiting.future

    async def take(self, workers: int, gone: asyncio.Future[None]) -> list[Waiting]:
        """Wait for jobs, and take a worker's share of them.

        Args:
            workers: How many there are.
            gone: Done when the process of the one that takes has ended.

        Returns:
            Jobs; none if the process has ended.
        """
        while not gone.done():
            if batch := self._share(workers):
                return batch
            await self._roused(gone)
        self._rouse()  # what was meant for this one is for another
        return []

    def _share(self, workers: int) -> list[Waiting]:
        """Take one job, and what else waits with it.

        While there are suspects each job goes alone, so that the one to blame is found; so does one
        that may take long.
        """
        batch: list[Waiting] = []
        share = 1
        while self._heap and len(batch) < share:
            *_, first = self._heap[0]
            if first.future.done():  # its request is gone
                heapq.heappop(self._heap)
                self._finished(first)
                continue
            if batch and first.costly:
                break
            heapq.heappop(self._heap)
            batch.append(first)
            if len(batch) == 1 and not self._suspects and not first.costly:
                share = max(1, min(MOST_AT_ONCE, -(-len(self._heap) // workers)))
        return batch

    async def _roused(self, gone: asyncio.Future[None]) -> None:
        """Wait until there is a job, or a process has ended."""
        call = asyncio.get_running_loop().create_future()

        def answer(_: object) -> None:
            if not call.done():
                call.set_result(None)

        self._idle.append(call)
        gone.add_done_callback(answer)
        try:
            await call
        finally:
            gone.remove_done_callback(answer)

    def _rouse(self) -> None:
        while self._heap and self._idle:
            call = self._idle.popleft()
            if not call.done():
                call.set_result(None)
                break

    def _queue(self, waiting: Waiting) -> None:
        heapq.heappush(self._heap, (waiting.due, waiting.number, waiting))
        self._rouse()

    def settle(self, batch: list[Waiting], outcomes: list[Outcome], duration_s: float) -> None:
        """Answer jobs that a worker did together."""
        pace_s = duration_s / len(batch)
        self._pace_s += _NEWEST * (pace_s - self._pace_s) if self._pace_s else pace_s
        for waiting, outcome in zip(batch, outcomes, strict=True):
            self._answer(waiting, outcome)

    def retry(self, batch: list[Waiting], otherwise: Outcome) -> None:
        """Queue what a worker had that was lost, each job for once; `otherwise` answers it."""
        for waiting in batch:
            if waiting.lost and len(batch) == 1:
                self._answer(waiting, otherwise)
                continue
            self._suspects += not waiting.lost
            waiting.lost += 1
            self._queue(waiting)

    def turn_away(self, outcome: Outcome) -> None:
        """Answer all that waits, and is not being done."""
        while self._heap:
            self._answer(heapq.heappop(self._heap)[-1], outcome)

    def end(self) -> None:
        """Answer all, done or not: nobody does it any more."""
        self._heap.clear()
        for waiting in list(self._unanswered.values()):
            self._answer(waiting, problems.stopping())

    async def finish(self) -> None:
        """Wait until all is answered."""
        await self._all_answered.wait()

    def _answer(self, waiting: Waiting, outcome: Outcome) -> None:
        if not waiting.future.done():  # its request may be gone
            waiting.future.set_result(outcome)
        self._finished(waiting)

    def _finished(self, waiting: Waiting) -> None:
        self._suspects -= waiting.lost > 0
        del self._unanswered[waiting.number]
        if not self._unanswered:
            self._all_answered.set()
