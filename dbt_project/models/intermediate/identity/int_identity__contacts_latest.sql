-- The latest state of each contact of the CRM. Grain: record_key.
select *
from {{ ref('int_identity__contacts_versioned') }}
where known_until is null
