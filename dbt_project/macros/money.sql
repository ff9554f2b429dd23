{# Money as every table keeps it. #}
{% macro money(amount) -%}
    cast({{ amount }} as decimal(18, 2))
{%- endmacro %}

{# Money as a whole number of cents: what quotients and weights are taken of. #}
{% macro cents(amount) -%}
    cast(({{ amount }}) * 100 as bigint)
{%- endmacro %}

{# A last quotient of whole numbers, rounded to a declared scale; null when there is nothing to divide by. #}
{% macro quotient(numerator, denominator, scale=6) -%}
    round(cast({{ numerator }} as double) / nullif({{ denominator }}, 0), {{ scale }})
{%- endmacro %}

{# Whole cents as money. #}
{% macro from_cents(amount) -%}
    cast(cast({{ amount }} as decimal(18, 0)) * 0.01 as decimal(18, 2))
{%- endmacro %}
