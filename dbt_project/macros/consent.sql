{# What an answer of an export says: grant, deny, or null where it says neither. #}
{% macro consent_decision(answer) -%}
    case lower(trim({{ answer }})) when 'yes' then 'grant' when 'no' then 'deny' end
{%- endmacro %}

{# What holds for each of `customers`, at each of `origins` (as_of, known_by), on each of `channels` (purpose, channel,
   basis), by `decisions` (customer_id, source, record_key, purpose, channel, decision, effective_at, known_at). Of each
   record the latest decision counts that had taken effect by as_of and was known by known_by; of those of one instant a
   deny. Of a customer's records the strictest explicit decision wins; where there is none, the basis says what silence
   means. Its twin is regulars.privacy.consent. Grain: (as_of, customer_id, purpose, channel). #}
{% macro consent_state(origins, customers, channels, decisions) -%}
with latest as (
    select origin.as_of, said.customer_id, said.purpose, said.channel, said.decision, said.effective_at
    from {{ origins }} as origin
    inner join {{ decisions }} as said
        on origin.as_of >= said.effective_at and origin.known_by >= said.known_at
    -- By the alphabet deny comes before grant.
    qualify row_number() over (
        partition by origin.as_of, said.source, said.record_key, said.purpose, said.channel
        order by said.effective_at desc, said.decision asc
    ) = 1
),

strictest as (
    select *
    from latest
    qualify row_number() over (
        partition by as_of, customer_id, purpose, channel order by decision asc, effective_at desc
    ) = 1
)

select
    origin.as_of,
    customer.customer_id,
    channel.purpose,
    channel.channel,
    coalesce(strictest.decision = 'grant', channel.basis = 'opt_out') as is_allowed,
    strictest.decision,
    channel.basis,
    strictest.effective_at as decided_at
from (select distinct as_of from {{ origins }}) as origin
cross join {{ customers }} as customer
cross join {{ channels }} as channel
left join strictest
    on
        origin.as_of = strictest.as_of
        and customer.customer_id = strictest.customer_id
        and channel.purpose = strictest.purpose
        and channel.channel = strictest.channel
{%- endmacro %}
