import numpy as np
import pytest
from numpy.typing import NDArray

from mnist_cli.plots.tsne import PERPLEXITY, _affinities, _gradient, _squared_distances, tsne

RANDOM = np.random.default_rng(0)


@pytest.fixture(scope="module")
def clusters() -> NDArray[np.float32]:
    """Three clusters of 70 points in 40 dimensions, one after the other."""
    centres = np.repeat(RANDOM.normal(scale=3, size=(3, 40)), 70, axis=0)
    return (centres + RANDOM.normal(size=centres.shape)).astype(np.float32)


def divergence(points: NDArray[np.float64], affinities: NDArray[np.float64]) -> float:
    """Kullback and Leibler's, of the layout from the affinities."""
    distances = np.square(points[:, None] - points).sum(axis=2)
    nearness = np.where(np.eye(len(points)), 0, 1 / (1 + distances))
    shares = nearness / nearness.sum()
    pairs = affinities > 0
    return float((affinities[pairs] * np.log(affinities[pairs] / shares[pairs])).sum())


def test_what_belongs_together_stays_together(clusters: NDArray[np.float32]) -> None:
    points = tsne(clusters)

    distances = np.square(points[:, None] - points).sum(axis=2) + 1e9 * np.eye(len(points))
    nearest = distances.argsort(axis=1)[:, :20] // 70
    assert (nearest == np.arange(210)[:, None] // 70).all()


def test_the_layout_is_the_same_each_time(clusters: NDArray[np.float32]) -> None:
    assert np.array_equal(tsne(clusters), tsne(clusters.copy()))


def test_the_entropy_of_every_neighbourhood_is_that_of_the_perplexity(
    clusters: NDArray[np.float32],
) -> None:
    affinities = _affinities(_squared_distances(clusters))

    assert affinities.sum() == pytest.approx(1, abs=1e-5)
    assert np.array_equal(affinities, affinities.T)
    shares = affinities / affinities.sum(axis=1, keepdims=True)
    entropies = -(shares * np.log(np.maximum(shares, 1e-30))).sum(axis=1)
    assert np.exp(np.median(entropies)) == pytest.approx(PERPLEXITY, rel=0.2)  # both ways' mean


def test_the_gradient_is_that_of_the_divergence(clusters: NDArray[np.float32]) -> None:
    affinities = _affinities(_squared_distances(clusters))
    points = RANDOM.normal(size=(210, 2)).astype(np.float32)
    exact, step = affinities.astype(np.float64), 1e-5

    gradient = _gradient(points, affinities, 1.0)

    for row, column in ((0, 0), (5, 1), (209, 0)):
        above, below = points.astype(np.float64), points.astype(np.float64)
        above[row, column] += step
        below[row, column] -= step
        slope = (divergence(above, exact) - divergence(below, exact)) / (2 * step)
        assert gradient[row, column] == pytest.approx(slope, rel=1e-3, abs=1e-6)


@pytest.mark.parametrize("shape", [(2, 3), (3, 1), (5, 40)])
def test_a_few_points_are_laid_out_too(shape: tuple[int, int]) -> None:
    assert np.isfinite(tsne(RANDOM.random(shape, np.float32))).all()


def test_images_that_are_all_alike_are_laid_out_too() -> None:
    assert np.isfinite(tsne(np.ones((8, 5), np.float32))).all()
