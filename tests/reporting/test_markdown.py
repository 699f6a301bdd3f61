from dataclasses import replace

import numpy as np

from mnist_cli.core.data.dataset import Dataset
from mnist_cli.evaluation.evaluate import evaluate
from mnist_cli.reporting.card import make_card
from mnist_cli.reporting.report import plain, to_markdown
from tests.conftest import OneDigit


def test_whatever_a_path_holds_is_shown_as_it_is() -> None:
    assert plain("a|b\n<i> *c* `d` [e](f)") == r"a\|b &lt;i&gt; \*c\* \`d\` \[e\](f)"


def test_the_report_has_card_robustness_and_figures(test_split: Dataset) -> None:
    labels = np.array([3, 3, 3, 1], np.uint8)
    data = Dataset("<script>|x", "test", test_split.images[:4], labels)
    result = evaluate(OneDigit(3), data, with_robustness=True)
    assert result.robustness
    clean = replace(result.robustness, clean=replace(result.robustness.clean, errors=0))

    text = to_markdown(result, make_card(result, None), {"confusion": "Confusion"})
    without_errors = to_markdown(replace(result, robustness=clean), make_card(result, None), {})

    assert text.startswith("# Evaluation of version 7\n")
    assert "| measure | value |\n| --- | --- |\n| accuracy | 75.00 % |\n" in text
    assert "| accuracy | 75.00 % |" in text
    assert "- **No digit stands out.** Read worst is 1: 1 of its 1 images misread" in text
    assert "| zigzag | 25.00 % | 4.56 to 69.94 % | 1.0 |" in text
    assert "| **mean** | 25.00 % | 0.00 to 67.43 % | 1.0 |" in text
    assert "| rotation -60 degrees | 25.00 % | 4.56 to 69.94 % |" in text
    assert "![Confusion](confusion.png)" in text
    assert "<script>" not in text
    assert "| zigzag | 25.00 % | 4.56 to 69.94 % |  |" in without_errors


def test_whatever_a_class_is_named_is_shown_as_it_is(test_split: Dataset) -> None:
    classifier = OneDigit(2)
    names = ("a|b", "*c*", "<img src=x>", "`d`", "[e](f)", "_g_", "~h~", "i", "j", "k")
    classifier.class_names = names
    labels = np.array([0, 1, 2, 2, 3, 4, 5, 6, 7], np.uint8)
    data = Dataset("own", "test", test_split.images[:9], labels)
    result = evaluate(classifier, data)

    text = to_markdown(result, make_card(result, None), {})

    per_digit = text.split("## Per digit")[1].split("## ")[0]
    shown = [line.split(" | ")[0] for line in per_digit.splitlines() if line.startswith("|")]
    assert shown[2:] == [f"| {plain(name)}" for name in names]
    assert r"| a\|b | &lt;img src=x&gt; | 1 |" in text
    assert not any(name in text for name in names[:7])
