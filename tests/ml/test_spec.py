"""What conf/models may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.models.spec import load_spec, moment_names, spec_names
from regulars import config
from regulars.errors import UsageError

SHIPPED = config.PROJECT / "conf"


def test_the_shipped_models_are_a_churn_and_a_revenue_model_over_28_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CONF", SHIPPED)
    assert {load_spec(name).target for name in spec_names()} == {"churn", "net_revenue"}
    assert {load_spec(name).horizon_days for name in spec_names()} == {28}


def test_the_shipped_models_of_moments_say_what_they_need_and_what_is_high(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CONF", SHIPPED)
    specs = {load_spec(name).target: load_spec(name) for name in moment_names()}
    assert set(specs) == {"visit_order", "cart_recovery", "response"}
    assert {spec.learner for spec in specs.values()} == {"logistic", "boosters"}
    assert all(spec.needs for spec in specs.values())
    assert all(spec.bands and 0 < spec.bands.medium < spec.bands.high < 1 for spec in specs.values())


@pytest.mark.parametrize(
    ("name", "right", "wrong", "answer"),
    [
        ("purchase_intent", "calibration: none", "calibration: sigmoid", "'sigmoid' is not possible here"),
        ("purchase_intent", "learner: logistic", "learner: logistics", "Did you mean 'logistic'"),
        ("purchase_intent", "horizon_days: 7", "horizon_days: 8", "every_days 7 does not divide horizon_days 8"),
        ("cart_recovery", "medium: 0.2}", "medium: 0.5}", "'medium' begins at 0.5, above 'high' at 0.4"),
    ],
)
def test_a_mistake_in_a_model_of_moments_is_told(
    small_conf: Path, name: str, right: str, wrong: str, answer: str
) -> None:
    place = small_conf / "models" / "moments" / f"{name}.yml"
    place.parent.mkdir()
    place.write_text((SHIPPED / "models" / "moments" / f"{name}.yml").read_text().replace(right, wrong, 1))
    with pytest.raises(UsageError, match=answer):
        load_spec(name)


def test_an_unknown_model_is_answered_with_the_nearest_name() -> None:
    with pytest.raises(UsageError, match="Did you mean 'churn'"):
        load_spec("chrun")


@pytest.mark.parametrize(
    ("right", "wrong", "answer"),
    [
        ("target: churn", "target: churm", r"churn\.yml:2: 'churm' is not possible here\. Did you mean 'churn'"),
        ("num_leaves: 7", "num_leafs: 7", r"churn\.yml:5: Unknown key 'num_leafs'\. Did you mean 'num_leaves'"),
        ("every_days: 7", "every_days: 4", "every_days 4 does not divide horizon_days 14"),
        ("refit: false", "refit: true", "'sigmoid' is not possible here"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_right(
    small_conf: Path, right: str, wrong: str, answer: str
) -> None:
    path = small_conf / "models" / "churn.yml"
    path.write_text(path.read_text().replace(right, wrong, 1))
    with pytest.raises(UsageError, match=answer):
        load_spec("churn")
