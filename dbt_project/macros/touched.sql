{# Whether this night adds to a copy of the publication in front: then only what was touched since is built anew. #}
{% macro starts_from_publication() -%}
    {{ return(flags.WHICH in ('run', 'build') and not flags.FULL_REFRESH) }}
{%- endmacro %}

{# Whether a row belongs to something touched since, named by a column of the same name in the model `touched`; where all
   is built, every row does. While dbt reads the project the reference is always there, so that the order is known. #}
{% macro is_touched(column, touched) -%}
    {% if not execute or starts_from_publication() -%}
        {{ column }} in (select {{ column.split('.')[-1] }} from {{ ref(touched) }})
    {%- else -%}
        true
    {%- endif %}
{%- endmacro %}

{# Takes what was touched since out of a mart, before its rows are added as they are now. #}
{% macro forget_touched(column, touched) -%}
    {% if not execute or starts_from_publication() -%}
        delete from {{ this }} where {{ is_touched(column, touched) }}
    {%- endif %}
{%- endmacro %}

{# The model with the rows to build from: that of the touched ones, or where all is built the one with every row. #}
{% macro touched_or_all(touched, all) -%}
    {% if not execute %}{% do ref(all) %}{% endif -%}
    {{ ref(touched if not execute or starts_from_publication() else all) }}
{%- endmacro %}
