"""Whether what was counted differs by more than chance: two models, or some images and others."""

from math import comb

SIGNIFICANCE = 0.05


def mcnemar_p_value(only_a: int, only_b: int) -> float:
    """Test exactly, and on two sides, whether two models err equally often.

    Images that both read right, or both wrong, say nothing about that. Were the models equally
    good, each of the others would be A's error or B's like the toss of a coin.

    Args:
        only_a: How many images A alone reads wrong.
        only_b: How many images B alone reads wrong.

    Returns:
        The probability of a split at least as uneven, in [0, 1]; 1 where there is none to split.

    Source: McNemar 1947, Psychometrika 12; the exact binomial in place of his chi-squared.
    """
    discordant = only_a + only_b
    ways = total = 1  # in whole numbers: SciPy, for two sums, would be 140 MB more to install
    for count in range(min(only_a, only_b)):
        ways = ways * (discordant - count) // (count + 1)
        total += ways
    return min(1.0, float(2 * total / 2**discordant))


def higher_rate_p_value(some: tuple[int, int], others: tuple[int, int]) -> float:
    """Test exactly, and on one side, whether some images are read wrong more often than others.

    Args:
        some: How many of them are read wrong, and how many there are.
        others: The same of the others.

    Returns:
        The probability of at least as many errors among some, were all read alike, in [0, 1].

    Source: Fisher 1922, Journal of the Royal Statistical Society 85.
    """
    (errors, n), (other_errors, other_n) = some, others
    all_errors = errors + other_errors
    ways = total = comb(n, errors) * comb(other_n, other_errors)
    for count in range(errors, min(n, all_errors)):
        ways = ways * (n - count) * (all_errors - count)
        ways //= (count + 1) * (other_n - all_errors + count + 1)
        total += ways
    return total / comb(n + other_n, all_errors)
