"""What a rule can ask about, from the contracts of the marts."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from regulars.errors import RegularsError, UsageError
from regulars.segments import traits as traits_module
from regulars.segments.rfm_names import load_rfm_names
from regulars.segments.traits import MARTS, Kind, Trait, slug, traits_of


class Tags:
    """A column no rule can compare."""

    name, type = "tags", "varchar[]"
    meta: ClassVar[dict[str, Any]] = {}


def test_a_column_two_marts_have_is_a_trait_only_with_its_mart(traits: dict[str, Trait]) -> None:
    assert "orders" not in traits
    assert traits["customer_rfm.orders"].mart == "customer_rfm"
    assert traits["customer_features.orders"].mart == "customer_features"


def test_a_score_is_a_trait_of_its_model(traits: dict[str, Trait]) -> None:
    assert {name for name in traits if name.startswith(("churn.", "ltv."))} == {
        "churn.probability",
        "churn.decile",
        "ltv.amount",
        "ltv.decile",
    }
    assert traits["ltv.decile"].model == "ltv"


def test_the_cluster_is_a_trait_by_the_name_of_its_mart(traits: dict[str, Trait]) -> None:
    assert [name for name in traits if "cluster" in name] == ["customer_cluster.cluster_id"]
    assert traits["customer_cluster.cluster_id"].label == "cluster"


def test_keys_are_no_traits(traits: dict[str, Trait]) -> None:
    assert not {"customer_id", "as_of", "model", "churn.as_of"} & set(traits)


def test_the_values_of_rfm_segment_are_the_names_of_conf_rfm(traits: dict[str, Trait]) -> None:
    values = traits["rfm_segment"].values
    assert [accepted.value for accepted in values] == [name.rfm_segment for name in load_rfm_names()]
    assert all(accepted.description and accepted.rule for accepted in values)


def test_kinds_follow_the_types_of_the_contract(traits: dict[str, Trait]) -> None:
    kinds = {
        name: traits[name].kind for name in ("m", "net_revenue_84d", "kids_count", "has_crm_record", "first_order_at")
    }
    assert list(kinds.values()) == [Kind.NUMBER, Kind.NUMBER, Kind.TEXT, Kind.YES_NO, Kind.TIME]


def test_a_type_no_rule_can_compare_is_refused() -> None:
    with pytest.raises(UsageError, match=r"dim_customer\.tags: No rule can compare a column of type varchar\[\]"):
        traits_of({mart: [Tags()] for mart in MARTS}, [])


def test_the_traits_of_a_home_come_from_its_manifest_and_the_models_of_conf(
    home_with_manifest: Path, contract_traits: dict[str, Trait]
) -> None:
    assert traits_module.traits() == contract_traits


def test_a_home_without_a_manifest_has_no_traits_yet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    with pytest.raises(RegularsError, match="dbt has not been run in this home"):
        traits_module.traits()


@pytest.mark.parametrize(("value", "expected"), [("At Risk", "at_risk"), ("3+", "3"), ("Größe – XL", "gr_e_xl")])
def test_a_slug_is_fit_for_an_id(value: str, expected: str) -> None:
    assert slug(value) == expected
