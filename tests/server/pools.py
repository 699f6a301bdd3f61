"""A pool to try."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from mnist_cli.server.jobs import Answer, Outcome
from mnist_cli.server.problems import Problem
from mnist_cli.server.workers import Pool
from tests.server.conftest import children, eventually
from tests.server.jobs import opened


@asynccontextmanager
async def pool_of(count: int) -> AsyncIterator[Pool]:
    pool = Pool(opened, count)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.close()


def run(test: Callable[[Pool], Awaitable[None]], count: int = 1) -> None:
    """Run a coroutine with a pool; of its processes none may be left."""

    async def with_pool() -> None:
        async with pool_of(count) as pool:
            await test(pool)

    others = set(children(os.getpid()))
    asyncio.run(asyncio.wait_for(with_pool(), 30))
    # multiprocessing keeps one of its own to count semaphores
    assert eventually(lambda: len(set(children(os.getpid())) - others) <= 1)


def text(outcome: Outcome) -> str:
    assert isinstance(outcome, Answer)
    return outcome.body.decode()


def problem(outcome: Outcome) -> Problem:
    assert isinstance(outcome, Problem)
    return outcome
