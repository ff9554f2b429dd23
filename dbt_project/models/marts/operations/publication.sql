-- Empty until the publication is finished, which writes its one row.
select
    cast(null as varchar) as publication_id,
    cast(null as timestamp) as as_of,
    cast(null as date) as business_date,
    cast(null as varchar) as content_hash,
    cast(null as varchar) as code_version,
    cast(null as timestamp) as built_at,
    cast(null as varchar) as world,
    cast(null as boolean) as is_simulated
where false
