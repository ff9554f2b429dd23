-- Records of people with planted second records, in columns of `conf/identity/people.yml`, and which person each is of.
-- $persons people, 8 in 100 of them with a second record: with slips, gaps, and another address for some.
create macro share(person, kind) as hash(person * 64 + kind) / 18446744073709551616.0;
create macro one_of(person, kind, many) as floor(pow(share(person, kind), 2.5) * many)::bigint;
create macro word(number) as list_aggregate(
    list_transform(
        range(4),
        lambda place:
            ['ba', 'ko', 'mi', 'ru', 'sen', 'ta', 'lo', 'vi', 'ne', 'ga', 'fer', 'du', 'pa', 'ti', 'ho', 'mar', 'ze', 'ni', 'lu', 'ke']
            [1 + (number // pow(20, place)::bigint) % 20]
    ),
    'string_agg', ''
);
create macro slipped(text, drawn) as concat(left(text, 1 + drawn % 4), substr(text, 3 + drawn % 4));

create table person as
select
    person,
    word(one_of(person, 1, 2000) * 7) as first_name,
    word(one_of(person, 2, 60000) * 3) as last_name,
    date '1935-01-01' + (share(person, 3) * 26000)::integer as birth_date,
    word(one_of(person, 4, 30000) * 5) || ' street' as street,
    1 + (share(person, 5) * 150)::integer as house_number,
    10000 + one_of(person, 6, 40000) as postcode,
    155000000 + person as phone
from (select unnest(range($persons)) as person);

create table record as
select person, 1 as copy, first_name, last_name, birth_date, street, house_number, postcode, phone::varchar as phone,
    lower(concat(first_name, '.', last_name, person % 9973, '@example.org')) as email
from person
union all by name
select
    person,
    2 as copy,
    if(share(person, 11) < 0.2, slipped(first_name, person), first_name) as first_name,
    if(share(person, 12) < 0.3, slipped(last_name, person), last_name) as last_name,
    if(share(person, 13) < 0.1, birth_date + 10, birth_date) as birth_date,
    if(share(person, 14) < 0.3, word(one_of(person, 15, 30000) * 5) || ' street', street) as street,
    if(share(person, 14) < 0.3, 7, house_number) as house_number,
    if(share(person, 14) < 0.3, 10000 + one_of(person, 16, 40000), postcode) as postcode,
    if(share(person, 17) < 0.4, null, phone::varchar) as phone,
    if(share(person, 18) < 0.5, null, lower(concat(first_name, '.', last_name, person % 9973, '@example.org'))) as email
from person
where share(person, 10) < 0.08;
