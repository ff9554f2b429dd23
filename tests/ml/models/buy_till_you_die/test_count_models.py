"""Both models of order counts keep what probabilities promise, foretell simulated lives, and find their parameters."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.models.buy_till_you_die.bg_nbd import BgNbd
from ml.models.buy_till_you_die.histories import Histories, group
from ml.models.buy_till_you_die.pareto_nbd import ParetoNbd
from regulars.errors import UsageError
from tests.ml.models.buy_till_you_die.stories import Lived, live

Model = type[BgNbd] | type[ParetoNbd]
MODELS = [BgNbd, ParetoNbd]
HORIZON = 12.0
TRUE = {BgNbd: BgNbd(0.6, 6.0, 0.8, 2.5), ParetoNbd: ParetoNbd(0.6, 6.0, 0.7, 12.0)}

shapes = st.floats(-2, 2).map(lambda log: 10**log)
scales = st.floats(-1, 3).map(lambda log: 10**log)
customers = st.lists(
    st.tuples(st.integers(0, 800), st.floats(0, 1), st.floats(0, 5000)).map(
        lambda row: (row[0], row[1] * row[2] * (row[0] > 0), row[2])
    ),
    min_size=1,
    max_size=20,
).map(lambda rows: Histories(*np.array(rows, dtype=float).T))


@pytest.fixture(scope="module", params=MODELS, ids=lambda model: model.__name__)
def lived(request: pytest.FixtureRequest) -> tuple[Model, Lived]:
    ages = np.random.default_rng(5).integers(10, 40, 150_000).astype(float)
    return request.param, live(TRUE[request.param], ages, HORIZON, seed=11)


@pytest.mark.parametrize("model", MODELS)
@settings(max_examples=60, deadline=None)
@given(shapes, scales, shapes, scales, customers, st.floats(0, 400), st.floats(0, 400))
def test_probabilities_are_in_order_whatever_the_parameters(
    model: Model, r: float, alpha: float, third: float, fourth: float, h: Histories, first: float, more: float
) -> None:
    fitted = model(r, alpha, third, fourth)
    alive, soon, later = fitted.p_alive(h), fitted.p_active(h, first), fitted.p_active(h, first + more)
    expected = fitted.expected_orders(h, first)
    assert np.all(np.isfinite(fitted.log_likelihood(h))) and np.all(np.isfinite(expected))
    assert np.all((soon >= 0) & (soon <= alive) & (alive <= 1))
    assert np.all(later >= soon * (1 - 1e-9))
    assert np.all(expected >= soon)
    assert np.all(fitted.p_active(h, 0.0) == 0) and np.all(fitted.expected_orders(h, 0.0) == 0)


@pytest.mark.parametrize("model", MODELS)
def test_p_active_is_one_less_the_ratio_of_two_likelihoods(model: Model) -> None:
    fitted, h = TRUE[model], Histories([0, 1, 7, 40], [0, 3, 30, 38], [20, 20, 35, 40])
    longer = Histories(h.repeat_orders, h.btyd_recency, h.age + HORIZON)
    silent = np.exp(fitted.log_likelihood(longer) - fitted.log_likelihood(h))
    assert fitted.p_active(h, HORIZON) == pytest.approx(1 - silent, rel=1e-9)


def test_who_is_simulated_does_what_was_foretold(lived: tuple[Model, Lived]) -> None:
    model, truth = lived
    fitted, h = TRUE[model], truth.histories
    is_recent = h.age - h.btyd_recency < 8
    for x in (0, 1, 2, 4, 8):
        for part in ((h.repeat_orders == x) & is_recent, (h.repeat_orders == x) & ~is_recent):
            if part.sum() < 300:
                continue
            some = h.rows(part)
            _agrees(truth.is_alive[part], fitted.p_alive(some))
            _agrees(truth.later_orders[part] > 0, fitted.p_active(some, HORIZON))
            _agrees(truth.later_orders[part], fitted.expected_orders(some, HORIZON))


def _agrees(happened: np.ndarray, foretold: np.ndarray) -> None:
    """Within four standard errors of the mean, with a floor for what never or always happens."""
    error = max(float(np.std(happened - foretold)), 0.02) / np.sqrt(len(happened))
    assert abs(float(happened.mean() - foretold.mean())) < 4 * error


def test_the_parameters_of_a_story_are_found_again(lived: tuple[Model, Lived]) -> None:
    model, truth = lived
    found, true, h = model.fit(truth.histories), TRUE[model], truth.histories
    assert found.converged
    assert found.log_likelihood(h).sum() >= true.log_likelihood(h).sum()
    for name, value in true.to_mapping().items():
        assert getattr(found, name) == pytest.approx(value, rel=0.1), name


@pytest.mark.parametrize("model", MODELS)
def test_rows_grouped_shuffled_or_in_another_unit_give_the_same_model(model: Model) -> None:
    weeks = live(TRUE[model], np.random.default_rng(2).integers(10, 40, 2_000).astype(float), HORIZON, 3).histories
    weeks = Histories(weeks.repeat_orders, np.floor(weeks.btyd_recency), weeks.age)
    fitted = model.fit(weeks)
    assert model.fit(*group(weeks)) == fitted
    assert model.fit(weeks.rows(np.random.default_rng(4).permutation(len(weeks)))) == fitted
    days = weeks.in_unit(1 / 7)
    in_days = model.fit(days)
    assert in_days.expected_orders(days, HORIZON * 7) == pytest.approx(fitted.expected_orders(weeks, HORIZON), rel=1e-3)
    assert in_days.p_active(days, HORIZON * 7) == pytest.approx(fitted.p_active(weeks, HORIZON), rel=1e-3)
    assert in_days.p_alive(days) == pytest.approx(fitted.p_alive(weeks), rel=1e-3)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    "h",
    [
        Histories([], [], []),
        Histories([0], [0], [0]),
        Histories([0, 0, 0], [0, 0, 0], [3, 9, 400]),
        Histories([600], [2999], [3000]),
        Histories([1], [1], [1]),
        Histories([5] * 4, [9] * 4, [10] * 4),
    ],
    ids=["nobody", "just come", "no repeat order", "one with 600 orders", "one order today", "all alike"],
)
def test_thin_data_give_a_model_that_says_so(model: Model, h: Histories) -> None:
    fitted = model.fit(h)
    assert not fitted.converged
    asked = Histories([0, 2, 600], [0, 5, 2900], [10, 10, 3000])
    for answer in (fitted.p_alive(asked), fitted.p_active(asked, 30), fitted.expected_orders(asked, 30)):
        assert np.all(np.isfinite(answer)) and np.all(answer >= 0)


@pytest.mark.parametrize("model", MODELS)
def test_a_model_means_the_same_after_json(model: Model) -> None:
    fitted = model.fit(Histories([0, 0, 1, 3, 9], [0, 0, 2, 20, 30], [10, 31, 31, 30, 31]))
    assert model.from_mapping(json.loads(json.dumps(fitted.to_mapping()))) == fitted


def test_a_mapping_that_was_altered_is_refused() -> None:
    mapping = TRUE[BgNbd].to_mapping()
    with pytest.raises(UsageError, match="Did you mean 'alpha'"):
        BgNbd.from_mapping(mapping | {"alhpa": 1.0})
    with pytest.raises(UsageError, match="'b' is missing"):
        BgNbd.from_mapping({name: value for name, value in mapping.items() if name != "b"})
    for wrong in (0, -1.0, float("nan"), "2"):
        with pytest.raises(UsageError, match="not a finite number above 0"):
            BgNbd.from_mapping(mapping | {"r": wrong})
