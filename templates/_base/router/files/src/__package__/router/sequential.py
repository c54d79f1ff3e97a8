"""A comparison of two means that is valid for any number of looks at any time.

The mixture sequential probability ratio test with a normal mixture, and its always-valid p-values:
R. Johari, P. Koomen, L. Pekelis, D. Walsh, "Always Valid Inference: Continuous Monitoring of A/B
Tests", Operations Research 70(3), 2022, pages 1806-1821, https://doi.org/10.1287/opre.2021.2135.

With d the difference of the means less that of the null hypothesis, V the variance of d, and T the
variance of the mixture, the likelihood ratio is

    sqrt(V / (V + T)) * exp(T * d^2 / (2 * V * (V + T)))

and 1 / ratio is a p-value. For two groups of n values with variance s^2, V is 2 * s^2 / n, which is
the formula of the paper for two streams. There, as here, an estimate takes the place of the unknown
variance, so that the level holds for large samples: `limits.min_outcomes` bounds them from below,
and `simulate` shows the level that results.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Sample:
    """Count, mean and sum of squared deviations of a stream (Welford's algorithm)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """Add one value."""
        self.count += 1
        delta = value - self.mean
        self.mean += delta / self.count
        self.squares += delta * (value - self.mean)

    @property
    def variance(self) -> float:
        """Unbiased variance; 0 for fewer than two values."""
        return self.squares / (self.count - 1) if self.count > 1 else 0.0


def p_value(difference: float, variance: float, effect: float) -> float:
    """Return the p-value of one look; the running minimum over the looks is always valid.

    difference: of the means, less that of the null hypothesis. variance: of that difference, so the
    sum of variance / count. effect: standard deviation of the mixture, near the differences that
    matter; it changes the power and not the validity.
    """
    if variance <= 0 or effect <= 0:
        return 1.0
    mixture = effect * effect
    log_ratio = 0.5 * math.log(variance / (variance + mixture)) + (
        mixture * difference * difference / (2 * variance * (variance + mixture))
    )
    return min(1.0, math.exp(-log_ratio)) if log_ratio > 0 else 1.0


def half_width(variance: float, effect: float, alpha: float) -> float:
    """Return half the width of the confidence interval that is valid at every look.

    It has the differences whose p-value is at least alpha. See `p_value`.
    """
    if variance <= 0 or effect <= 0:
        return math.inf
    mixture = effect * effect
    return math.sqrt(
        2
        * variance
        * (variance + mixture)
        / mixture
        * (0.5 * math.log((variance + mixture) / variance) - math.log(alpha))
    )


@dataclass(frozen=True)
class Look:
    """One look at two samples: candidate minus stable, its standard error, p-value and interval."""

    difference: float
    error: float
    p_value: float
    half_width: float


def compare(stable: Sample, candidate: Sample, margin: float, alpha: float) -> Look:
    """Compare two samples with the null hypothesis that the difference is `margin`.

    alpha: one minus the level of the interval. The mixture is a tenth of the standard deviation, a
    small effect. The variance is the larger one of two estimates: from the variance of each sample,
    and from that of both together. In a small sample, the variance of rare losses can be far too
    small. If both samples are constant, they say nothing about chance, and the p-value is 1.
    """
    if min(stable.count, candidate.count) < 2:
        return Look(0.0, math.inf, 1.0, math.inf)
    difference = candidate.mean - stable.mean
    variance = max(
        stable.variance / stable.count + candidate.variance / candidate.count,
        _pooled(stable, candidate) * (1 / stable.count + 1 / candidate.count),
    )
    effect = math.sqrt((stable.variance + candidate.variance) / 2) / 10
    return Look(
        difference,
        math.sqrt(variance),
        p_value(difference - margin, variance, effect),
        half_width(variance, effect, alpha),
    )


def _pooled(stable: Sample, candidate: Sample) -> float:
    """Return the variance of both samples together, with one mean for both."""
    count = stable.count + candidate.count
    between = (candidate.mean - stable.mean) ** 2 * stable.count * candidate.count / count
    return (stable.squares + candidate.squares + between) / (count - 1)
