"""What the benchmarks of reading count by: on it every figure stands."""

import sys
from pathlib import Path

import pytest

from tests.benchmarks import pages
from tests.benchmarks.examples import Example, example_sets, sudoku_label
from tests.benchmarks.scores import (
    BoxScore,
    Score,
    aligned,
    edit_distance,
    is_edit,
    match_boxes,
    scored,
)

SURE, UNSURE = False, True


@pytest.mark.parametrize(
    ("answer", "truth", "edits"),
    [
        ("", "", 0),
        ("123", "123", 0),
        ("", "123", 3),
        ("123", "", 3),
        ("7341", "1341", 1),
        ("134", "1341", 1),
        ("13341", "1341", 1),
        ("21", "12", 2),
        ("sitting", "kitten", 3),
        ("sunday", "saturday", 3),
    ],
)
def test_edits_are_the_fewest_to_insert_delete_or_replace(
    answer: str, truth: str, edits: int
) -> None:
    assert edit_distance(answer, truth) == edits


@pytest.mark.parametrize(
    ("answer", "truth", "edits"),
    [
        ("172", "1?2", 0),  # it stands for a digit
        ("12", "1?2", 0),  # or for none
        ("1772", "1?2", 1),  # but once
        ("1772", "1??2", 0),
        ("5", "?5", 0),
        ("55", "?5", 0),
        ("7", "?", 0),
        ("", "?", 0),
        ("13", "1?2", 1),
    ],
)
def test_what_is_free_stands_for_one_digit_or_none(answer: str, truth: str, edits: int) -> None:
    assert edit_distance(answer, truth) == edits


def test_an_alignment_pairs_each_digit_in_order() -> None:
    assert aligned("1955", "195") == [("1", "1"), ("9", "9"), ("5", ""), ("5", "5")]
    assert aligned("15", "195") == [("1", "1"), ("", "9"), ("5", "5")]
    assert aligned("175", "1?5") == [("1", "1"), ("7", "?"), ("5", "5")]


def test_a_digit_was_rather_misread_than_missed_beside_a_false_one() -> None:
    assert aligned("21", "12") == [("2", "1"), ("1", "2")]
    assert aligned("8", "3") == [("8", "3")]


def test_what_is_free_is_never_an_edit() -> None:
    assert [is_edit(pair) for pair in (("7", "?"), ("", "?"), ("7", ""), ("7", "1"))] == [
        False,
        False,
        True,
        True,
    ]


def test_a_score_counts_what_is_wrong_and_what_of_it_was_sure() -> None:
    # 7 for 1; 2; a false 9; 3, 4, 5, 6; no 7; 8
    unsure = [SURE, SURE, UNSURE, UNSURE, SURE, SURE, SURE, SURE]

    assert scored("72934568", unsure, "12345678") == Score(
        pictures=1, exact=0, digits=8, right=5, false=1, missed=1, wrong=2, wrong_sure=1, unsure=2
    )


def test_a_score_leaves_out_what_is_free() -> None:
    score = scored("173", [SURE, SURE, UNSURE], "1?3?")

    assert score == Score(pictures=1, exact=1, digits=2, right=2, unsure=1)


def test_a_picture_is_worth_nothing_at_least() -> None:
    score = scored("1234567", [SURE] * 7, "89")

    assert (score.right, score.false, score.wrong, score.wrong_sure) == (0, 5, 7, 7)


def test_a_picture_that_failed_counts_as_empty() -> None:
    assert scored("", [], "123") == Score(pictures=1, digits=3, missed=3)


def test_scores_add_up() -> None:
    one, other = scored("12", [SURE, SURE], "12"), scored("7", [SURE], "1")

    assert one + other == Score(
        pictures=2, exact=1, digits=3, right=2, false=0, missed=0, wrong=1, wrong_sure=1
    )


def test_boxes_are_matched_from_half_their_union_on() -> None:
    truth = [(0, 0, 10, 10)]

    assert match_boxes([(0, 0, 10, 5)], truth) == BoxScore(1, 0, 0)  # 50 of 100
    assert match_boxes([(0, 0, 10, 4)], truth) == BoxScore(0, 1, 1)  # 40 of 100
    assert match_boxes([(0, 0, 10, 4)], truth, iou=0.4) == BoxScore(1, 0, 0)
    assert match_boxes([(20, 20, 30, 30)], truth) == BoxScore(0, 1, 1)


def test_a_box_is_matched_once_and_with_the_one_it_covers_best() -> None:
    truth = [(0, 0, 10, 10), (3, 0, 13, 10)]

    # the first overlaps the first with 80 of 120, the second with 90 of 110
    assert match_boxes([(2, 0, 12, 10)], truth) == BoxScore(1, 0, 1)
    assert match_boxes([(2, 0, 12, 10), (0, 0, 10, 10)], truth) == BoxScore(2, 0, 0)
    assert match_boxes([(0, 0, 10, 10)] * 3, truth[:1]) == BoxScore(1, 2, 0)


def test_precision_and_recall_come_from_the_boxes() -> None:
    score = BoxScore(matched=6, false=2, missed=4)

    assert (score.precision, score.recall) == (0.75, 0.6)
    assert (BoxScore(0, 0, 4).precision, BoxScore(0, 2, 0).recall) == (1, 1)


def test_a_sudoku_has_rows_under_lines_on_the_camera() -> None:
    rows = ["0 0 0 7 0 0 0 8 0 ", *["0 0 0 0 0 0 0 0 0 "] * 7, "1 0 5 0 0 4 0 0 9"]
    text = "\n".join(["sonyEricsson s500i", "640x480:24 JPG", *rows, ""])

    assert sudoku_label(text) == "7 8||||||||1 5 4 9"


def test_each_folder_of_pictures_is_a_set(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("path,label\nsingles/a.png,7\npages/b.png,12|34\n")
    (tmp_path / "pages.csv").write_text(
        "path,label,scope,turned\ntables/c.png,1 ?|3-4,handwritten,90\npages/d.png,5,all,\n"
    )
    grids = tmp_path / "tables" / "grids"
    grids.mkdir(parents=True)
    (grids / "e.dat").write_text("phone\n" + "1 2 0 0 0 0 0 0 0\n" * 9)

    sets = example_sets(tmp_path)

    assert list(sets) == ["singles", "pages", "tables/grids", "tables"]
    assert [example.truth for example in sets["pages"]] == ["1234", "5"]
    assert sets["tables"] == [Example(tmp_path / "tables/c.png", "1 ?|3-4", "handwritten", 90)]
    assert sets["tables"][0].truth == "1?34"
    assert sets["tables/grids"][0].path == grids / "e.jpg"
    assert sets["tables/grids"][0].truth == "12" * 9


def test_a_folder_that_tells_of_no_picture_is_refused_with_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["pages", str(tmp_path)])

    with pytest.raises(SystemExit) as stopped:
        pages.main()

    assert stopped.value.code == 2
    assert "no labels.csv or pages.csv" in capsys.readouterr().err
