"""The pool of processes: jobs, answers, and more jobs than it can take."""

import asyncio
import math
import os
from collections.abc import Callable

import pytest

from mnist_cli.core.errors import ModelError, ServerError
from mnist_cli.reading.classifier import Classifier
from mnist_cli.server import workers
from mnist_cli.server.jobs import Answer
from mnist_cli.server.problems import Problem
from mnist_cli.server.workers import Pool
from tests.server.conftest import children, eventually
from tests.server.jobs import Bug, Echo, Sleep, crashing, refused
from tests.server.pools import problem, run, text


def test_a_pool_knows_its_model_and_does_jobs() -> None:
    async def test(pool: Pool) -> None:
        assert pool.model == {"version": "7", "sha256": "0" * 64}
        assert text(await pool.do(Echo("hello"))) == "hello"

    run(test)


def test_of_many_jobs_at_once_each_gets_its_own_answer() -> None:
    async def test(pool: Pool) -> None:
        answers = await asyncio.gather(*(pool.do(Echo(str(n))) for n in range(200)))

        assert [text(answer) for answer in answers] == [str(n) for n in range(200)]
        pids = {answer.headers["pid"] for answer in answers if isinstance(answer, Answer)}
        assert len(pids) == 2, "both processes work"

    run(test, count=2)


def test_a_bug_in_a_job_comes_back_with_its_trace_and_spares_the_process() -> None:
    async def test(pool: Pool) -> None:
        before = await pool.do(Echo())
        bug = problem(await pool.do(Bug()))
        after = await pool.do(Echo())

        assert (bug.status, bug.code) == (500, "internal")
        assert "what was not thought of" in bug.trace
        assert "what was not thought of" not in bug.detail
        assert before == after

    run(test)


def test_too_many_that_wait_are_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_WAITING", 3)

    async def test(pool: Pool) -> None:
        busy = asyncio.create_task(pool.do(Sleep(0.5)))
        await asyncio.sleep(0.1)
        waiting = [asyncio.create_task(pool.do(Echo(str(n)))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refusal:
            await pool.do(Echo("late"))

        assert (refusal.value.status, refusal.value.code) == (503, "busy")
        assert refusal.value.headers["Retry-After"] == "1"
        assert text(await busy) == "rested"
        assert [text(await each) for each in waiting] == ["0", "1", "2"]

    run(test)


def test_when_to_come_back_is_told_by_the_pace_of_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "MAX_WAITING", 10)

    async def test(pool: Pool) -> None:
        for _ in range(2):
            await pool.do(Sleep(0.4))
        assert pool.wait_s == 0
        waiting = [asyncio.create_task(pool.do(Sleep(0.4)))]
        await asyncio.sleep(0.1)
        waiting += [asyncio.create_task(pool.do(Sleep(0.4))) for _ in range(10)]
        await asyncio.sleep(0)
        with pytest.raises(Problem) as refusal:
            await pool.do(Echo("late"))

        assert pool.waitlist.in_progress == 1
        assert pool.wait_s == pytest.approx(10 * 0.4, rel=0.5)
        assert int(refusal.value.headers["Retry-After"]) == math.ceil(pool.wait_s)
        for each in waiting:
            each.cancel()

    run(test)


def test_who_waits_for_a_pool_that_is_closed_is_told_so() -> None:
    async def test(pool: Pool) -> None:
        jobs = [asyncio.create_task(pool.do(Sleep(60))) for _ in range(3)]
        await asyncio.sleep(0.1)
        await pool.close()

        told = [problem(await job) for job in jobs]
        assert {(each.status, each.code) for each in told} == {(503, "stopping")}

    run(test)


def test_whose_turn_does_not_come_is_told_to_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "TURN_S", 0.3)

    async def test(pool: Pool) -> None:
        busy = asyncio.create_task(pool.do(Sleep(0.2)))
        late = asyncio.create_task(pool.do(Sleep(60)))
        with pytest.raises(Problem) as refusal:
            await late

        assert (refusal.value.status, refusal.value.code) == (503, "busy")
        assert text(await busy) == "rested"

    run(test)


def test_who_no_longer_waits_is_passed_over() -> None:
    async def test(pool: Pool) -> None:
        busy = asyncio.create_task(pool.do(Sleep(0.3)))
        await asyncio.sleep(0.1)
        gone = asyncio.create_task(pool.do(Sleep(30)))
        await asyncio.sleep(0)
        gone.cancel()

        assert text(await busy) == "rested"
        assert text(await asyncio.wait_for(pool.do(Echo("next")), 2)) == "next"

    run(test)


def test_finish_waits_for_what_is_queued() -> None:
    async def test(pool: Pool) -> None:
        jobs = [asyncio.create_task(pool.do(Sleep(0.05))) for _ in range(5)]
        await asyncio.sleep(0)
        await pool.waitlist.finish()

        assert all(job.done() for job in jobs)

    run(test)


@pytest.mark.parametrize(
    ("open_classifier", "error", "words"),
    [(refused, ModelError, "damaged"), (crashing, ServerError, "did not start")],
)
def test_a_model_that_can_not_be_opened_is_told_at_the_start(
    open_classifier: Callable[[], Classifier], error: type[Exception], words: str
) -> None:
    others = set(children(os.getpid()))

    with pytest.raises(error, match=words):
        asyncio.run(Pool(open_classifier, 2).start())
    assert eventually(lambda: len(set(children(os.getpid())) - others) <= 1)
