"""Processes of the pool that crash, hang, or are killed."""

import asyncio
import os
import resource
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from mnist_cli.server import workers
from mnist_cli.server.jobs import Answer
from mnist_cli.server.problems import Problem
from mnist_cli.server.workers import Pool
from tests.conftest import Events
from tests.server.conftest import eventually, open_files
from tests.server.jobs import Crash, Echo, OpensOnce, Sleep
from tests.server.pools import problem, run, text


def test_a_job_that_crashes_its_process_is_answered_and_harms_no_other(events: Events) -> None:
    async def test(pool: Pool) -> None:
        jobs = [Crash() if n == 5 else Echo(str(n)) for n in range(12)]
        answers = await asyncio.gather(*(pool.do(job) for job in jobs))

        failed = problem(answers.pop(5))
        assert (failed.status, failed.code) == (503, "worker_lost")
        assert int(failed.headers["Retry-After"]) >= 1
        assert [text(answer) for answer in answers] == [str(n) for n in range(12) if n != 5]
        assert text(await pool.do(Echo("again"))) == "again"

    run(test)
    assert "server.worker_lost" in events.warnings


def test_several_that_crash_are_all_found() -> None:
    async def test(pool: Pool) -> None:
        jobs = [Crash() if n in {0, 3} else Echo(str(n)) for n in range(6)]
        answers = await asyncio.gather(*(pool.do(job) for job in jobs))

        failed = [n for n, answer in enumerate(answers) if isinstance(answer, Problem)]
        assert failed == [0, 3]
        more = await asyncio.gather(*(pool.do(Echo()) for _ in range(40)))
        assert len(more) == 40

    run(test)


def test_a_job_that_takes_too_long_is_504_and_its_process_replaced(
    monkeypatch: pytest.MonkeyPatch, events: Events
) -> None:
    monkeypatch.setattr(workers, "WORK_S", 0.5)

    async def test(pool: Pool) -> None:
        started = time.monotonic()
        slow = problem(await pool.do(Sleep(60)))

        assert (slow.status, slow.code) == (504, "too_slow")
        assert time.monotonic() - started < 2
        assert text(await pool.do(Echo("hello"))) == "hello"

    run(test)
    assert events.of("server.worker_lost")[0]["too_slow"] is True


async def process_of(pool: Pool) -> int:
    """Return one of its processes."""
    answer = await pool.do(Echo())
    assert isinstance(answer, Answer)
    return int(answer.headers["pid"])


def test_a_process_that_is_killed_in_the_middle_costs_nothing(events: Events) -> None:
    async def test(pool: Pool) -> None:
        process = await process_of(pool)
        jobs = [asyncio.create_task(pool.do(Sleep(0.3))) for _ in range(3)]
        await asyncio.sleep(0.1)
        os.kill(process, 9)

        assert [text(await job) for job in jobs] == ["rested"] * 3
        assert pool.restarts == 1

    run(test)
    (lost,) = events.of("server.worker_lost")
    assert lost["jobs"] > 0


def test_a_process_that_is_killed_while_idle_is_replaced_before_it_is_needed(
    events: Events,
) -> None:
    async def test(pool: Pool) -> None:
        os.kill(await process_of(pool), 9)
        await asyncio.to_thread(eventually, lambda: not pool.able)
        assert not pool.failure
        await asyncio.to_thread(eventually, lambda: pool.able)

        assert pool.restarts == 1
        assert text(await pool.do(Echo("hello"))) == "hello"

    run(test)
    assert [lost["jobs"] for lost in events.of("server.worker_lost")] == [0]


def test_a_successor_that_does_not_start_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It hangs, as on a disk that does not answer; each picture waited for a minute."""
    monkeypatch.setattr(workers, "PATIENCE_S", 0.5)
    path = tmp_path / "model"
    path.touch()

    async def test() -> None:
        pool = Pool(OpensOnce(path), 1)
        await pool.start()
        path.unlink()
        os.mkfifo(path)
        os.kill(await process_of(pool), 9)
        began = time.monotonic()
        waiting = [asyncio.create_task(pool.do(Echo())) for _ in range(3)]
        codes = [problem(await each).code for each in waiting]

        assert codes == ["not_ready"] * 3
        assert time.monotonic() - began < 5
        assert "within" in pool.failure
        await pool.close()

    asyncio.run(test())


def test_without_a_process_nobody_waits_and_it_is_told_once_until_one_starts(
    tmp_path: Path, events: Events
) -> None:
    path = tmp_path / "model"
    path.touch()

    async def test() -> None:
        pool = Pool(OpensOnce(path), 1)
        await pool.start()
        assert pool.able
        path.unlink()
        crashed = asyncio.create_task(pool.do(Crash()))
        waiting = asyncio.create_task(pool.do(Echo("waits for the next process")))
        assert problem(await crashed).code == "not_ready"
        refused = problem(await asyncio.wait_for(waiting, 20))
        started = time.monotonic()
        with pytest.raises(Problem) as refusal:
            await pool.do(Echo("comes later"))

        assert time.monotonic() - started < 1
        for told in (refused, refusal.value):
            assert (told.status, told.code) == (503, "not_ready")
            assert int(told.headers["Retry-After"]) >= 1
        assert (pool.able, pool.failure) == (0, "It is gone.")
        await asyncio.sleep(1)  # for another try
        assert len(pool._workers) <= 1, "processes that did not start are ended"

        path.touch()
        await asyncio.to_thread(eventually, lambda: not pool.failure)
        assert text(await pool.do(Echo("patient"))) == "patient"
        await pool.close()

    asyncio.run(test())
    assert events.warnings.count("server.worker_not_started") == 1


def _free_files() -> Iterator[int]:
    """Open files until no more can be."""
    with suppress(OSError):
        while True:
            yield os.open(os.devnull, os.O_RDONLY)


def test_a_process_that_can_not_be_started_costs_no_other(
    events: Events,
) -> None:
    """As where there are no open files left."""

    async def test(pool: Pool) -> None:
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        process = await process_of(pool)
        resource.setrlimit(resource.RLIMIT_NOFILE, (open_files(os.getpid()), limits[1]))
        taken = list(_free_files())  # what other tests closed leaves numbers below the limit
        try:
            os.kill(process, 9)
            told = lambda: "server.worker_not_started" in events.warnings  # noqa: E731
            assert await asyncio.to_thread(eventually, told)
            assert pool.able, "there is another"
            assert text(await pool.do(Echo("hello"))) == "hello"
        finally:
            for file in taken:
                os.close(file)
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        assert await asyncio.to_thread(eventually, lambda: not pool.failure)

    run(test, count=2)


@pytest.mark.parametrize("after_s", [0, 0.01, 0.1])
def test_a_pool_that_is_closed_while_a_process_starts_leaves_none(after_s: float) -> None:
    """Such a process hears no signal; the server waited for its end for ever."""

    async def test(pool: Pool) -> None:
        os.kill(await process_of(pool), 9)
        await asyncio.sleep(after_s)

    run(test)
