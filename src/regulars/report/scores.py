"""Every figure of the page that speaks of models, as SQL over the marts: who to call, what is in use, how good it is.

A probability is of not ordering within the horizon, an amount is net revenue within it; both start at as_of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars.report.facts import Row, rows_of

if TYPE_CHECKING:
    import duckdb

WORTH_A_CALL = "worth_a_call"
"""The one definition of who is of high value and likely to leave: this file of conf/segments."""


def worth_a_call(connection: duckdb.DuckDBPyConnection) -> Row | None:
    """The segment of customers worth a call: rule, size and net revenue in 365 days; None when it is not defined."""
    found = rows_of(
        connection,
        """
        select
            segment.segment_id,
            segment.name,
            segment.rule,
            count(member.customer_id) as customers,
            coalesce(sum(rfm.net_revenue), 0)::decimal(18, 2) as net_revenue_365d
        from marts.dim_segment as segment
        left join marts.segment_membership as member on segment.segment_id = member.segment_id
        left join marts.customer_rfm as rfm on member.customer_id = rfm.customer_id
        where segment.segment_id = ?
        group by segment.segment_id, segment.name, segment.rule
        """,
        [WORTH_A_CALL],
    )
    return found[0] if found else None


def first_calls(connection: duckdb.DuckDBPyConnection, most: int = 10) -> list[Row]:
    """The members worth a call with the greatest expected net revenue; null where a customer has no such score."""
    return rows_of(
        connection,
        """
        select
            member.customer_id,
            ltv.amount as expected_net_revenue,
            churn.probability as churn_probability,
            churn.reason_1 as churn_reason,
            rfm.days_since_last_order,
            rfm.orders as orders_365d,
            rfm.net_revenue as net_revenue_365d
        from marts.segment_membership as member
        left join marts.customer_rfm as rfm on member.customer_id = rfm.customer_id
        left join marts.customer_score as churn on member.customer_id = churn.customer_id and churn.model = 'churn'
        left join marts.customer_score as ltv on member.customer_id = ltv.customer_id and ltv.model = 'ltv'
        where member.segment_id = ?
        order by ltv.amount desc nulls last, rfm.net_revenue desc nulls last, member.customer_id
        limit ?
        """,
        [WORTH_A_CALL, most],
    )


def scorers_in_use(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a model: which version scored how many customers over which horizon, whether the baseline, and why."""
    return rows_of(
        connection,
        """
        select model, version, horizon_days, is_baseline, baseline_reason, count(*) as customers
        from marts.customer_score
        group by model, version, horizon_days, is_baseline, baseline_reason
        order by model, version
        """,
    )


def quality(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a model and metric of the champion's trial, its value beside the baseline's; null where not measured."""
    return rows_of(
        connection,
        """
        select
            model,
            metric,
            max(value) filter (where scorer = 'model') as model_value,
            max(value) filter (where scorer = 'baseline') as baseline_value,
            max(origin) as origin,
            max(horizon_days) as horizon_days,
            max(rows) as customers
        from marts.model_quality
        where basis = 'trial'
        group by model, metric
        order by model, metric
        """,
    )


def lift(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a model, scorer and tenth of its score, 10 first: means of what was predicted and of what happened.

    ``caught`` is the part of all that happened (customers who left, revenue) that fell into this tenth.
    """
    return rows_of(
        connection,
        """
        select
            model,
            scorer,
            decile,
            customers,
            predicted,
            actual,
            lift,
            round(
                customers * actual / nullif(sum(customers * actual) over (partition by model, scorer), 0), 4
            ) as caught
        from marts.model_lift
        order by model, scorer desc, decile desc
        """,
    )


def live(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a model, metric and night whose horizon has passed: what the scores published then were worth."""
    return rows_of(
        connection,
        """
        select model, metric, origin, version, scorer, value, horizon_days, rows as customers
        from marts.model_quality
        where basis = 'live'
        order by model, origin, metric
        """,
    )


def precision_recall(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a model, scorer and tenth, 10 first: take the customers of this tenth and of all higher ones.

    ``recall`` is the part of all that happened which they hold; ``precision`` the mean of what happened among them.
    """
    return rows_of(
        connection,
        """
        select
            model,
            scorer,
            decile,
            round(sum(happened) over higher / nullif(sum(happened) over everybody, 0), 4) as recall,
            round(sum(happened) over higher / nullif(sum(customers) over higher, 0), 4) as precision
        from (select *, customers * actual as happened from marts.model_lift) as tenth
        window
            everybody as (partition by model, scorer),
            higher as (partition by model, scorer order by decile desc)
        order by model, scorer desc, decile desc
        """,
    )
