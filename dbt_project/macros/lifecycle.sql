{# Overdue: no order for a multiple of the usual gap, and for at least so many days (conf/rfm). An unknown gap counts as none. #}
{% macro is_overdue(days_since_last_order, usual_gap_days, context) -%}
    {{ days_since_last_order }} > greatest(
        {{ context }}.overdue_at_least_days, {{ context }}.overdue_times_median_gap * coalesce({{ usual_gap_days }}, 0)
    )
{%- endmacro %}

{# Where a customer stands; the first that holds. Dormant: silent for twice the usual gap and at least 28 days. #}
{% macro lifecycle_stage(tenure_days, days_since_last_order, usual_gap_days, context) -%}
    case
        when {{ tenure_days }} is null then 'prospect'
        when {{ tenure_days }} <= 90 then 'new'
        when {{ is_overdue(days_since_last_order, usual_gap_days, context) }} then 'churned'
        when {{ days_since_last_order }} > greatest(28, 2 * coalesce({{ usual_gap_days }}, 0)) then 'dormant'
        else 'active'
    end
{%- endmacro %}
