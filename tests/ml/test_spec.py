"""What conf/models may say."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.models.spec import load_spec, spec_names
from regulars import config
from regulars.errors import UsageError

SHIPPED = config.PROJECT / "conf"


def test_the_shipped_models_are_a_churn_and_a_revenue_model_over_28_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CONF", SHIPPED)
    assert {load_spec(name).target for name in spec_names()} == {"churn", "net_revenue"}
    assert {load_spec(name).horizon_days for name in spec_names()} == {28}


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
