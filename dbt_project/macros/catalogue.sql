{# Whether a product is sold under a label of the house itself. #}
{% macro is_private_label(brand) -%}
    {{ brand }} = 'Private'
{%- endmacro %}

{# Whether a product is motor fuel: the till books part of it as MISCELLANEOUS. #}
{% macro is_fuel(department) -%}
    {{ department }} in ('FUEL', 'MISCELLANEOUS')
{%- endmacro %}
