"""The cluster of every customer of one night, by the clustering in use, and what there is to say of those clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.clustering.assign import Clustering, assign, is_above
from ml.clustering.registry import ClusterRegistry, StoredClustering
from ml.datasets.frame import SCORED
from ml.datasets.schema import FEATURE_TABLE

if TYPE_CHECKING:
    import duckdb

COMPONENTS = 3
_TABLES = {
    "customer_cluster": (
        "customer_id bigint, as_of timestamp, version varchar, cluster_id integer, probability decimal(9, 6), "
        "is_above_split boolean, "
        "component_1 decimal(9, 4), component_2 decimal(9, 4), component_3 decimal(9, 4)"
    ),
    "cluster": (
        "cluster_id integer, as_of timestamp, version varchar, name varchar, description varchar, medians varchar, "
        "customers bigint, share double, share_when_found double, later_net_revenue decimal(18, 2), currency varchar, "
        "horizon_days integer, found_at timestamp, split_feature varchar, split_at double, "
        "later_net_revenue_above decimal(18, 2), later_net_revenue_below decimal(18, 2)"
    ),
    "cluster_feature": (
        "cluster_id integer, feature varchar, label varchar, unit varchar, p10 decimal(18, 4), p25 decimal(18, 4), "
        "median decimal(18, 4), p75 decimal(18, 4), p90 decimal(18, 4), median_of_all decimal(18, 4)"
    ),
    "cluster_trial": (
        "algorithm varchar, clusters integer, version varchar, setting varchar, customers bigint, inertia double, "
        "silhouette double, dunn double, stability double, smallest_share double, noise_share double, "
        "later_value double, later_value_error double, is_chosen boolean, reason varchar"
    ),
    "cluster_point": "plot varchar, series integer, place integer, x double, y double, cluster_id integer",
}
_CUSTOMERS = f"select f.customer_id, <columns> {SCORED} order by f.customer_id"
_ASSIGNED = """
insert into work.score.customer_cluster
select customer_id, ?, ?, cluster_id, probability, is_above_split, component_1, component_2, component_3 from assigned
"""
_CLUSTERS = """
insert into work.score.cluster
select
    f.cluster_id, ?, ?, f.name, f.description, m.medians, count(c.customer_id), round(count(c.customer_id) / ?, 6),
    f.share, f.later_value, (select reporting_currency from work.run.context), ?, ?,
    f.split_feature, f.split_at, f.above, f.below
from found as f
left join work.score.customer_cluster as c on f.cluster_id = c.cluster_id
left join (
    select cluster_id, cast(json_group_object(feature, median) as varchar) as medians
    from (from work.score.cluster_feature order by cluster_id, feature)
    group by cluster_id
) as m on f.cluster_id = m.cluster_id
group by all
order by f.cluster_id
"""
_SPREAD = f"""
insert into work.score.cluster_feature
with known as (
    select c.cluster_id, cast(f."<feature>" as double) as value
    from work.score.customer_cluster as c
    inner join {FEATURE_TABLE} as f on c.customer_id = f.customer_id and c.as_of = f.as_of
),

spread as (
    select cluster_id, quantile_cont(value, [0.1, 0.25, 0.5, 0.75, 0.9]) as q
    from known
    group by cluster_id
)

select cluster_id, ?, ?, ?, q[1], q[2], q[3], q[4], q[5], (select quantile_cont(value, 0.5) from known)
from spread
order by cluster_id
"""


def write_clusters(connection: duckdb.DuckDBPyConnection, registry: ClusterRegistry, as_of: datetime) -> dict[str, Any]:
    """Replace the tables of clusters in work.score, in the caller's transaction; returns version, reason, customers.

    Who objects to profiling is in no cluster, and who has not ordered yet neither. Where no clustering is in use all
    tables are empty but ``cluster_trial``, which says why. Raises DataHeld when the champion's files were changed.
    """
    champion = registry.champion()
    for name, columns in _TABLES.items():
        connection.execute(f"create or replace table work.score.{name} ({columns})")
    if reason := _why_not(connection, registry, champion):
        _write_trials(connection, "", _trials_refused(registry, reason), {})
        return {"version": None, "reason": reason, "customers": 0}
    assert champion is not None  # noqa: S101 - `_why_not` has told otherwise
    customers = _write_customers(connection, champion, as_of)
    for feature in champion.quality["features"]:
        query = _SPREAD.replace("<feature>", feature["feature"])
        connection.execute(query, [feature["feature"], feature["label"], feature["unit"]])
    _write_found(connection, champion, as_of, customers)
    _write_trials(connection, champion.version, champion.quality["trials"], champion.quality["dissolved"])
    _insert(connection, "cluster_point", champion.quality["points"])
    return {"version": champion.version, "reason": None, "customers": customers}


def _why_not(
    connection: duckdb.DuckDBPyConnection, registry: ClusterRegistry, champion: StoredClustering | None
) -> str | None:
    if champion is None:
        return (registry.refused() or {}).get("reason", "no clusters have been looked for yet")
    there = {name for name, *_ in connection.execute(f"describe {FEATURE_TABLE}").fetchall()}
    needed = (*champion.clustering.names, *champion.clustering.split_names)
    lacking = [name for name in needed if name not in there]
    if lacking:
        return f"version {champion.version} needs columns that are no longer there: {', '.join(lacking)}"
    return None


def _write_customers(connection: duckdb.DuckDBPyConnection, champion: StoredClustering, as_of: datetime) -> int:
    import pyarrow as pa

    clustering = champion.clustering
    names = dict.fromkeys([*clustering.names, *clustering.split_names])
    columns = ", ".join(f'cast(f."{name}" as double) as "{name}"' for name in names)
    table = connection.sql(_CUSTOMERS.replace("<columns>", columns), params=[as_of]).to_arrow_table()
    said = assign(clustering, _matrix(table, clustering))
    sides = is_above(clustering, said.cluster_id, {name: table[name].to_numpy() for name in clustering.split_names})
    places = {f"component_{number + 1}": _component(said.place, number) for number in range(COMPONENTS)}
    found = {
        "customer_id": table["customer_id"].to_numpy(),
        "cluster_id": said.cluster_id,
        "probability": said.probability,
        "is_above_split": pa.array(sides, pa.bool_()),
        **places,
    }
    assigned = pa.table(found).filter(pa.array(said.is_known))
    connection.register("assigned", assigned)
    connection.execute(_ASSIGNED, [as_of, champion.version])
    connection.unregister("assigned")
    return assigned.num_rows


def _matrix(table: Any, clustering: Clustering) -> np.ndarray:
    return np.column_stack([table[name].to_numpy() for name in clustering.names])


def _component(place: np.ndarray, number: int) -> np.ndarray:
    return place[:, number] if number < place.shape[1] else np.zeros(len(place))


def _write_found(
    connection: duckdb.DuckDBPyConnection, champion: StoredClustering, as_of: datetime, customers: int
) -> None:
    import pyarrow as pa

    wanted = ("cluster_id", "name", "description", "share", "later_value")
    clusters = champion.clustering.as_mapping()["clusters"]
    found: dict[str, Any] = {name: [cluster[name] for cluster in clusters] for name in wanted}
    splits = [cluster["split"] or {} for cluster in clusters]
    found["split_feature"] = pa.array([split.get("feature") for split in splits], pa.string())
    for column, name in (("split_at", "at"), ("above", "above"), ("below", "below")):
        found[column] = pa.array([split.get(name) for split in splits], pa.float64())
    connection.register("found", pa.table(found))
    origin = datetime.fromisoformat(champion.card["origin"])
    horizon = champion.card["horizon_days"]
    connection.execute(_CLUSTERS, [as_of, champion.version, max(customers, 1), horizon, origin])
    connection.unregister("found")


def _trials_refused(registry: ClusterRegistry, reason: str) -> list[dict[str, Any]]:
    tried = (registry.refused() or {}).get("quality", {}).get("trials", [])
    return [*tried, {"algorithm": "none", "clusters": 0, "setting": "", "is_chosen": False, "obstacles": [reason]}]


def _write_trials(
    connection: duckdb.DuckDBPyConnection,
    version: str,
    trials: Sequence[Mapping[str, Any]],
    dissolved: Mapping[str, float],
) -> None:
    chosen = "passes all that is asked; the least whose clusters tell later value apart as well as the best"
    if dissolved:
        chosen += f"; of the clusters before, these are gone: {', '.join(sorted(dissolved, key=int))}"
    rows = []
    for trial in trials:
        told = {name: value for name, value in trial.items() if name != "obstacles"}
        rows.append({**told, "version": version, "reason": "; ".join(trial["obstacles"]) or chosen})
    _insert(connection, "cluster_trial", rows)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa

    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    connection.register("rows_to_insert", pa.table({name: [row.get(name) for row in rows] for name in names}))
    connection.execute(f"insert into work.score.{table} by name select * from rows_to_insert")
    connection.unregister("rows_to_insert")
