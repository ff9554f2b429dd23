"""What the page says of clusters: who they are, how they were found, and why there are none where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from regulars.report import cluster_charts as charts
from regulars.report.facts import Row, rows_of

if TYPE_CHECKING:
    import duckdb

DRAWN = 500
"""Customers drawn on the principal components."""
FIGURES = (
    ("inertia", "Inertia (elbow)", ",.0f"),
    ("silhouette", "Silhouette", ".2f"),
    ("stability", "Stability (adjusted Rand index)", ".2f"),
    ("smallest_share", "Share of the smallest", ".1%"),
    ("later_value", "Separation of later net revenue", ".2f"),
)
NAMES = {
    "k_means": "k-means",
    "k_means_raw": "k-means, features as they are",
    "ward": "Ward",
    "dbscan": "DBSCAN",
    "hdbscan": "HDBSCAN",
}
"""Algorithms as people call them."""


_NO_PICTURES: dict[str, Any] = {"spreads": [], "places": [], "merges": [], "distances": []}


def cluster_section(connection: duckdb.DuckDBPyConnection, currency: str) -> dict[str, Any]:
    """``clusters``, ``trials`` and ``why_not`` (None where clusters are in use), with charts and rows behind them.

    ``currency``: what features of money are in.
    """
    clusters = rows_of(connection, "select * from marts.cluster order by cluster_id")
    found = rows_of(connection, "select * from marts.cluster_trial order by algorithm, clusters")
    trials = [{**row, "name": NAMES[row["algorithm"]]} for row in found if row["algorithm"] in NAMES]
    trials.sort(key=lambda row: (list(NAMES).index(row["algorithm"]), row["clusters"]))
    why_not = next((row["reason"] for row in found if row["algorithm"] not in NAMES), None)
    tried = [row for row in trials if row["algorithm"].startswith("k_means")]
    return {
        "clusters": clusters,
        "trials": trials,
        "why_not": why_not,
        "figures": [_figure(tried, *about) for about in FIGURES] if tried else [],
        **(_pictures(connection, currency) if clusters else _NO_PICTURES),
    }


def _figure(tried: list[Row], column: str, title: str, number_format: str) -> Row:
    # Sums of squares in different units say nothing beside each other.
    rows = [row for row in tried if row["algorithm"] == "k_means"] if column == "inertia" else tried
    return {"column": column, "title": title, "chart": charts.by_number(rows, column, title, number_format)}


def _pictures(connection: duckdb.DuckDBPyConnection, currency: str) -> dict[str, Any]:
    points = rows_of(connection, "select * from work.score.cluster_point order by plot, series, place")
    spreads = [
        {**row, "unit": currency if row["unit"] == "currency" else row["unit"]}
        for row in rows_of(connection, "select * from work.score.cluster_feature order by feature, cluster_id")
    ]

    def of(plot: str) -> list[Row]:
        return [point for point in points if point["plot"] == plot]

    merges = of("dendrogram")
    return {
        "spreads": [
            {"label": rows[0]["label"], "unit": rows[0]["unit"], "rows": rows, "chart": charts.distribution(rows)}
            for name in dict.fromkeys(row["feature"] for row in spreads)
            if (rows := [row for row in spreads if row["feature"] == name])
        ],
        "places": _places(connection),
        "scatters": _scatters(connection, of),
        "merges": sorted((point["y"] for point in merges if point["place"] == 1), reverse=True),
        "dendrogram": charts.dendrogram(merges),
        "distances": of("k_distance"),
        "k_distance": charts.k_distance(of("k_distance")),
    }


def _scatters(connection: duckdb.DuckDBPyConnection, of: Any) -> list[Row]:
    drawn = rows_of(
        connection,
        "select component_1, component_2, component_3, cluster_id from marts.customer_cluster "
        f"order by hash(customer_id), customer_id limit {DRAWN}",
    )
    across = "First principal component"
    pictures = [
        ("components-12", "First and second principal component", "component_2", "Second"),
        ("components-13", "First and third principal component", "component_3", "Third"),
    ]
    found = []
    for name, title, up, label in pictures:
        points = [{"x": row["component_1"], "y": row[up], "cluster_id": row["cluster_id"]} for row in drawn]
        found.append({"id": name, "title": title, "chart": charts.scatter(points, across, label)})
    for perplexity in (5, 30):
        if points := of(f"t_sne_{perplexity}"):
            picture = charts.scatter(points, "", "", axes=False)
            found.append({"id": f"t-sne-{perplexity}", "title": f"t-SNE, perplexity {perplexity}", "chart": picture})
    return found


def _places(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """Where the middle of each cluster lies on the principal components, and how sure its customers are of it."""
    return rows_of(
        connection,
        """
        select
            cluster_id,
            avg(component_1)::decimal(9, 2) as component_1,
            avg(component_2)::decimal(9, 2) as component_2,
            avg(component_3)::decimal(9, 2) as component_3,
            avg(probability)::decimal(9, 4) as probability,
            count(*) filter (where probability < 0.6) as unsure
        from marts.customer_cluster
        group by cluster_id
        order by cluster_id
        """,
    )
