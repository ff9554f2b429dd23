{{ surviving_values(
    ref('int_profile__attributes_offered'), source('run', 'survivorship'), source('run', 'survivorship_source')
) }}
