"""Every figure of the page, as SQL over the marts. Each function gives plain rows: mappings from column to value.

Money is DECIMAL in the reporting currency; shares are quotients from 0 to 1, rounded to six places, null where there
is nothing to divide by. "In 365 days" is the window of ``marts.customer_rfm``: up to as_of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

Row = dict[str, Any]


def rows_of(connection: duckdb.DuckDBPyConnection, sql: str, parameters: list[Any] | None = None) -> list[Row]:
    """The answer to ``sql`` as mappings from column to value."""
    cursor = connection.execute(sql, parameters or [])
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def night(connection: duckdb.DuckDBPyConnection) -> Row:
    """What the candidate is about: business_date, as_of (UTC), reporting_currency and the rule of being overdue."""
    return rows_of(
        connection,
        """
        select
            context.business_date,
            (select max(as_of) from work.run.origin) as as_of,
            context.reporting_currency as currency,
            context.overdue_times_median_gap,
            context.overdue_at_least_days
        from work.run.context as context
        """,
    )[0]


def headline(connection: duckdb.DuckDBPyConnection) -> Row:
    """Customers, orders and net revenue of the whole history up to as_of, and of the last 365 days."""
    return rows_of(
        connection,
        """
        with orders as (
            select * from marts.fct_order
            where ordered_at < (select max(as_of) from marts.customer_features)
        )

        select
            (select count(*) from marts.dim_customer) as customers,
            (select count(*) from marts.dim_customer where has_crm_record) as customers_with_crm_record,
            (select count(*) from marts.customer_rfm) as customers_365d,
            (select coalesce(sum(orders), 0)::bigint from marts.customer_rfm) as orders_365d,
            (select coalesce(sum(net_revenue), 0)::decimal(18, 2) from marts.customer_rfm) as net_revenue_365d,
            count(*) as orders,
            coalesce(sum(net_revenue), 0)::decimal(18, 2) as net_revenue,
            min(business_date) as first_business_date,
            max(business_date) as last_business_date
        from orders
        """,
    )[0]


def ledger(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a source's entity, required ones first; is_absent: the night went on without it."""
    return rows_of(
        connection,
        """
        select
            source, entity, is_required, is_absent, deliveries, repeated_deliveries, contents, read_rows, accepted_rows,
            quarantined_rows, duplicate_rows, lost_rows, last_business_date, zero_quantity_rows, zero_revenue_rows
        from marts.source_ledger
        order by is_required desc, source, entity
        """,
    )


def ledger_total(connection: duckdb.DuckDBPyConnection) -> Row:
    """The sums of the ledger over all sources, in rows."""
    return rows_of(
        connection,
        """
        select
            coalesce(sum(read_rows), 0)::bigint as read_rows,
            coalesce(sum(accepted_rows), 0)::bigint as accepted_rows,
            coalesce(sum(quarantined_rows), 0)::bigint as quarantined_rows,
            coalesce(sum(duplicate_rows), 0)::bigint as duplicate_rows,
            coalesce(sum(lost_rows), 0)::bigint as lost_rows,
            coalesce(sum(zero_quantity_rows), 0)::bigint as zero_quantity_rows,
            coalesce(sum(zero_revenue_rows), 0)::bigint as zero_revenue_rows
        from marts.source_ledger
        """,
    )[0]


def cleaning_log(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a thing done to the data of an entity: step, description, and to how many rows, most rows first."""
    return rows_of(
        connection,
        """
        select source, entity, step, description, rows
        from marts.cleaning_log
        order by rows desc, source, entity, step, description
        """,
    )


def event_names(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a name of a web event, with how many there are; empty when no event has arrived."""
    return rows_of(
        connection,
        "select event_name, count(*) as events from marts.fct_event "
        "group by event_name order by events desc, event_name",
    )


def gates(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row an expectation: those that did not hold first, then the graver ones."""
    return rows_of(
        connection,
        """
        select gate, table_name, expectation, severity, success, unexpected_rows, evaluated_rows, description
        from marts.gate_result
        order by
            success,
            list_position(['critical', 'warning', 'info'], severity) nulls last,
            gate, table_name, expectation
        """,
    )


def gate_counts(connection: duckdb.DuckDBPyConnection) -> Row:
    """How many expectations there are and how many did not hold, by severity."""
    return rows_of(
        connection,
        """
        select
            count(*) as expectations,
            count(*) filter (where success) as held,
            count(*) filter (where not success and severity = 'critical') as critical,
            count(*) filter (where not success and severity = 'warning') as warnings,
            count(*) filter (where not success and severity = 'info') as notes
        from marts.gate_result
        """,
    )[0]


def gates_by_name(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a gate in the order of the night: how many expectations it has and how many hold."""
    return rows_of(
        connection,
        """
        select gate, count(*) as expectations, count(*) filter (where success) as held
        from marts.gate_result
        group by gate
        order by list_position(['landed', 'profile', 'scores', 'segments'], gate) nulls last, gate
        """,
    )


def rfm_segments(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a name of RFM with members, most revenue in 365 days first."""
    return rows_of(
        connection,
        """
        select
            rfm_segment,
            count(*) as customers,
            round(count(*) / nullif(sum(count(*)) over (), 0), 6) as customer_share,
            sum(net_revenue)::decimal(18, 2) as net_revenue,
            round(sum(net_revenue) / nullif(sum(sum(net_revenue)) over (), 0), 6)::double as revenue_share
        from marts.customer_rfm
        group by rfm_segment
        order by net_revenue desc, rfm_segment
        """,
    )


def rfm_names(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a name of RFM in the order in which the rules are tried: bounds of r, f, m, and the bounds in time."""
    return rows_of(
        connection,
        """
        select
            rfm_segment, r_min, r_max, f_min, f_max, m_min, m_max, first_order_max_days, is_overdue, description
        from work.run.rfm_name
        order by priority
        """,
    )


def rfm_cut_offs(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a measure (r, f, m) and score: the least and greatest amount that got it, and how many customers."""
    return rows_of(
        connection,
        """
        select measure, score, lower_bound, upper_bound, customers
        from marts.rfm_cut_off
        order by list_position(['r', 'f', 'm'], measure), score desc
        """,
    )


def segments(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """One row a segment, most revenue in 365 days first.

    The typical customer is the (lower) median over members with an order in 365 days; null when there is none.
    """
    return rows_of(
        connection,
        """
        select
            segment.segment_id,
            segment.name,
            segment.kind,
            segment.rule,
            segment.description,
            count(member.customer_id) as customers,
            count(rfm.customer_id) as buyers_365d,
            coalesce(sum(rfm.net_revenue), 0)::decimal(18, 2) as net_revenue_365d,
            round(
                coalesce(sum(rfm.net_revenue), 0) / nullif((select sum(net_revenue) from marts.customer_rfm), 0), 6
            )::double as revenue_share,
            quantile_disc(rfm.days_since_last_order, 0.5) as median_days_since_last_order,
            quantile_disc(rfm.orders, 0.5) as median_orders_365d,
            quantile_disc(rfm.net_revenue, 0.5) as median_net_revenue_365d
        from marts.dim_segment as segment
        left join marts.segment_membership as member on segment.segment_id = member.segment_id
        left join marts.customer_rfm as rfm on member.customer_id = rfm.customer_id
        group by segment.segment_id, segment.name, segment.kind, segment.rule, segment.description
        order by net_revenue_365d desc, segment.segment_id
        """,
    )


def overlaps(connection: duckdb.DuckDBPyConnection, most: int = 3) -> list[Row]:
    """For each segment the ``most`` other segments that hold the greatest part of its members."""
    return rows_of(
        connection,
        """
        with shared as (
            select one.segment_id, other.segment_id as other_id, count(*) as customers
            from marts.segment_membership as one
            inner join marts.segment_membership as other
                on one.customer_id = other.customer_id and one.segment_id != other.segment_id
            group by one.segment_id, other.segment_id
        ),

        sizes as (select segment_id, count(*) as customers from marts.segment_membership group by segment_id)

        select
            shared.segment_id,
            shared.other_id,
            other.name as other_name,
            shared.customers,
            round(shared.customers / sizes.customers, 6) as share
        from shared
        inner join sizes on shared.segment_id = sizes.segment_id
        inner join marts.dim_segment as other on shared.other_id = other.segment_id
        qualify row_number() over (
            partition by shared.segment_id order by shared.customers desc, shared.other_id
        ) <= ?
        order by shared.segment_id, shared.customers desc, shared.other_id
        """,
        [most],
    )
