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
-- A struct is compared field by field: here the later instant wins and then a deny, below a deny and then the instant.
with latest as (
    select
        origin.as_of,
        said.customer_id,
        said.purpose,
        said.channel,
        max(struct_pack(decided_at := said.effective_at, is_denied := said.decision = 'deny')) as answer
    from {{ origins }} as origin
    inner join {{ decisions }} as said
        on origin.as_of >= said.effective_at and origin.known_by >= said.known_at
    inner join {{ channels }} as asked on said.purpose = asked.purpose and said.channel = asked.channel
    group by origin.as_of, said.customer_id, said.source, said.record_key, said.purpose, said.channel
),

strictest as (
    select
        as_of,
        customer_id,
        purpose,
        channel,
        max(struct_pack(is_denied := answer.is_denied, decided_at := answer.decided_at)) as answer
    from latest
    group by as_of, customer_id, purpose, channel
)

select
    origin.as_of,
    customer.customer_id,
    channel.purpose,
    channel.channel,
    coalesce(not strictest.answer.is_denied, channel.basis = 'opt_out') as is_allowed,
    case strictest.answer.is_denied when true then 'deny' when false then 'grant' end as decision,
    channel.basis,
    strictest.answer.decided_at
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

{# Customers of whom profiling is not allowed at each of `origins` (as_of, known_by). Grain: (as_of, customer_id). #}
{% macro objectors_at(origins) -%}
with profiling as (
    select *
    from {{ source('run', 'consent_channel') }}
    where purpose = 'profiling'
)

select distinct
    as_of,
    customer_id
from ({{ consent_state(origins, ref('dim_customer'), 'profiling', ref('fct_consent')) }})
where not is_allowed
{%- endmacro %}
