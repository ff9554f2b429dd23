{# What SQL engines word differently stands here, so that models read the same on another one. #}

{# The least value that so large a share of the values does not exceed; 0.5 gives the lower median. Null without a value. #}
{% macro quantile(column, share) -%}
    quantile_disc({{ column }}, {{ share }})
{%- endmacro %}

{# The value of the row that comes last by the given columns, which order rows totally. #}
{% macro last_value_by(column, columns) -%}
    arg_max({{ column }}, ({{ columns | join(', ') }}))
{%- endmacro %}

{# The value of the row that comes first by the given columns, which order rows totally. #}
{% macro first_value_by(column, columns) -%}
    arg_min({{ column }}, ({{ columns | join(', ') }}))
{%- endmacro %}

{# A whole number that is the same for rows with the same values, nulls too; good within one build only. #}
{% macro row_hash(columns) -%}
    hash({{ columns | join(', ') }})
{%- endmacro %}

{# A whole number of 63 bits made from values, the same in every build by one version of the engine: a surrogate key. #}
{% macro surrogate_of(columns) -%}
    cast({{ row_hash(columns) }} >> 1 as bigint)
{%- endmacro %}

{# A quotient of whole numbers without its fraction. #}
{% macro whole_quotient(numerator, denominator) -%}
    (({{ numerator }}) // ({{ denominator }}))
{%- endmacro %}

{# The texts of a group in one, in the order of their letters; null without any. #}
{% macro joined_texts(text) -%}
    string_agg({{ text }}, ', ' order by {{ text }})
{%- endmacro %}

{# A whole number wide enough for the product of two of 64 bits. #}
{% macro wide(number) -%}
    cast({{ number }} as hugeint)
{%- endmacro %}

{# The objects of a JSON list, a row each, with the named fields as text; one row of nothing where there is none. #}
{% macro json_rows(column, fields) -%}
    unnest({{ json_list(column, fields) }})
{%- endmacro %}

{# Which in its list each of them is, from 1; beside `json_rows` of the same column. #}
{% macro json_row_numbers(column) -%}
    generate_subscripts({{ json_list(column, ['name']) }}, 1)
{%- endmacro %}

{# Rows of a group as a JSON list of objects, in the order of the given columns; fields: SQL by name. #}
{% macro json_list_of(fields, columns) -%}
    cast(to_json(list(struct_pack(
        {%- for name, value in fields.items() %}{{ name }} := {{ value }}{% if not loop.last %}, {% endif %}{% endfor -%}
    ) order by {{ columns | join(', ') }})) as varchar)
{%- endmacro %}

{% macro json_list(column, fields) -%}
    coalesce(nullif(from_json({{ column }}, '[{{ '{' }}
        {%- for field in fields -%}"{{ field }}":"VARCHAR"{% if not loop.last %},{% endif %}{%- endfor -%}
    {{ '}' }}]'), []), [null])
{%- endmacro %}

{# A text as a number; null where it is none. #}
{% macro number_or_null(text, type) -%}
    try_cast({{ text }} as {{ type }})
{%- endmacro %}
