{# The last instant whose deliveries this build may know, UTC. #}
{% macro known_by() -%}
    (select max(known_by) from {{ source('run', 'origin') }})
{%- endmacro %}

{# The business day of an instant in UTC, in the world's zone. #}
{% macro business_day(instant) -%}
    cast({{ business_time(instant) }} as date)
{%- endmacro %}

{# The time the clocks of the business show at an instant. #}
{% macro business_time(instant) -%}
    timezone((select business_zone from {{ source('run', 'context') }}), timezone('UTC', {{ instant }}))
{%- endmacro %}

{# The first instant of a business day, as UTC. #}
{% macro business_day_start(day) -%}
    timezone('UTC', timezone((select business_zone from {{ source('run', 'context') }}), cast({{ day }} as timestamp)))
{%- endmacro %}

{# Whole days from one instant to a later one: floor(seconds / 86400). #}
{% macro whole_days_between(earlier, later) -%}
    cast(floor((epoch_us({{ later }}) - epoch_us({{ earlier }})) / 86400000000) as integer)
{%- endmacro %}

{# The later of two instants, the earlier of two: the other one where one is null. #}
{% macro later(one, other) -%}
    greatest(coalesce({{ one }}, {{ other }}), coalesce({{ other }}, {{ one }}))
{%- endmacro %}

{% macro earlier(one, other) -%}
    least(coalesce({{ one }}, {{ other }}), coalesce({{ other }}, {{ one }}))
{%- endmacro %}

{# The years from one to another, both of them, one row each. #}
{% macro years_between(first_year, last_year) -%}
    (select unnest(generate_series({{ first_year }}, {{ last_year }})) as year)
{%- endmacro %}

{# The first instant of a year in the world's zone, as UTC. #}
{% macro business_year_start(year) -%}
    {{ business_day_start('make_date(cast(' ~ year ~ ' as integer), 1, 1)') }}
{%- endmacro %}

{# The hour of the business day of an instant in UTC, in the world's zone: 0 to 23. #}
{% macro business_hour(instant) -%}
    hour(timezone((select business_zone from {{ source('run', 'context') }}), timezone('UTC', {{ instant }})))
{%- endmacro %}

{# Whole seconds from one instant to a later one. #}
{% macro whole_seconds_between(earlier, later) -%}
    {{ whole_quotient('epoch_us(' ~ later ~ ') - epoch_us(' ~ earlier ~ ')', 1000000) }}
{%- endmacro %}
