"""Each night every customer who may be is put into a cluster; without a clustering the night goes on and says why."""

from __future__ import annotations

import json
from pathlib import Path

from ml.clustering.assign import assign_one
from ml.clustering.train import train_clusters
from ml.scoring.score import score_customers
from tests.ml.clustering.conftest import COLUMNS, registry_of
from tests.ml.synthetic import AS_OF, FEATURES, Place

TABLE = "work.score.customer_cluster"


def assigned(place: Place) -> dict[str, object]:
    return score_customers(place.candidate, place.models, AS_OF, FEATURES)["clusters"]


def test_every_customer_is_in_the_cluster_a_stream_would_say(crowned: Place) -> None:
    version = registry_of(crowned).champion().version  # type: ignore[union-attr]
    assert assigned(crowned) == {"version": version, "reason": None, "customers": 240}
    clustering = registry_of(crowned).champion().clustering  # type: ignore[union-attr]
    rows = crowned.ask(
        f"select cluster_id, probability::double, {', '.join(clustering.names)} from {TABLE} "
        "inner join regulars.marts.customer_features using (customer_id, as_of) order by customer_id"
    )
    assert len(rows) == 240
    for cluster_id, probability, *features in rows:
        one = dict(zip(clustering.names, map(float, features), strict=True))  # type: ignore[arg-type]
        assert assign_one(clustering, one) == (cluster_id, probability)
    kinds = f"select distinct customer_id % 3, cluster_id from {TABLE} order by 1"
    assert crowned.ask(kinds) == [(0, 1), (1, 2), (2, 3)]


def test_clusters_are_described_by_those_who_are_in_them(crowned: Place) -> None:
    assigned(crowned)
    rows = crowned.ask(
        "select cluster_id, customers, share, share_when_found, currency, horizon_days, split_feature, medians "
        "from work.score.cluster order by 1"
    )
    assert [row[:7] for row in rows] == [(number, 80, 0.333333, 0.333333, "USD", 14, "loyalty") for number in (1, 2, 3)]
    assert [json.loads(str(row[7]))["days_since_last_order"] for row in rows] == [1.5, 30.5, 300.5]
    assert crowned.ask("select count(*) from work.score.cluster_feature") == [(9,)]
    sides = f"select cluster_id, count(*) filter (where is_above_split) between 30 and 50 from {TABLE} group by 1"
    assert sorted(crowned.ask(sides)) == [(1, True), (2, True), (3, True)]


def test_who_objects_or_has_not_ordered_is_in_no_cluster(crowned: Place) -> None:
    crowned.change(f"insert into work.intermediate.int_consent__objectors values ('{AS_OF}', 7)")
    crowned.change("update regulars.marts.customer_features set days_since_last_order = null where customer_id = 8")
    assert assigned(crowned)["customers"] == 238
    assert crowned.ask(f"select count(*) from {TABLE} where customer_id in (7, 8)") == [(0,)]


def test_a_night_without_a_clustering_has_none_and_says_why(planted: Place) -> None:
    reason = "no clusters have been looked for yet"
    assert assigned(planted) == {"version": None, "reason": reason, "customers": 0}
    assert planted.ask("select algorithm, reason from work.score.cluster_trial") == [("none", reason)]
    assert planted.ask(f"select count(*) from {TABLE}") == [(0,)]


def test_a_night_after_a_refused_training_has_the_reason_and_what_was_tried(planted: Place, cluster_conf: Path) -> None:
    cluster_conf.write_text(cluster_conf.read_text().replace("later_value: 0.05", "later_value: 1"))
    registry = registry_of(planted)
    assert train_clusters(planted.candidate, registry, AS_OF, "publication", "code", COLUMNS) == ""
    assert "passes what conf/clusters asks" in str(assigned(planted)["reason"])
    rows = planted.ask("select algorithm, count(*), count(silhouette) from work.score.cluster_trial group by all")
    assert ("k_means", 3, 3) in rows and ("none", 1, 0) in rows
    assert planted.ask("select bool_or(is_chosen) from work.score.cluster_trial") == [(False,)]


def test_a_column_that_is_gone_ends_the_clusters_and_not_the_night(crowned: Place) -> None:
    version = registry_of(crowned).champion().version  # type: ignore[union-attr]
    crowned.change("alter table regulars.marts.customer_features drop column noise")
    assert assigned(crowned)["reason"] == f"version {version} needs columns that are no longer there: noise"


def test_the_same_night_twice_says_the_same(crowned: Place) -> None:
    tables = [f"work.score.{name}" for name in ("customer_cluster", "cluster", "cluster_trial", "cluster_point")]
    assigned(crowned)
    first = [crowned.content_hash(table) for table in tables]
    assigned(crowned)
    assert [crowned.content_hash(table) for table in tables] == first
