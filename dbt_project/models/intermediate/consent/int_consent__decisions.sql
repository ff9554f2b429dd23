-- Every decision that exports tell of, once, from when it was first known, under the policy of its day. Who repeats it
-- decides nothing new. Grain: (source, record_key, purpose, channel, decision, effective_at).
with said as (
    select
        source,
        record_key,
        purpose,
        channel,
        {{ consent_decision('answer') }} as decision,
        effective_at,
        min(known_at) as known_at
    from {{ source('landed', 'consent_answer') }}
    where known_at <= {{ known_by() }} and {{ consent_decision('answer') }} is not null
    group by all
)

select
    said.source,
    said.record_key,
    said.purpose,
    said.channel,
    said.decision,
    said.effective_at,
    said.known_at,
    policy.policy_version,
    channel.jurisdiction
from said
inner join {{ source('run', 'consent_channel') }} as channel
    on said.purpose = channel.purpose and said.channel = channel.channel
left join {{ source('run', 'consent_policy') }} as policy
    on
        said.purpose = policy.purpose
        and said.channel = policy.channel
        and said.effective_at >= policy.valid_from
        and (policy.valid_until is null or said.effective_at < policy.valid_until)
