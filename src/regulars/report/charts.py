"""The charts of the page, as Vega-Lite specifications. Colours are the page's CSS variables, so they follow its theme.

No chart relies on colour: the model is drawn as bars or discs, the baseline as hollow diamonds, and the page puts the
same figures in a table below.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from regulars.report.facts import Row

Spec = dict[str, Any]
CONFIG: dict[str, Any] = {
    "background": "transparent",
    "font": "system-ui, sans-serif",
    "aria": False,
    "view": {"stroke": None},
    "mark": {"aria": False},
    "axis": {
        "labelColor": "var(--quiet)",
        "titleColor": "var(--quiet)",
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": "var(--line)",
        "domainColor": "var(--line)",
        "tickColor": "var(--line)",
    },
    "axisY": {"titleAnchor": "end", "titleAngle": 0, "titleAlign": "left", "titleY": -10, "titleX": 0},
}
"""What all charts of the page have in common."""
_TENTHS = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]


def rfm_shares(rows: Sequence[Row]) -> Spec:
    """Bars of each name's share of net revenue, with a diamond at its share of customers."""
    names = [row["rfm_segment"] for row in rows]
    base = alt.Chart(_values(rows, "rfm_segment", "revenue_share", "customer_share")).encode(
        y=alt.Y("rfm_segment:N", sort=names, title=None, axis=alt.Axis(ticks=False, domain=False, labelLimit=150)),
        tooltip=[
            alt.Tooltip("rfm_segment:N", title="Segment"),
            alt.Tooltip("revenue_share:Q", title="Share of revenue", format=".1%"),
            alt.Tooltip("customer_share:Q", title="Share of customers", format=".1%"),
        ],
    )
    axis = alt.Axis(format=".0%", tickCount=5)
    bars = base.mark_bar(height=13, color="var(--model)", cornerRadiusEnd=2).encode(
        x=alt.X("revenue_share:Q", title="Share of all", axis=axis)
    )
    diamonds = _hollow_diamonds(base).encode(x="customer_share:Q")
    return _finished(alt.layer(bars, diamonds), height=max(90, 28 * len(rows) + 20))


def lift_by_tenth(rows: Sequence[Row]) -> Spec:
    """Bars of the model's lift in each tenth of its score, diamonds for the baseline, a dashed line at 1: no better."""
    base = alt.Chart(_values(rows, "scorer", "decile", "lift", "customers")).encode(
        x=alt.X("decile:O", sort=_TENTHS, title="Tenth of the score, 10 is highest", axis=alt.Axis(labelAngle=0)),
        y=alt.Y("lift:Q", title="Lift: times the mean of all", axis=alt.Axis(tickCount=5)),
        tooltip=[
            alt.Tooltip("scorer:N", title="Scorer"),
            alt.Tooltip("decile:O", title="Tenth"),
            alt.Tooltip("lift:Q", title="Lift", format=".2f"),
            alt.Tooltip("customers:Q", title="Customers", format=","),
        ],
    )
    bars = base.mark_bar(color="var(--model)", cornerRadiusEnd=2).transform_filter("datum.scorer === 'model'")
    diamonds = _hollow_diamonds(base).transform_filter("datum.scorer === 'baseline'")
    return _finished(alt.layer(bars, diamonds, _dashed(alt.Chart(alt.InlineData(values=[{"one": 1}])), y="one:Q")))


def calibration(rows: Sequence[Row], number_format: str, measure: str) -> Spec:
    """What happened over what was predicted, a disc a tenth of the model and a diamond one of the baseline.

    On the dashed line both are equal.
    """
    greatest = max((max(row["predicted"], row["actual"]) for row in rows), default=1) or 1
    axis = alt.Axis(format=number_format, tickCount=5)
    base = alt.Chart(_values(rows, "scorer", "decile", "predicted", "actual")).encode(
        x=alt.X("predicted:Q", title=f"Predicted {measure}", axis=axis),
        y=alt.Y("actual:Q", title=f"Actual {measure}", axis=axis),
        tooltip=[
            alt.Tooltip("scorer:N", title="Scorer"),
            alt.Tooltip("decile:O", title="Tenth"),
            alt.Tooltip("predicted:Q", title="Predicted", format=number_format),
            alt.Tooltip("actual:Q", title="Actual", format=number_format),
        ],
    )
    discs = base.mark_point(shape="circle", filled=True, size=70, color="var(--model)", opacity=1)
    diagonal = alt.Chart(alt.InlineData(values=[{"at": 0}, {"at": greatest}])).mark_line(
        strokeDash=[4, 4], strokeWidth=1, color="var(--quiet)"
    )
    return _finished(
        alt.layer(
            diagonal.encode(x="at:Q", y="at:Q"),
            discs.transform_filter("datum.scorer === 'model'"),
            _hollow_diamonds(base).transform_filter("datum.scorer === 'baseline'"),
        )
    )


def precision_recall(rows: Sequence[Row]) -> Spec:
    """Precision over recall when the highest tenths are taken, one after another: the model a line with discs, the
    baseline diamonds.
    """
    axis = alt.Axis(format=".0%", tickCount=5)
    base = alt.Chart(_values(rows, "scorer", "decile", "recall", "precision")).encode(
        x=alt.X("recall:Q", title="Recall: caught of all who left", axis=axis, scale=alt.Scale(domainMin=0)),
        y=alt.Y("precision:Q", title="Precision: share who left", axis=axis, scale=alt.Scale(domainMin=0)),
        tooltip=[
            alt.Tooltip("scorer:N", title="Scorer"),
            alt.Tooltip("decile:O", title="Down to tenth"),
            alt.Tooltip("recall:Q", title="Recall", format=".1%"),
            alt.Tooltip("precision:Q", title="Precision", format=".1%"),
        ],
    )
    model = base.transform_filter("datum.scorer === 'model'")
    line = model.mark_line(color="var(--model)", strokeWidth=2)
    discs = model.mark_point(shape="circle", filled=True, size=50, color="var(--model)", opacity=1)
    diamonds = _hollow_diamonds(base).transform_filter("datum.scorer === 'baseline'")
    return _finished(alt.layer(line, discs, diamonds))


def live_line(nights: Sequence[Row], metric: str, label: str) -> Spec:
    """The measure of each night's published scores over time: a disc where a model scored, a diamond where the rule."""
    rows = [
        {"night": f"{row['night']:%Y-%m-%d}", "value": row[metric], "scorer": row["scorer"], "version": row["version"]}
        for row in nights
        if row.get(metric) is not None
    ]
    base = alt.Chart(_values(rows, "night", "value", "scorer", "version")).encode(
        x=alt.X("night:T", title="Scores of the night", axis=alt.Axis(format="%d %b %y", tickCount=6)),
        y=alt.Y("value:Q", title=label, axis=alt.Axis(format=".3f", tickCount=5), scale=alt.Scale(zero=False)),
        tooltip=[
            alt.Tooltip("night:T", title="Night", format="%Y-%m-%d"),
            alt.Tooltip("value:Q", title=label, format=".3f"),
            alt.Tooltip("version:N", title="Version"),
        ],
    )
    line = base.mark_line(color="var(--quiet)", strokeWidth=1)
    discs = base.mark_point(shape="circle", filled=True, size=50, color="var(--model)", opacity=1)
    return _finished(
        alt.layer(
            line,
            discs.transform_filter("datum.scorer === 'model'"),
            _hollow_diamonds(base).transform_filter("datum.scorer === 'baseline'"),
        )
    )


def _values(rows: Sequence[Row], *columns: str) -> alt.InlineData:
    return alt.InlineData(values=[{column: row[column] for column in columns} for row in rows])


def _hollow_diamonds(base: alt.Chart) -> alt.Chart:
    return base.mark_point(
        shape="diamond", size=75, strokeWidth=2, stroke="var(--baseline)", fill="var(--paper)", opacity=1
    )


def _dashed(base: alt.Chart, y: str) -> alt.Chart:
    return base.mark_rule(strokeDash=[4, 4], strokeWidth=1, color="var(--quiet)").encode(y=y)


def _finished(chart: alt.LayerChart | alt.FacetChart, height: int = 240) -> Spec:
    sized = chart.properties(
        width="container", height=height, autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    return {**sized.to_dict(), "config": CONFIG}
