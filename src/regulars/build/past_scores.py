"""Published scores of earlier nights, bound into a night once their horizon has passed, so that they can be measured.

They come from ``scores/``, which outlives the publications that are pruned.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from regulars.config import Home
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

_TABLE = """
create table work.previous.customer_score (
    customer_id bigint, as_of timestamp, model varchar, version varchar, horizon_days integer,
    probability decimal(9, 6), amount decimal(18, 2), is_baseline boolean
)
"""


def bind_past_scores(connection: duckdb.DuckDBPyConnection, home: Home, business_date: date | None) -> None:
    """Fill work.previous.customer_score with what became due by the night of ``business_date``; none without a night.

    Due is a score whose last day lies in that night or before, and which the previous publication has not measured.
    """
    connection.execute(_TABLE)
    kept = {date.fromisoformat(path.stem): path for path in home.scores.glob("*.parquet")} if business_date else {}
    earlier = [path for day, path in sorted(kept.items()) if business_date and day < business_date]
    if not business_date or not earlier:
        return
    due = _due(connection, earlier, business_date)
    for path in sorted({path for path, _ in due}):
        connection.execute(
            "insert into work.previous.customer_score by name select customer_id, as_of, model, version, horizon_days, "
            f"probability, amount, is_baseline from read_parquet({quoted(path)}) where list_contains(?, model)",
            [[model for of, model in due if of == path]],
        )


def _due(connection: duckdb.DuckDBPyConnection, files: list[Path], business_date: date) -> list[tuple[str, Any]]:
    """Which model of which file. Only columns that repeat one value are read of files that are not due."""
    listed = ", ".join(quoted(path) for path in files)
    found = connection.execute(
        f"select distinct filename, model, horizon_days from read_parquet([{listed}], filename = true) as score "
        "anti join work.previous.model_quality as measured on measured.basis = 'live' "
        "and score.model = measured.model and score.as_of = measured.origin order by all"
    ).fetchall()
    ripe_from = {name: date.fromisoformat(Path(name).stem) for name, _, _ in found}
    return [
        (name, model)
        for name, model, horizon_days in found
        if ripe_from[name] + timedelta(days=horizon_days) <= business_date
    ]
