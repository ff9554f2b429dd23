"""How a trial went for parts of the customers: new and old, small and large spenders, by age, income and country.

What a person is (age, income, country) is read here to judge a model by, and is no feature: nobody's score should turn
on a birthday. It is as the profile knows it now, not as at the origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from ml.datasets.frame import Frame
from ml.evaluation.metrics import figure
from ml.models.ensemble import Prediction
from ml.models.spec import ModelSpec

if TYPE_CHECKING:
    import duckdb

MINIMUM_CUSTOMERS = 50
"""Of fewer customers no figure is told."""
FIGURES = {"churn": ("roc_auc", "ece", "base_rate"), "net_revenue": ("normalised_gini", "bias", "mae")}
"""The figures told of each group, by target."""
_GROUPS = """
with
at_origin as (
    select customer_id, tenure_days, ntile(3) over (order by net_revenue_168d, customer_id) as third
    from regulars.marts.customer_features
    where as_of = ? and days_since_last_order is not null
)

select
    f.customer_id,
    case when f.tenure_days <= 90 then 'first order in 90 days' else 'first order before' end as tenure,
    case f.third when 1 then 'lowest third' when 2 then 'middle third' else 'highest third' end as spending,
    coalesce(c.age_band, 'unknown') as age_band,
    coalesce(c.income_band, 'unknown') as income_band,
    coalesce(c.country, 'unknown') as country
from at_origin as f
left join regulars.marts.dim_customer as c on f.customer_id = c.customer_id
order by f.customer_id
"""


def slice_figures(
    connection: duckdb.DuckDBPyConnection, spec: ModelSpec, trial: Frame, said: Prediction
) -> list[dict[str, Any]]:
    """One mapping a slice, group and metric of ``trial``, all of one origin: what ``said`` was worth.

    slice, group_name, customers, metric and value; the value is null of fewer than MINIMUM_CUSTOMERS, and where all
    have the same label or nothing was bought. Ordered by slice and group.
    """
    origin, found = trial.origins[-1], []
    groups = _groups_at(connection, origin, trial.rows.customer_id)
    for name in sorted(groups):
        for group in np.unique(groups[name]):
            chosen = groups[name] == group
            figures = _figures(spec, Prediction(said.value[chosen], said.ranking[chosen]), trial.label[chosen])
            about = {"slice": name, "group_name": str(group), "customers": int(chosen.sum())}
            found += [{**about, "metric": metric, "value": value} for metric, value in figures.items()]
    return found


def _groups_at(
    connection: duckdb.DuckDBPyConnection, origin: datetime, customers: Sequence[int] | np.ndarray
) -> dict[str, np.ndarray]:
    """By slice, the group of each of ``customers`` (sorted) at ``origin``."""
    table = connection.sql(_GROUPS, params=[origin]).to_arrow_table()
    place = np.searchsorted(table["customer_id"].to_numpy(), customers)
    return {name: np.array(table[name].to_pylist())[place] for name in table.column_names if name != "customer_id"}


def _figures(spec: ModelSpec, said: Prediction, actual: np.ndarray) -> dict[str, float | None]:
    can_tell = len(actual) >= MINIMUM_CUSTOMERS and actual.min() < actual.max() and actual.sum() > 0
    return {name: figure(spec, name, said, actual) if can_tell else None for name in FIGURES[spec.target]}
