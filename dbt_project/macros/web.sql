{# The half hour of the clock an instant lies in, as a whole number: all events of one visitor in it are one session. #}
{% macro half_hour(instant) -%}
    {{ whole_quotient('epoch_us(' ~ instant ~ ')', 1800000000) }}
{%- endmacro %}

{# Half an hour before an instant: a session ends after 30 minutes without an event. #}
{% macro session_end_before(instant) -%}
    {{ instant }} - interval '30' minute
{%- endmacro %}

{# More events than this in the sessions a visitor began on one business day are no person's. #}
{% macro most_events_of_a_person_in_a_day() -%}
    500
{%- endmacro %}
