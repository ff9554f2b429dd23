"""Inside a cluster one figure is looked for on one period, and kept only where it holds on the next."""

from __future__ import annotations

import numpy as np

from ml.clustering.refine import find_split

NAMES = ("noise", "spend")


def period(seed: int, effect: float) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    matrix = random.random((400, 2))
    return matrix, effect * (matrix[:, 1] > 0.6) + random.lognormal(size=400)


def test_what_tells_later_value_apart_is_found_with_what_each_side_brought_later() -> None:
    after, after_value = period(2, 3)
    split = find_split(NAMES, *period(1, 3), after, after_value)
    assert split and split.feature == "spend" and 0.5 < split.at < 0.7
    assert split.above == round(float(after_value[after[:, 1] > split.at].mean()), 2) > split.below + 2


def test_what_held_on_one_period_only_is_no_split() -> None:
    assert find_split(NAMES, *period(1, 3), *period(2, 0)) is None
    assert find_split(NAMES, *period(1, 3), *period(2, -3)) is None


def test_too_few_customers_or_constant_figures_are_not_split() -> None:
    matrix, value = period(1, 3)
    assert find_split(NAMES, matrix[:59], value[:59], matrix, value) is None
    assert find_split(NAMES, np.ones_like(matrix), value, matrix, value) is None
    assert find_split(NAMES, np.full_like(matrix, np.nan), value, matrix, value) is None


def test_unknown_figures_belong_to_no_side() -> None:
    after, after_value = period(2, 3)
    unknown = np.where(np.arange(400) < 100, np.nan, after[:, 1])
    split = find_split(NAMES, *period(1, 3), np.column_stack([after[:, 0], unknown]), after_value)
    assert split and split.below == round(float(after_value[100:][after[100:, 1] <= split.at].mean()), 2)
