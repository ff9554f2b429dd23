"""What a run says at its end: at most 25 lines, each computed from the publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.config import World
from regulars.report import facts, scores
from regulars.report.identity import identity_section
from regulars.report.watching import watching_section
from regulars.report.wording import count, day, decimals, local, percent, short_money

if TYPE_CHECKING:
    import duckdb

NAMES_SHOWN = 5


def summary_lines(connection: duckdb.DuckDBPyConnection, world: World) -> list[str]:
    """Customers, ledger, the five names with most revenue, whom to call, how good the scores are, absent sources."""
    lines = [world.heading, _headline(connection, world)]
    lines += [
        _ledger(connection),
        *_identity(connection),
        *_segments(connection),
        *_calls(connection, world),
        *_churn(connection, world),
    ]
    return [*lines, *_shifted(connection), *_absent(connection)]


def _headline(connection: duckdb.DuckDBPyConnection, world: World) -> str:
    found = facts.headline(connection)
    return " · ".join(
        [
            f"{count(found['customers'])} customers",
            f"{count(found['orders'])} orders",
            short_money(found["net_revenue"], world.reporting_currency),
            f"{count(found['customers_with_crm_record'])} with a CRM record",
        ]
    )


def _ledger(connection: duckdb.DuckDBPyConnection) -> str:
    total = facts.ledger_total(connection)
    kept_apart = f"quarantined {count(total['quarantined_rows'])}, duplicates {count(total['duplicate_rows'])}"
    return f"Lost without a reason: {count(total['lost_rows'])} of {count(total['read_rows'])} rows ({kept_apart})"


def _identity(connection: duckdb.DuckDBPyConnection) -> list[str]:
    found = identity_section(connection)
    if not found["pairs"]:
        return []
    shares = " · ".join(f"{name} {decimals(found['pairs'].get(name))}" for name in ("precision", "recall", "F1"))
    return [f"Records joined, by labelled pairs: {shares}"]


def _segments(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [
        f"{row['rfm_segment']}: {count(row['customers'])} customers, "
        f"{percent(row['revenue_share'])} of revenue in 365 days"
        for row in facts.rfm_segments(connection)[:NAMES_SHOWN]
    ]


def _calls(connection: duckdb.DuckDBPyConnection, world: World) -> list[str]:
    found = scores.worth_a_call(connection)
    if not found:
        return []
    revenue = short_money(found["net_revenue_365d"], world.reporting_currency)
    return [f"Worth a call: {count(found['customers'])} high-value customers likely to leave, {revenue} in 365 days"]


def _churn(connection: duckdb.DuckDBPyConnection, world: World) -> list[str]:
    if any(row["model"] == "churn" and row["is_baseline"] for row in scores.scorers_in_use(connection)):
        return ["Churn is scored by the recency rule: no trained model beats it yet"]
    auc = next(
        (row for row in scores.quality(connection) if (row["model"], row["metric"]) == ("churn", "roc_auc")), None
    )
    tenths = [row for row in scores.lift(connection) if (row["model"], row["scorer"]) == ("churn", "model")]
    if auc is None or not tenths:
        return []
    told = f"Churn AUC {decimals(auc['model_value'])} (recency rule {decimals(auc['baseline_value'])})"
    origin = day(local(auc["origin"], world.business_zone))
    measured = f"over the {auc['horizon_days']} days from {origin}, {count(auc['customers'])} customers who had ordered"
    return [
        f"{told} · top decile catches {percent(tenths[0]['caught'])} of those who leave",
        f"  measured {measured}",
    ]


def _shifted(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """The first alarm and how many there are; nothing where nothing has shifted."""
    alarms = [row["because"] for row in watching_section(connection)["shifted"] if row["state"] == "alarm"]
    more = f" (and {count(len(alarms) - 1)} more, in the report)" if alarms[1:] else ""
    return [f"In alarm: {alarms[0]}{more}"] if alarms else []


def _absent(connection: duckdb.DuckDBPyConnection) -> list[str]:
    absent = [f"{row['source']} ({row['entity']})" for row in facts.ledger(connection) if row["is_absent"]]
    return [f"Went on without: {', '.join(absent)}"] if absent else []
