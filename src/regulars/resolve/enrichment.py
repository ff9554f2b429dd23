"""Whom bought data speak of: rows of a provider and customers with the same identifier, both written in one way.

A provider delivers identifiers as they are or as their SHA-256 in hexadecimal digits, as most do, so that it need not
be told who the customers are. What identifies a person and belongs to several customers joins none of them; an area
joins everybody in it. Identifiers stay in ``personal/`` and in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.config import Home, World
from regulars.errors import UsageError, did_you_mean
from regulars.resolve.cluster import ROW, write_people
from regulars.resolve.people_of_night import people_of_night
from regulars.resolve.rules import PeopleRules, load_people_rules
from regulars.sources import SourceEntity, load_entities
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_OF_AN_AREA = {"country", "region", "city", "postcode"}
_HASH = "regexp_full_match(lower(trim({0})), '[0-9a-f]{{64}}')"
_ISO_COUNTRY = "coalesce((select alpha_2 from country_name where name = lower(trim(country))), country) as country"

_PEOPLE = """(
    select described.*, record.customer_id
    from work.intermediate.int_identity__people_described as described
    join (select distinct record_key, customer_id from work.resolve.customer_record) as record using (record_key)
    where is_latest
)"""
"""The latest row that says who a record's person is, with its customer."""


def write_enriched_rows(night: duckdb.DuckDBPyConnection, home: Home, world: World) -> int:
    """The table ``work.resolve.enriched_row`` of a candidate: entity, content_sha256 and source_line of a row,
    matched_by (roles) and customer_id; null: the identifier is that of several customers. A row that joins nobody is
    not in it. Gives how many rows joined somebody.

    ``night``: the candidate, with ``work.resolve.customer_record`` and the temporary table registry. The first
    identifier of a contract that joins counts. The same rows and records give the same table. Raises UsageError for a
    role that no source says of anybody.
    """
    night.execute(
        "create or replace table work.resolve.enriched_row (entity varchar, content_sha256 varchar, "
        "source_line bigint, matched_by varchar, customer_id bigint)"
    )
    bought = [(entity, found.by) for entity in load_entities(world) if (found := entity.enriches)]
    told = [(by, rows) for entity, by in bought if (rows := _delivered(night, home, entity, by))]
    if told:
        _match(night, home, told)
    (joined,) = night.execute(
        "select count(distinct (entity, content_sha256, source_line)) from work.resolve.enriched_row "
        "where customer_id is not null"
    ).fetchall()[0]
    return int(joined)


def _delivered(
    night: duckdb.DuckDBPyConnection, home: Home, entity: SourceEntity, by: Sequence[dict[str, str]]
) -> pa.Table | None:
    """Every row of ``entity`` with its identifiers by role; None where nothing was delivered."""
    contents = night.execute(f"select distinct _content from work.landed.{entity.name} order by 1").fetchall()
    if not contents:
        return None
    personal = {column.name for column in entity.personal_columns}
    columns = ", ".join(
        f"{'personal' if column in personal else 'landed'}.{column}::varchar as {role}"
        for identifier in by
        for role, column in identifier.items()
    )
    files = ", ".join(quoted(entity.personal_rows(home, sha256)) for (sha256,) in contents)
    beside = f"join read_parquet([{files}], union_by_name = true) as personal using (_content, _line)"
    return night.sql(
        f"select row_number() over (order by _content, _line) as {ROW}, {quoted(entity.name)} as entity, "
        f"_content as content_sha256, _line as source_line, {columns} "
        f"from work.landed.{entity.name} as landed {beside if personal else ''}"
    ).to_arrow_table()


def _match(
    night: duckdb.DuckDBPyConnection, home: Home, told: Sequence[tuple[Sequence[dict[str, str]], pa.Table]]
) -> None:
    rules = load_people_rules()
    # A telephone number is read by its country.
    roles = sorted({"country", *(role for by, _ in told for identifier in by for role in identifier)})
    people = people_of_night(night, home, rules, _PEOPLE, "asked.customer_id").rename_columns({"unique_id": ROW})
    for role in roles:
        if role not in people.column_names:
            raise UsageError(
                f"Bought rows are to join by '{role}', which no source says of a customer",
                where="enriches in a contract of conf/sources",
                next_step=did_you_mean(role, people.column_names[1:]),
            )
    countries = night.sql("select name, alpha_2 from work.staging.country_name").to_arrow_table()
    with warehouse.memory(spill=home.personal) as connection:
        connection.register("country_name", countries)
        _write_hashes(connection, people.select([ROW, *roles]), rules, "customer")
        for by, rows in told:
            mine = [role for identifier in by for role in identifier]
            _write_hashes(connection, rows.select([ROW, *mine]), rules, "named")
            _keep_given_hashes(connection, rows, mine)
            night.register("found", _found(connection, rows, [list(identifier) for identifier in by]))
            night.execute("insert into work.resolve.enriched_row from found")
            night.unregister("found")


def _write_hashes(connection: duckdb.DuckDBPyConnection, rows: pa.Table, rules: PeopleRules, name: str) -> None:
    """The table ``name``: unique_id, and of each role the SHA-256 of its value written in one way."""
    roles = rows.column_names[1:]
    connection.register("read", rows)
    # What is a hash already is no telephone number.
    plain = [f"case when not {_HASH.format(role)} then {role} end as {role}" for role in roles if role != "country"]
    plain += [_ISO_COUNTRY] if "country" in roles else []
    connection.execute(f"create or replace temp table plain as select {ROW}, {', '.join(plain)} from read")
    connection.unregister("read")
    write_people(connection, "plain", {role: role for role in roles}, rules)
    hashed = ", ".join(f"sha256({role}) as {role}" for role in roles)
    connection.execute(f"create or replace temp table {name} as select unique_id, {hashed} from person")


def _keep_given_hashes(connection: duckdb.DuckDBPyConnection, rows: pa.Table, roles: Sequence[str]) -> None:
    """Put what was delivered as a hash into the table named."""
    connection.register("delivered", rows)
    for role in roles:
        connection.execute(
            f"update named set {role} = lower(trim(delivered.{role})) from delivered "
            f"where named.unique_id = delivered.{ROW} and {_HASH.format(f'delivered.{role}')}"
        )
    connection.unregister("delivered")


def _found(connection: duckdb.DuckDBPyConnection, rows: pa.Table, identifiers: list[list[str]]) -> pa.Table:
    """Of each row what joins it: by the first identifier that is of one customer, or of an area."""
    joined = " union all ".join(
        f"select named.unique_id, {place} as place, {quoted(' and '.join(one))} as matched_by, customer.unique_id as "
        f"customer_id, {'true' if set(one) <= _OF_AN_AREA else 'false'} as is_area from named join "
        f"(select distinct unique_id, {', '.join(one)} from customer) as customer using ({', '.join(one)})"
        for place, one in enumerate(identifiers)
    )
    connection.register("delivered", rows)
    found = connection.sql(
        f"""
        with counted as (
            select *, is_area or count(*) over (partition by unique_id, place) = 1 as is_sure from ({joined})
        ),
        chosen as (
            select *, row_number() over (partition by unique_id order by is_sure desc, place, customer_id) as turn,
                dense_rank() over (partition by unique_id order by is_sure desc, place) as best
            from counted
        )
        select entity, content_sha256, source_line, matched_by, case when is_sure then customer_id end as customer_id
        from chosen join delivered on delivered.{ROW} = chosen.unique_id
        where best = 1 and (is_sure or turn = 1)
        order by all
        """
    ).to_arrow_table()
    connection.unregister("delivered")
    return found
