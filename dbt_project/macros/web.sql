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

{# Keeps of events those a night builds sessions from again: of touched visitors, from a first instant on. Where all is
   built, every event is one. #}
{% macro of_touched_visitors(events) -%}
    {% if not execute or starts_from_publication() -%}
        inner join {{ ref('int_web__visitors_touched') }} as touched
            on {{ events }}.visitor_id = touched.visitor_id and {{ events }}.event_at >= touched.from_at
    {%- endif %}
{%- endmacro %}

{# Takes the sessions of touched visitors out of the mart, from that instant on. #}
{% macro forget_sessions_of_touched_visitors() -%}
    {% if not execute or starts_from_publication() -%}
        delete from {{ this }} as session
        using {{ ref('int_web__visitors_touched') }} as touched
        where session.visitor_id = touched.visitor_id and session.started_at >= touched.from_at
    {%- endif %}
{%- endmacro %}

{# Lets rows of a mart that were not built again follow who a record of the source stands for today. #}
{% macro follow_customers(key) -%}
    {% if not execute or starts_from_publication() -%}
        update {{ this }} as kept
        set customer_id = today.customer_id
        from (
            select fact.{{ key }}, record.customer_id
            from {{ this }} as fact
            left join {{ source('resolve', 'customer_record') }} as record
                on record.source = 'web' and fact.record_key = record.record_key
            where fact.customer_id is distinct from record.customer_id
        ) as today
        where kept.{{ key }} = today.{{ key }}
    {%- endif %}
{%- endmacro %}

{# The number that stands for a user of an export in sessions: negative, so that it is no account number of the site. #}
{% macro user_number(record_key) -%}
    -{{ surrogate_of([record_key]) }}
{%- endmacro %}

{# Whether an event tells of an order: that it was placed, or what became of it. #}
{% macro is_about_an_order(event_name) -%}
    {{ event_name }} in ('Order Completed', 'Order Updated', 'Order Cancelled', 'Order Refunded')
{%- endmacro %}

{# What a source calls a thing, of a key that carries its source in front. #}
{% macro number_of_source(key) -%}
    substr({{ key }}, strpos({{ key }}, ':') + 1)
{%- endmacro %}

{# An order number without the sign some systems put in front of it. #}
{% macro plain_number(number) -%}
    ltrim({{ number }}, '#')
{%- endmacro %}

{# Whether an event is about what a visitor has in the cart: these make a cart where an export has no number of one. #}
{% macro is_about_a_cart(event_name) -%}
    {{ event_name }} in ('Product Added', 'Product Removed', 'Cart Viewed', 'Checkout Started', 'Order Completed')
{%- endmacro %}
