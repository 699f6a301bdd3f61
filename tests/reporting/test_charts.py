import math
import re
import xml.etree.ElementTree as ET

import pytest

from mnist_cli.reporting.charts import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Axis, Chart


def test_an_axis_finds_the_share_of_a_value() -> None:
    assert Axis(2, 6, []).share(3) == 0.25
    assert Axis(0.01, 1, [], powers=True).share(0.1) == pytest.approx(0.5)
    assert Axis(0.01, 1, [], powers=True).share(0) == 0
    assert Axis(0, 1, []).share(7) == 1


@pytest.fixture
def chart() -> Chart:
    return Chart("Errors <b>", Axis(0, 10, [(5, "five")], "px"), Axis(0, 1, [(1, "100 %")]))


def test_points_lie_between_the_margins(chart: Chart) -> None:
    assert chart.at((0, 0)) == (LEFT, HEIGHT - BOTTOM)
    assert chart.at((10, 1)) == (WIDTH - RIGHT, TOP)
    assert chart.at((5, 0.5)) == ((LEFT + WIDTH - RIGHT) / 2, (TOP + HEIGHT - BOTTOM) / 2)


def test_a_chart_is_whole_svg_with_its_words_escaped(chart: Chart) -> None:
    chart.line([(0, 0), (10, 1)], "line")
    chart.band([(0, 0), (10, 0)], [(0, 1), (10, 1)], "band")
    chart.dots([(5, 0.5)], "dot")
    chart.bar(0, 5, 1, "bar")
    chart.picture("data:,", 5, 24)

    drawn = ET.fromstring(chart.to_svg())  # noqa: S314  we wrote it

    assert drawn.get("aria-label") == "Errors <b>"
    assert [text.text for text in drawn.findall("text")] == ["100 %", "five", "px"]
    names = [mark.tag for mark in drawn if mark.tag not in {"text", "path"}]
    assert names == ["polyline", "polygon", "circle", "rect", "image"]
    numbers = [float(n) for n in re.findall(r'[xy]\d?="([-\d.]+)"', chart.to_svg())]
    assert all(math.isfinite(n) and 0 <= n <= WIDTH for n in numbers)
