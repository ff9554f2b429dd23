-- The latest state of each contact. Grain: source, record_key.
select *
from {{ ref('int_identity__contacts_versioned') }}
where known_until is null
