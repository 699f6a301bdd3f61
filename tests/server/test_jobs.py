"""What a worker is left with after a job."""

import gc
import weakref

from mnist_cli.core.store.versions import BUNDLED, open_version
from mnist_cli.reading.classifier import LiteRTClassifier
from mnist_cli.server.jobs import Job, ReadPictures, outcomes
from mnist_cli.server.problems import Problem
from mnist_cli.server.reading_options import Options


def test_a_bad_picture_is_not_kept_after_its_answer() -> None:
    """Not even until the next collection of garbage, which may be thousands of requests away."""
    classifier = LiteRTClassifier(open_version(BUNDLED))
    jobs: list[Job] = [ReadPictures((("-", b"no picture"),), Options())]
    job = weakref.ref(jobs[0])
    gc.disable()
    try:
        (outcome,) = outcomes(jobs, classifier)
        assert isinstance(outcome, Problem)
        del jobs, outcome
        assert job() is None
    finally:
        gc.enable()


def test_a_form_that_makes_no_sense_refuses_all_that_came_with_it() -> None:
    classifier = LiteRTClassifier(open_version(BUNDLED))
    options = Options(form=b"[]")
    jobs: list[Job] = [ReadPictures((("-", b"no picture"),), options)] * 2

    for outcome in outcomes(jobs, classifier):
        assert isinstance(outcome, Problem)
        assert outcome.code == "form_invalid"
