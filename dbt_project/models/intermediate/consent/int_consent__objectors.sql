-- Customers whom no model may learn from or score at an origin: profiling is not allowed. Grain: (as_of, customer_id).
{{ objectors_at(source('run', 'origin')) }}
