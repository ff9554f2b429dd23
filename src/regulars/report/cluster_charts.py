"""The charts of the clusters, as Vega-Lite specifications. Written out, since a chart of hundreds of points made by a
library that checks each would cost more than the rest of the page.

No chart relies on colour: points are the numbers of their clusters, and the page puts the figures in a table below.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from regulars.report.charts import CONFIG, Spec
from regulars.report.facts import Row

_MODEL, _RIVAL, _QUIET = "var(--model)", "var(--baseline)", "var(--quiet)"


def by_number(rows: Sequence[Row], column: str, title: str, number_format: str = ".2f") -> Spec:
    """A figure over the number of clusters: discs for features as declared, the chosen one filled, hollow diamonds for
    features as they are.
    """
    values = _values(rows, "algorithm", "clusters", "is_chosen", column)
    x = {"field": "clusters", "type": "ordinal", "title": "Number of clusters", "axis": {"labelAngle": 0}}
    y = {"field": column, "type": "quantitative", "title": title, "axis": {"tickCount": 5, "format": number_format}}
    encoding = {"x": x, "y": y, "tooltip": [x, y]}
    declared = {"filter": "datum.algorithm === 'k_means'"}
    raw = {"filter": "datum.algorithm === 'k_means_raw'"}
    fill = {"condition": {"test": "datum.is_chosen", "value": _MODEL}, "value": "var(--paper)"}
    point = {"type": "point", "size": 70, "opacity": 1}
    rival = {
        "mark": {**point, "shape": "diamond", "stroke": _RIVAL, "fill": "var(--paper)"},
        "encoding": encoding,
        "transform": [raw],
    }
    # A layer without a value would have an axis without an end.
    is_rival_known = any(row["algorithm"] == "k_means_raw" and row[column] is not None for row in values)
    return _finished(
        values,
        {"mark": {"type": "line", "color": _MODEL, "strokeWidth": 1}, "encoding": encoding, "transform": [declared]},
        {
            "mark": {**point, "shape": "circle", "stroke": _MODEL},
            "encoding": {**encoding, "fill": fill},
            "transform": [declared],
        },
        *([rival] if is_rival_known else []),
    )


def k_distance(points: Sequence[Row]) -> Spec:
    """Customers in the order of their distance to the k-th nearest: DBSCAN's eps is where the line turns up."""
    x = {"field": "x", "type": "quantitative", "title": "Customers, the most crowded first", "axis": {"tickCount": 5}}
    y = {"field": "y", "type": "quantitative", "title": "Distance to the k-th nearest", "axis": {"tickCount": 5}}
    mark = {"type": "line", "color": _MODEL, "strokeWidth": 2}
    return _finished(_values(points, "x", "y"), {"mark": mark, "encoding": {"x": x, "y": y, "tooltip": [x, y]}})


def dendrogram(points: Sequence[Row]) -> Spec:
    """The last merges of Ward's tree: the higher a bar, the less alike are the two that it joins."""
    title = "Ward's distance of what is joined"
    encoding = {
        "x": {"field": "x", "type": "quantitative", "axis": None},
        "y": {"field": "y", "type": "quantitative", "title": title, "axis": {"tickCount": 5}},
        "detail": {"field": "series", "type": "nominal"},
        "order": {"field": "place", "type": "quantitative"},
    }
    line = {"mark": {"type": "line", "color": _MODEL, "strokeWidth": 1.5}, "encoding": encoding}
    return _finished(_values(points, "series", "place", "x", "y"), line)


def scatter(points: Sequence[Row], across: str, up: str, axes: bool = True) -> Spec:
    """Customers as the numbers of their clusters. Without ``axes`` where places have no unit (t-SNE)."""
    axis = {"axis": {"tickCount": 5}} if axes else {"axis": None}
    encoding = {
        "x": {"field": "x", "type": "quantitative", "title": across, **axis},
        "y": {"field": "y", "type": "quantitative", "title": up, **axis},
        "text": {"field": "cluster_id", "type": "nominal"},
        "color": {"field": "cluster_id", "type": "nominal", "legend": None, "scale": {"scheme": "tableau10"}},
        "tooltip": [{"field": "cluster_id", "type": "nominal", "title": "Cluster"}],
    }
    numbers = {"mark": {"type": "text", "size": 11}, "encoding": encoding}
    return _finished(_values(points, "x", "y", "cluster_id"), numbers, height=340)


def distribution(rows: Sequence[Row]) -> Spec:
    """How customers of each cluster spread in one feature: a line from the 10th to the 90th hundredth, a bar over the
    middle half, a stroke at the median; the dashed line is the median of all.
    """
    y = {"field": "cluster_id", "type": "ordinal", "title": "Cluster"}
    title = f"{rows[0]['label']} ({rows[0]['unit']})" if rows else ""
    span = {"type": "quantitative", "title": title, "axis": {"tickCount": 5}}
    at = {name: {"field": name, **span} for name in ("p10", "p25", "median", "median_of_all")}
    return _finished(
        _values(rows, "cluster_id", "p10", "p25", "median", "p75", "p90", "median_of_all"),
        {"mark": {"type": "rule", "color": _QUIET}, "encoding": {"y": y, "x": at["p10"], "x2": {"field": "p90"}}},
        {
            "mark": {"type": "bar", "color": _MODEL, "height": 10, "opacity": 0.6},
            "encoding": {"y": y, "x": at["p25"], "x2": {"field": "p75"}},
        },
        {"mark": {"type": "tick", "color": "var(--ink)", "thickness": 2}, "encoding": {"y": y, "x": at["median"]}},
        {
            "mark": {"type": "rule", "strokeDash": [4, 4], "color": _RIVAL},
            "encoding": {"x": {**at["median_of_all"], "aggregate": "max"}},
        },
        height=max(90, 24 * len(rows) + 40),
    )


def _values(rows: Iterable[Row], *columns: str) -> list[dict[str, Any]]:
    return [{name: _plain(row[name]) for name in columns} for row in rows]


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, str)) else float(value)


def _finished(values: list[dict[str, Any]], *layers: Spec, height: int = 240) -> Spec:
    return {
        "$schema": alt.SCHEMA_URL,
        "data": {"values": values},
        "layer": list(layers),
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": CONFIG,
    }
