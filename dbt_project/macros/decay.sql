{# The sum of whole amounts that halve every so many days, an amount of today weighing one. Weights are whole parts of
   one, so the sum is over integers and comes out the same in any order. #}
{% macro halved_sum(amount, days_before, half_life_days, parts) -%}
    sum({{ amount }} * cast(round({{ parts }} * pow(0.5, {{ days_before }} / {{ half_life_days }}.0)) as bigint))
{%- endmacro %}
