select
    model,
    version,
    what,
    name,
    measure,
    figure,
    expected,
    warn_at,
    alarm_at,
    state,
    is_break,
    nights,
    rows,
    because,
    as_of
from {{ source('score', 'drift') }}
