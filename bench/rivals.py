"""What others would do instead of a step of ours, on the same landed files."""

from __future__ import annotations

from pathlib import Path

from regulars import config, warehouse

_EVENTS = "{landed}/web/interaction/*/*.parquet"


def hand_tuned() -> int:
    """Sessions, days and RFM as somebody would write them by hand; gives the number of sessions."""
    return _sessions_of("hand_tuned.sql")


def usual_style() -> int:
    """The same in the usual style: text keys, ``select *``, each step a table; gives the number of sessions."""
    return _sessions_of("usual_style.sql")


def hand_written_gate() -> int:
    """The claims about interactions as one aggregate query; gives the number of rows."""
    text = _read("hand_written_gate.sql")
    with warehouse.memory() as connection:
        return int(connection.execute(text).fetchall()[0][0])


def polars() -> int:
    """Sessions, days and RFM with Polars, streaming; gives the number of sessions."""
    import polars as pl

    landed = config.home().landed
    events = pl.scan_parquet(str(landed / "web/interaction/*/*.parquet"), hive_partitioning=False)
    visits = events.select(visitor_id=pl.col("anonymous_id").hash(), at="timestamp").sort("visitor_id", "at")
    is_first = (pl.col("at").diff().over("visitor_id") >= pl.duration(minutes=30)).fill_null(value=True)
    sessions = (
        visits.select("visitor_id", is_first=is_first)
        .group_by("visitor_id")
        .agg(sessions=pl.col("is_first").sum(), events=pl.len())
    )
    days = events.group_by(pl.col("timestamp").dt.date(), "type").len()
    lines = pl.scan_parquet(str(landed / "transactions/order_line/*/*.parquet"), hive_partitioning=False)
    orders = pl.scan_parquet(str(landed / "transactions/order/*/*.parquet"), hive_partitioning=False)
    placed = orders.filter(pl.col("status") == "completed").select("order_id", "contact_id").unique()
    rfm = (
        lines.join(placed, on="order_id")
        .group_by("contact_id")
        .agg(pl.col("ordered_at").max(), pl.col("order_id").n_unique(), pl.col("net_revenue").sum())
    )
    found, _, _ = pl.collect_all([sessions, days, rfm], engine="streaming")
    return int(found["sessions"].sum())


def _sessions_of(name: str) -> int:
    with warehouse.memory() as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(_read(name))
        return int(connection.execute("select sum(sessions) from sessions").fetchall()[0][0])


def _read(name: str) -> str:
    return (Path(__file__).parent / name).read_text().replace("{landed}", str(config.home().landed))
