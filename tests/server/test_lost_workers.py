"""Processes of the pool that crash, hang, or are killed."""

import asyncio
import os
import time
from pathlib import Path

import pytest

from mnist_cli.server import workers
from mnist_cli.server.jobs import Answer
from mnist_cli.server.problems import Problem
from mnist_cli.server.workers import Pool
from tests.conftest import Events
from tests.server.conftest import eventually
from tests.server.jobs import Crash, Echo, OpensOnce, Sleep
from tests.server.pools import problem, run, text


def test_a_job_that_crashes_its_process_is_answered_and_harms_no_other(events: Events) -> None:
    async def test(pool: Pool) -> None:
        jobs = [Crash() if n == 5 else Echo(str(n)) for n in range(12)]
        answers = await asyncio.gather(*(pool.do(job) for job in jobs))

        failed = problem(answers.pop(5))
        assert (failed.status, failed.code) == (422, "picture_refused")
        assert failed.detail == "A decoder failed on the picture."
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


def test_a_process_that_is_killed_between_jobs_is_replaced() -> None:
    async def test(pool: Pool) -> None:
        answer = await pool.do(Echo())
        assert isinstance(answer, Answer)
        os.kill(int(answer.headers["pid"]), 9)
        await asyncio.sleep(0.2)

        assert text(await pool.do(Echo("hello"))) == "hello"

    run(test)


def test_a_process_whose_model_is_gone_is_started_again_and_again(
    tmp_path: Path, events: Events
) -> None:
    path = tmp_path / "model"
    path.touch()

    async def test() -> None:
        pool = Pool(OpensOnce(path), 1)
        await pool.start()
        path.unlink()
        failed = problem(await pool.do(Crash()))
        waiting = asyncio.create_task(pool.do(Echo("patient")))
        await asyncio.to_thread(eventually, lambda: "server.worker_not_started" in events.warnings)
        path.touch()

        assert failed.status == 422
        assert text(await asyncio.wait_for(waiting, 20)) == "patient"
        await pool.close()

    asyncio.run(test())
