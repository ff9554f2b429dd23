-- Carts a night builds again: those with an event touched, and those that were open: time alone makes them abandoned.
select cart_id
from {{ ref('int_web__interactions_touched') }}
where cart_id is not null
union
select cart_id
from {{ source('base', 'cart') }}
where order_id is null and not is_abandoned
