{# How engaged somebody is on the site, 0 to 100: up to 40 points for a visit lately (all of them today, none from the
   28th day on), up to 30 for depth (a product looked at is one, one put into a cart three), up to 30 for breadth (six for
   each category looked at). Whole numbers throughout. Null where the days are: no visit is known. #}
{% macro engagement_score(days_since_last_session, product_views_28d, cart_additions_28d, categories_viewed_28d) -%}
    case
        when {{ days_since_last_session }} is not null
            then
                {{ whole_quotient('40 * (28 - least(' ~ days_since_last_session ~ ', 28))', 28) }}
                + least(30, {{ product_views_28d }} + 3 * {{ cart_additions_28d }})
                + least(30, 6 * {{ categories_viewed_28d }})
    end
{%- endmacro %}

{# By what a visit came: a campaign, another site, or by itself. #}
{% macro visit_origin(campaign, referrer_host) -%}
    case
        when {{ campaign }} is not null then 'campaign'
        when {{ referrer_host }} is not null then 'referral'
        else 'direct'
    end
{%- endmacro %}
