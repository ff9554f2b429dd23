-- A contact of an export, in every version that was delivered; its key carries its source.
select
    _source as source,
    _entity as entity,
    concat(_source, ':', contact_ref) as record_key,
    city,
    country,
    coalesce(is_test = 'yes', false) as is_test,
    _known_at as known_at,
    _content as content_sha256,
    _line as source_line,
    _is_replaced as is_replaced,
    _is_changed as is_changed
from {{ source('landed', 'export__contact') }}
where _known_at <= {{ known_by() }}
