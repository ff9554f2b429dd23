-- Customers from whom no model of moments may learn at the beginning of a period: profiling is not allowed, as
-- int_consent__objectors says of origins. Grain: (as_of, customer_id).
{{ objectors_at(source('run', 'period')) }}
