"""The golden contact record of each customer: the name, e-mail, telephone number and address that hold of all its
records, each with the record it comes from and why, and what they were before.

Direct identifiers, so it stands in ``personal/`` alone: a file a night, ``golden/<business_date>.parquet``, of the
columns and the meaning of the mart ``customer_attribute_version``. What holds now is where valid_to is null. The rules
are those of `conf/survivorship`, applied by the macro that makes that mart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from regulars import config, warehouse
from regulars.config import Home
from regulars.durable import remove_parts, write_whole
from regulars.failpoint import failpoint
from regulars.sources import SourceEntity, load_all
from regulars.warehouse import named, quoted

if TYPE_CHECKING:
    import duckdb

MACRO = config.PROJECT / "dbt_project" / "macros" / "survivorship.sql"

_OFFERED = """
create temp table offered (
    customer_id bigint, attribute varchar, value varchar, country varchar, entity varchar, record_key varchar,
    said_at timestamp, filled integer, is_valid boolean, known_from timestamp, known_until timestamp
)
"""
_CONTESTED = """
select distinct value, country from offered
where attribute = 'phone' and value is not null and customer_id in (
    select customer_id from offered where attribute = 'phone' group by customer_id having count(distinct value) > 1
)
"""


def write_golden_contacts(folder: Path, home: Home) -> dict[str, int]:
    """Choose the contact of every customer of the candidate ``folder``, whose records have been resolved.

    Gives how many customers have one. Files of nights that are neither kept nor being built are removed.
    """
    place = home.personal / "golden"
    remove_parts(place)
    with warehouse.candidate(folder, read_only=True, spill=home.personal) as connection:
        connection.execute(_OFFERED)
        for entity in load_all():
            _offer(connection, home, entity)
        _weigh_numbers(connection)
        connection.execute(f"create temp table golden as {surviving_values_sql('offered', 'work.run')}")
        (business_date, customers) = connection.execute(
            "select business_date, (select count(distinct customer_id) from golden) from work.run.context"
        ).fetchall()[0]
        path = place / f"{business_date}.parquet"
        everything = "from golden order by customer_id, attribute, valid_from"
        write_whole(path, lambda part: connection.execute(f"copy ({everything}) to {quoted(part)} (format parquet)"))
    path.chmod(0o600)
    failpoint("resolve.after_golden_contacts")
    _forget(place, home, keep=path.stem)
    return {"golden_contacts": customers}


def surviving_values_sql(offered: str, schema: str) -> str:
    """The query that chooses among ``offered`` by the rules that `write_survivorship` left in ``schema``."""
    from jinja2 import Environment

    macro = Environment().from_string(MACRO.read_text()).module  # noqa: S701 - the text is SQL of this project
    return str(macro.surviving_values(offered, f"{schema}.survivorship", f"{schema}.survivorship_source"))  # type: ignore[attr-defined]


def _offer(connection: duckdb.DuckDBPyConnection, home: Home, entity: SourceEntity) -> None:
    """Add what the records of ``entity`` say of whom they are, in every version that was known."""
    roles = {role: column for role, column in entity.roles.items() if column.personal}
    contents = connection.execute(
        "select distinct content_sha256 from work.intermediate.int_identity__people_versioned where entity = ? "
        "order by 1",
        [entity.name],
    ).fetchall()
    if not roles or not contents:
        return
    files = ", ".join(quoted(entity.personal_rows(home, sha256)) for (sha256,) in contents)
    columns = {role: f"nullif(trim(personal.{named(column.name)}), '')" for role, column in roles.items()}
    filled = " + ".join(f"({value} is not null)::integer" for value in columns.values())
    connection.execute(
        f"""
        create or replace temp table said as
        select record.customer_id, person.*, contact.country, {filled} as filled,
            {", ".join(f"{value} as {role}" for role, value in columns.items())}
        from work.intermediate.int_identity__people_versioned as person
        inner join (
            select distinct customer_id, record_key from work.resolve.customer_record where source = ?
        ) as record using (record_key)
        inner join read_parquet([{files}], union_by_name = true) as personal
            on personal._content = person.content_sha256 and personal._line = person.source_line
        left join work.intermediate.int_identity__contacts_versioned as contact
            on contact.content_sha256 = person.content_sha256 and contact.source_line = person.source_line
        where person.entity = ?
        """,
        [entity.source, entity.name],
    )
    for role in roles:
        connection.execute(
            "insert into offered by name select customer_id, ? as attribute, "
            f"{role} as value, country, entity, record_key, updated_at as said_at, filled, true as is_valid, "
            f"known_from, known_until from said where {role} is not null",
            [role],
        )


def _weigh_numbers(connection: duckdb.DuckDBPyConnection) -> None:
    """Tell telephone numbers that cannot be, of those customers who have more than one to choose from."""
    import phonenumbers

    def can_be(value: str, country: str | None) -> bool:
        try:
            return phonenumbers.is_valid_number(phonenumbers.parse(value, country))
        except phonenumbers.NumberParseException:
            return False

    contested = connection.execute(_CONTESTED).fetchall()
    wrong = [pair for pair in contested if not can_be(*pair)]
    if not wrong:
        return
    connection.execute(
        "update offered set is_valid = false from (select unnest($wrong, recursive := true)) as wrong "
        "where attribute = 'phone' and offered.value = wrong.value and offered.country is not distinct from "
        "wrong.country::varchar",
        {"wrong": [{"value": value, "country": country} for value, country in wrong]},
    )


def _forget(place: Path, home: Home, *, keep: str) -> None:
    """Remove the files of nights of which no publication and no candidate is left."""
    for path in place.glob("*.parquet"):
        is_kept = any(home.publications.glob(f"{path.stem}-*")) or (home.candidates / path.stem).exists()
        if path.stem != keep and not is_kept:
            path.unlink()
