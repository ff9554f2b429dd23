"""The customers clusters are found among: their features at an origin whose horizon has passed, and what came in it.

Numbers come as float64 with NaN for null: input of a fit, never money to be added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from ml.datasets.frame import LABEL_TABLE, business_zone
from ml.datasets.origins import label_end
from ml.datasets.schema import FEATURE_TABLE
from regulars.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    import duckdb

MOST_CUSTOMERS = 4_096
"""Of more, so many are taken by a hash of their ids: what is tried then costs the same in any shop."""

_NUMERIC = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "FLOAT", "DECIMAL")
_ORIGINS = f"select distinct as_of, horizon_days from {LABEL_TABLE} order by as_of desc, horizon_days"
_ROWS = f"""
select customer_id, later_value, <columns>
from (
    select f.customer_id, cast(l.net_revenue as double) as later_value, <casts>
    from {FEATURE_TABLE} as f
    inner join {LABEL_TABLE} as l on f.customer_id = l.customer_id and f.as_of = l.as_of
    where l.as_of = ? and l.horizon_days = ?
    order by hash(f.customer_id), f.customer_id
    limit {MOST_CUSTOMERS}
)
order by customer_id
"""


@dataclass(frozen=True)
class LaterFrame:
    """``matrix`` is (customers, ``names``), null as NaN; ``later_value`` the net revenue of each customer in the
    ``horizon_days`` from ``origin``, which no cluster has seen.
    """

    names: tuple[str, ...]
    customer_id: np.ndarray
    matrix: np.ndarray
    later_value: np.ndarray
    origin: datetime
    horizon_days: int

    def __len__(self) -> int:
        return len(self.customer_id)


def later_frame(connection: duckdb.DuckDBPyConnection, names: Sequence[str], as_of: datetime) -> LaterFrame | None:
    """The customers of the latest origin whose horizon was over at ``as_of``; None where there is none.

    Who objected to profiling is not among them. Raises UsageError for a name that is no column of numbers.
    """
    _refuse_unknown(connection, names)
    zone = business_zone(connection)
    passed = [
        (origin, days)
        for origin, days in connection.execute(_ORIGINS).fetchall()
        if label_end(origin, days, zone) <= as_of
    ]
    if not passed:
        return None
    columns = ", ".join(f'"{name}"' for name in names)
    casts = ", ".join(f'cast(f."{name}" as double) as "{name}"' for name in names)
    query = _ROWS.replace("<columns>", columns).replace("<casts>", casts)
    table = connection.sql(query, params=list(passed[0])).to_arrow_table()
    return LaterFrame(
        names=tuple(names),
        customer_id=table["customer_id"].to_numpy(),
        matrix=np.column_stack([table[name].to_numpy() for name in names]),
        later_value=table["later_value"].to_numpy(),
        origin=passed[0][0],
        horizon_days=passed[0][1],
    )


def is_number(sql_type: str) -> bool:
    """Whether distances can be measured by a column of that type."""
    return sql_type.upper().startswith(_NUMERIC)


def _refuse_unknown(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> None:
    types = {name: kind for name, kind, *_ in connection.execute(f"describe {FEATURE_TABLE}").fetchall()}
    for name in names:
        if name not in types:
            raise UsageError(f"There is no column '{name}'. {did_you_mean(name, types)}", where="conf/clusters")
        if not is_number(types[name]):
            raise UsageError(f"No distance can be measured by '{name}' of type {types[name]}", where="conf/clusters")
