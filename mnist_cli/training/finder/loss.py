"""How wrong the finder's maps are."""

from typing import Any

from mnist_cli.core.finder_maps import channel
from mnist_cli.core.tensorflow import tf

WEIGHTS = {
    "heat": 1.0, "box": 0.5, "symbol": 1.5, "printed": 0.3, "up": 0.5, "ink": 2.0, "rules": 2.0,
}  # fmt: skip

OF_KINDS = 1.0, 1.0  # how much the bells of digits count, and those of marks

FEW = 2.0  # middles, or places: a page with fewer counts less, and an empty one can be counted


def losses(maps: Any, targets: Any) -> dict[str, Any]:
    """Return each part of the loss, a scalar; their weighted sum is what training lessens.

    Args:
        maps: (N, H, W, C) float32, the network's answer.
        targets: `Targets` of tensors with a first axis of N.
    """
    part = {
        name: maps[..., channel(name)]
        for name in ("digit", "mark", "box", "symbol", "printed", "up", "ink", "across", "down")
    }
    of_heat = _heat_loss(tf.concat([part["digit"], part["mark"]], -1), targets)
    core = targets.core
    of_box = _mean_of_pages(tf.reduce_sum(tf.abs(part["box"] - targets.box), -1), core)
    told = tf.nn.sparse_softmax_cross_entropy_with_logits(
        tf.cast(targets.symbol, tf.int32), part["symbol"]
    )
    of_symbol = _mean_of_pages(told, core * targets.upright[:, None, None])
    print_ = tf.nn.sigmoid_cross_entropy_with_logits(targets.printed, part["printed"][..., 0])
    of_print = _mean_of_pages(print_, core)
    turns = tf.cast(targets.turns, tf.int32)[:, None, None] + tf.zeros(tf.shape(core), tf.int32)
    way = tf.nn.sparse_softmax_cross_entropy_with_logits(turns, part["up"])
    of_up = _mean_of_pages(way, core * targets.digit)
    inked = tf.nn.sigmoid_cross_entropy_with_logits(targets.ink, part["ink"])
    of_ink = tf.reduce_mean(inked * (1 + 3 * targets.ink))
    runs = tf.cast(targets.rules, tf.float32)
    ruled = tf.concat([part["across"], part["down"]], -1)
    seen = tf.nn.sigmoid_cross_entropy_with_logits(runs, ruled)
    return {
        "heat": of_heat,
        "box": of_box,
        "symbol": of_symbol,
        "printed": of_print,
        "up": of_up,
        "ink": of_ink,
        "rules": tf.reduce_mean(seen * (1 + 3 * runs)),
    }


def _heat_loss(heat: Any, targets: Any) -> Any:
    """Return how wrong the bells are; heat is (N, H, W, 2), in logits.

    Digits and marks are counted apart: one symbol in twelve is a mark, and together with digits
    the network learned to find one mark in ten.

    Source: Zhou et al. 2019, arXiv:1904.07850, after Lin et al. 2017, arXiv:1708.02002.
    """
    middle = tf.cast(targets.heat >= 0.999, tf.float32)
    likely = tf.clip_by_value(tf.sigmoid(heat), 1e-4, 1 - 1e-4)
    near = middle * (1 - likely) ** 2 * tf.math.log(likely)
    far = (1 - middle) * (1 - targets.heat) ** 4 * likely**2 * tf.math.log(1 - likely)
    counted = tf.reduce_sum((near + far) * targets.counts[..., None], [1, 2])  # (N, 2)
    each = -tf.reduce_mean(counted / (tf.reduce_sum(middle, [1, 2]) + FEW), 0)
    return tf.reduce_sum(each * OF_KINDS)


def _mean_of_pages(values: Any, weights: Any) -> Any:
    """Average (N, H, W) values by weights on each page, then over pages.

    So a page of one large digit counts as much as one of three hundred small ones.
    """
    sums = tf.reduce_sum(values * weights, [1, 2])
    return tf.reduce_mean(sums / (tf.reduce_sum(weights, [1, 2]) + FEW))
