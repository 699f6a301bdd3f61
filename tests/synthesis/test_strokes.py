import cv2
import numpy as np
import pytest

from mnist_cli.synthesis.strokes import FIELD, TALL, arc, bowed, distances, drawn, penned, thinned


def test_a_thick_line_is_thinned_to_one_pixel() -> None:
    ink = np.zeros((15, 40), bool)
    ink[5:10, 5:35] = True
    skeleton = thinned(ink)

    assert skeleton.sum(axis=0).max() == 1
    assert skeleton[7, 10:30].all()
    assert not (skeleton & ~ink).any()


def test_a_ring_is_thinned_to_one_piece_around_its_hole() -> None:
    ring = cv2.circle(np.zeros((60, 60), np.uint8), (30, 30), 20, 1, 7) > 0
    skeleton = thinned(ring)
    squares = skeleton[1:, 1:] & skeleton[:-1, 1:] & skeleton[1:, :-1] & skeleton[:-1, :-1]

    assert cv2.connectedComponents(skeleton.astype(np.uint8), connectivity=8)[0] == 2
    assert cv2.connectedComponents((~skeleton).astype(np.uint8), connectivity=4)[0] == 3
    assert not squares.any()


def test_distances_count_eighths_of_a_pixel_up_to_what_a_byte_holds() -> None:
    skeleton = np.zeros((1, 60), bool)
    skeleton[0, 0] = True

    np.testing.assert_array_equal(distances(skeleton)[0, [0, 1, 3, 50]], [0, 8, 24, 255])


@pytest.mark.parametrize(("height", "pen"), [(60, 6), (60, 3), (30, 4)])
def test_a_pen_writes_as_wide_as_it_is(height: float, pen: float) -> None:
    line = np.array([[FIELD / 2, (FIELD - TALL) / 2], [FIELD / 2, (FIELD + TALL) / 2]])
    ink = penned(drawn([line]), height, pen, np.eye(2))

    assert ink[len(ink) // 2].sum() == pytest.approx(pen, abs=0.3)
    assert len(ink) == pytest.approx(height + pen, abs=2)


def test_a_bow_swings_out_by_its_share_of_the_length() -> None:
    line = bowed(np.array([0, 0]), np.array([10, 0]), 0.2)

    np.testing.assert_array_equal(line[[0, -1]], [[0, 0], [10, 0]])
    assert line[:, 1].max() == pytest.approx(2, abs=0.01)


def test_an_arc_goes_from_the_right_down() -> None:
    path = arc(np.array([5, 5]), np.array([2, 3]), 0, 90)

    np.testing.assert_allclose(path[[0, -1]], [[7, 5], [5, 8]])
