{# Which value of a customer's records the profile shows, at every time.

   `offered`: what a record says of an attribute from known_from until known_until (null: still). Columns: customer_id,
   attribute, value, entity, record_key, said_at, filled (how many attributes the record knows), is_valid, known_from,
   known_until. A value that is not known is not offered. `rules` and `sources`: conf/survivorship, an attribute's
   criteria as criterion_1 to criterion_4, and the place of each entity.

   Gives a row a customer, attribute and stretch of time: from the first value on without a gap, and without overlap;
   value is null while no record says one, valid_to is null in what holds now. decided_by: the first criterion by which
   the record that won differs from the next one. Where all criteria are even, the entity's place decides and then the
   least record_key. A function of its rows alone, so that records which part again are as before. What is offered is
   ranked once and joined to each instant by number: a customer of n records has n * n such pairs.

   Resolve renders this for what stands in personal/ (regulars.resolve.golden_contacts), so it calls no other macro. #}
{% macro surviving_values(offered, rules, sources) -%}
with instant as (
    select customer_id, attribute, known_from as valid_from
    from {{ offered }}
    union
    select customer_id, attribute, known_until as valid_from
    from {{ offered }}
    where known_until is not null
),

ranked as (
    select
        offered.*,
        coalesce(place.place, 1000) as place,
        {% for number in range(1, 5) -%}
        rule.criterion_{{ number }},
        case rule.criterion_{{ number }}
            when 'source' then -coalesce(place.place, 1000)
            when 'recency' then epoch_us(offered.said_at)
            when 'completeness' then offered.filled
            when 'validity' then case when offered.is_valid then 1 else 0 end
        end as standing_{{ number }},
        {% endfor -%}
        row_number() over (
            partition by offered.customer_id, offered.attribute
            order by
                standing_1 desc, standing_2 desc, standing_3 desc, standing_4 desc,
                coalesce(place.place, 1000) asc, offered.record_key asc, offered.said_at desc, offered.known_from asc
        ) as rank
    from {{ offered }} as offered
    left join {{ rules }} as rule on offered.attribute = rule.attribute
    left join {{ sources }} as place on offered.entity = place.entity
),

best as (
    select
        instant.customer_id,
        instant.attribute,
        instant.valid_from,
        min(ranked.rank, 2) as ranks
    from instant
    left join ranked
        on
            instant.customer_id = ranked.customer_id
            and instant.attribute = ranked.attribute
            and instant.valid_from >= ranked.known_from
            and (ranked.known_until is null or instant.valid_from < ranked.known_until)
    group by instant.customer_id, instant.attribute, instant.valid_from
),

decided as (
    select
        best.customer_id,
        best.attribute,
        best.valid_from,
        winner.value,
        winner.entity,
        winner.record_key,
        winner.said_at,
        case
            when winner.record_key is null then null
            when next.record_key is null then 'only record'
            {% for number in range(1, 5) -%}
            when winner.standing_{{ number }} > next.standing_{{ number }} then winner.criterion_{{ number }}
            {% endfor -%}
            when winner.place < next.place then 'source'
            else 'first record'
        end as decided_by
    from best
    left join ranked as winner
        on
            best.customer_id = winner.customer_id
            and best.attribute = winner.attribute
            and best.ranks[1] = winner.rank
    left join ranked as next
        on
            best.customer_id = next.customer_id
            and best.attribute = next.attribute
            and best.ranks[2] = next.rank
),

changed as (
    select *
    from decided
    window in_turn as (partition by customer_id, attribute order by valid_from asc)
    qualify
        row_number() over in_turn = 1
        or value is distinct from lag(value) over in_turn
        or entity is distinct from lag(entity) over in_turn
        or record_key is distinct from lag(record_key) over in_turn
        or decided_by is distinct from lag(decided_by) over in_turn
)

select
    customer_id,
    attribute,
    valid_from,
    lead(valid_from) over (partition by customer_id, attribute order by valid_from asc) as valid_to,
    value,
    entity,
    record_key,
    said_at,
    decided_by
from changed
{%- endmacro %}
