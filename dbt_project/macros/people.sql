{# The band of an age in whole years; null for an age nobody has. #}
{% macro age_band(age) -%}
    case
        when {{ age }} not between 0 and 120 then null
        when {{ age }} < 19 then 'under 19'
        when {{ age }} < 25 then '19-24'
        when {{ age }} < 35 then '25-34'
        when {{ age }} < 45 then '35-44'
        when {{ age }} < 55 then '45-54'
        when {{ age }} < 65 then '55-64'
        when {{ age }} >= 65 then '65+'
    end
{%- endmacro %}

{# How many of the columns are known. #}
{% macro filled(columns) -%}
    {% for column in columns -%}
        case when {{ column }} is null then 0 else 1 end{{ ' + ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{# What a provider may say of a person or an area. #}
{% macro bought_attributes() -%}
    {{ return(['income_band', 'household_size', 'home_ownership', 'employer_industry']) }}
{%- endmacro %}
