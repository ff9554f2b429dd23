"""A training finds the planted kinds, says the same twice, keeps their numbers, and refuses what would be nonsense."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from ml.clustering.promotion import weigh
from ml.clustering.train import train_clusters
from ml.registry.versions import CARD
from ml.registry.wording import proposal_text
from ml.scoring.score import score_customers
from regulars.errors import DataHeld, UsageError
from tests.ml.clustering.conftest import CLUSTERS, COLUMNS, PLANTED, registry_of
from tests.ml.synthetic import AS_OF, FEATURES, Place


def trained(place: Place, weeks_before: int = 0) -> str:
    as_of = AS_OF - timedelta(days=7 * weeks_before)
    return train_clusters(place.candidate, registry_of(place), as_of, "publication", "code", COLUMNS)


def test_the_planted_kinds_are_found_named_and_split_and_the_same_run_gives_the_same_version(planted: Place) -> None:
    version = trained(planted)
    found = registry_of(planted).load("clusters", version)
    assert [cluster.name for cluster in found.clustering.clusters] == [
        "Came lately and spend more",
        "Much like all customers",
        "Spend less and were away longer",
    ]
    assert [cluster.cluster_id for cluster in found.clustering.clusters] == [1, 2, 3]
    assert [round(cluster.share, 3) for cluster in found.clustering.clusters] == [0.333, 0.333, 0.333]
    assert {cluster.split and cluster.split.feature for cluster in found.clustering.clusters} == {"loyalty"}
    assert found.card["origin"] == (AS_OF - timedelta(days=14)).isoformat()
    assert found.card["customers"] == 240 and found.card["left_out"] == []
    algorithms = {trial["algorithm"] for trial in found.quality["trials"]}
    assert algorithms == {"k_means", "k_means_raw", "ward", "dbscan", "hdbscan"}
    assert {point["plot"] for point in found.quality["points"]} == {"k_distance", "dendrogram", "t_sne_5", "t_sne_30"}
    files = {path.name: path.read_bytes() for path in (planted.models / "clusters" / version).iterdir()}
    assert trained(planted) == version
    assert {path.name: path.read_bytes() for path in (planted.models / "clusters" / version).iterdir()} == files


def test_numbers_stay_with_their_customers_when_values_turn_round_and_a_new_kind_gets_a_new_one(planted: Place) -> None:
    first = registry_of(planted).load("clusters", trained(planted, weeks_before=2))
    assert weigh(registry_of(planted), first.version)["promoted"]
    planted.change("update work.intermediate.int_training__customer_labels set net_revenue = 400 - net_revenue")
    planted.change(
        "update regulars.marts.customer_features set days_since_last_order = 900, net_revenue_28d = 2000 + loyalty "
        "where customer_id % 3 = 0 and customer_id % 2 = 0"
    )
    again = registry_of(planted).load("clusters", trained(planted))
    before = {cluster.cluster_id: cluster.centre[0] for cluster in first.clustering.clusters}
    assert set(before) == {1, 2, 3}
    ids = [cluster.cluster_id for cluster in again.clustering.clusters]
    assert ids == [2, 3, 4, 5] and again.clustering.next_id == 6
    assert again.quality["dissolved"] == {"1": 0.5}
    decision = weigh(registry_of(planted), again.version, ask=True)
    assert decision["waits"] and not decision["promoted"]
    told = proposal_text([decision], days=3)
    assert told.startswith("### clusters\n\n- ") and "- cluster 1 dissolves" in told and "for 3 days" in told
    assert weigh(registry_of(planted), again.version)["promoted"]
    score_customers(planted.candidate, planted.models, AS_OF, FEATURES)
    (reason,) = planted.ask("select reason from work.score.cluster_trial where is_chosen")[0]
    assert str(reason).endswith("; of the clusters before, these are gone: 1")


def test_the_clusters_in_use_stay_while_they_are_found_again(crowned: Place, cluster_conf: Path) -> None:
    version = registry_of(crowned).champion().version  # type: ignore[union-attr]
    crowned.change("update regulars.marts.customer_features set net_revenue_28d = net_revenue_28d * 1.01")
    challenger = trained(crowned)
    assert challenger != version
    decision = weigh(registry_of(crowned), challenger)
    assert not decision["promoted"] and decision["reasons"][0].startswith("the champion holds: its 3 clusters")
    assert weigh(registry_of(crowned), version)["reasons"] == ["it is the champion already"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("delete from drawn where customer_id > 49", "49 customers with all features known, fewer than 50"),
        ("update drawn set days_since_last_order = 1, net_revenue_28d = 2, noise = 3", "fewer than two features vary"),
        ("update drawn set net_revenue = 7", "everybody brought the same in the 14 days after"),
        ("delete from drawn where as_of < timestamp '2018-01-01'", "no horizon after enough history"),
        ("update drawn set net_revenue = hash(customer_id, as_of) % 100", "no number of clusters from 2 to 4 passes"),
    ],
)
def test_what_would_be_nonsense_is_refused_with_the_reason_and_the_champion_stays(
    cluster_conf: Path, place_of: Callable[..., Place], change: str, reason: str
) -> None:
    place = place_of(change=f"{PLANTED}; {change}")
    assert trained(place) == ""
    assert reason in registry_of(place).refused()["reason"]  # type: ignore[index]
    decision = weigh(registry_of(place), "")
    assert not decision["promoted"] and reason in decision["reasons"][0]
    assert registry_of(place).champion() is None


def test_a_feature_that_does_not_vary_is_left_out_and_said_so(
    cluster_conf: Path, place_of: Callable[..., Place]
) -> None:
    place = place_of(change=f"{PLANTED}; update drawn set noise = 1")
    found = registry_of(place).load("clusters", trained(place))
    assert found.card["left_out"] == ["noise"]
    assert found.clustering.names == ("days_since_last_order", "net_revenue_28d")


@pytest.mark.parametrize(
    ("written", "instead", "said"),
    [
        ("noise:", "nois:", "There is no column 'nois'. Did you mean 'noise'?"),
        ("noise:", "tier:", "No distance can be measured by 'tier'"),
        ("robust", "robus", "robust"),
        ("fewest: 2", "fewest: 9", "fewest 9 is more than most 4"),
    ],
)
def test_a_mistake_in_the_declaration_is_told(
    planted: Place, cluster_conf: Path, written: str, instead: str, said: str
) -> None:
    cluster_conf.write_text(CLUSTERS.replace(written, instead))
    with pytest.raises(UsageError, match=said):
        trained(planted)


def test_a_file_that_was_changed_is_refused_and_the_next_training_takes_its_place(
    crowned: Place, cluster_conf: Path
) -> None:
    registry = registry_of(crowned)
    version = registry.champion().version  # type: ignore[union-attr]
    path = crowned.models / "clusters" / version / "clustering.json"
    path.write_text(path.read_text().replace('"sharpness": ', '"sharpness": 1'))
    with pytest.raises(DataHeld, match="not as it was saved"):
        registry.champion()
    card = path.with_name(CARD)
    card.write_text(json.dumps({**json.loads(card.read_text()), "files": {}}))
    with pytest.raises(DataHeld):
        registry.champion()
    crowned.change("update regulars.marts.customer_features set net_revenue_28d = net_revenue_28d * 1.01")
    decision = weigh(registry, trained(crowned), ask=True)
    assert decision["promoted"] and "files were changed" in decision["reasons"][0]


def test_numbers_of_clusters_that_were_rolled_back_are_not_given_again(crowned: Place, cluster_conf: Path) -> None:
    registry = registry_of(crowned)
    first = registry.champion().version  # type: ignore[union-attr]
    without_money = [line for line in CLUSTERS.splitlines() if "net_revenue_28d" not in line]
    cluster_conf.write_text("\n".join(without_money))
    second = trained(crowned)
    assert weigh(registry, second)["promoted"]
    highest = registry.load("clusters", second).clustering.next_id
    assert highest == 7
    registry.rollback("clusters")
    assert registry.champion().version == first and registry.next_id() == highest  # type: ignore[union-attr]
