"""How long a drawn stroke waits for its answer in the browser, and what that time is made of.

    python -m tests.benchmarks.stroke

From the last movement of the pen to the answer on the page, with the panel "See it think" shut and
open in turns. Browser and server share the machine: run nothing beside it. Needs chromium.
"""

import argparse
import os
import statistics
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page, expect, sync_playwright

from mnist_cli.core.data.dataset import load_mnist
from tests.benchmarks.machine import machine
from tests.conftest import ARGUMENTS, CHROMIUM, DESK
from tests.server.browser import draw, strokes_of
from tests.server.conftest import serving

WATCH = """() => {
    performance.setResourceTimingBufferSize(100000);
    const answer = document.querySelector(".answer");
    const move = ({buttons}) => { if (buttons) window.moved = performance.now(); };
    addEventListener("pointermove", move, true);
    new MutationObserver(() => {
        if (answer.ariaBusy === "false") window.answered = performance.now();
    }).observe(answer, {attributes: true, attributeFilter: ["aria-busy"]});
}"""
RESULT = """() => {
    const entries = performance.getEntriesByType("resource");
    const entry = entries.findLast(({name}) => name.includes("v1/predict"));
    if (!entry.serverTiming.length) return null;
    const of = (name) => entry.serverTiming.find((timing) => timing.name === name).duration;
    return [answered - moved, entry.responseEnd - entry.requestStart, of("read"), of("network")];
}"""


@dataclass(frozen=True)
class Wait:
    """What one stroke waited for, in milliseconds.

    Attributes:
        answer: From the last movement of the pen to the answer on the page.
        request: Of that, from the request to the end of the server's answer.
        reading: Of that, the worker's time without the network that classifies.
        network: The network's.
    """

    answer: float
    request: float
    reading: float
    network: float


def wait_of(page: Page, image: NDArray[np.uint8]) -> list[Wait]:
    """Draw a digit, and see how long its last stroke waited; nothing if none was found in it."""
    page.get_by_role("button", name="Clear").click(force=True)
    page.wait_for_timeout(150)
    draw(page, strokes_of(image))
    expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")
    measured = page.evaluate(RESULT)
    return [Wait(*measured)] if measured else []


def show(name: str, waits: list[Wait]) -> None:
    """Print medians, and of the answer the 90th percentile too."""
    medians = {
        field.name: statistics.median(getattr(wait, field.name) for wait in waits)
        for field in fields(Wait)
    }
    p90 = statistics.quantiles([wait.answer for wait in waits], n=10)[-1]
    parts = ", ".join(f"{name} {value:.1f} ms" for name, value in medians.items())
    print(f"{name}: {parts}; 90th percentile of the answer {p90:.1f} ms")


def main() -> None:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strokes", type=int, default=100)
    count = parser.parse_args().strokes
    images = load_mnist("test").images[: 2 * count]
    waits: dict[bool, list[Wait]] = {False: [], True: []}
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder)) as server,
        sync_playwright() as playwright,
        playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS) as browser,
    ):
        page = browser.new_page()
        page.set_viewport_size({**DESK})  # type: ignore[typeddict-item]
        page.goto(server.address)
        page.evaluate(WATCH)
        wait_of(page, images[0])  # so that all is warm
        for number, image in enumerate(images):
            is_open = number // 10 % 2 == 1  # ten with it shut, ten with it open
            page.evaluate(f"document.getElementById('think').open = {str(is_open).lower()}")
            waits[is_open] += wait_of(page, image)
    print(f"{machine()}; load {os.getloadavg()[0]:.1f}; {count} digits each")
    show("panel shut", waits[False])
    show("panel open", waits[True])


if __name__ == "__main__":
    main()
