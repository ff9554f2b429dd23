"""Who a night's records say they are: names and addresses from ``personal/``, read for matching and never written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from regulars import config
from regulars.config import Home
from regulars.errors import UsageError, did_you_mean
from regulars.resolve.rules import PeopleRules
from regulars.sources import SourceEntity, load_all
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


def people_of_night(
    connection: duckdb.DuckDBPyConnection, home: Home, rules: PeopleRules, rows: str, number: str
) -> pa.Table:
    """The people of a candidate's records: unique_id, and a text column for each role that a source has a column of.

    ``connection``: the candidate; ``rows``: a table of it or a query in parentheses, which says of a row an entity, a
    record_key, and by content_sha256 and source_line where it stands; ``number``: the whole number a record goes by, of
    ``asked``, which is those rows, or of the temporary table registry. Null: the source does not say. Raises UsageError
    where a contract names a role that `people.yml` does not know.
    """
    described = [entity for entity in load_all() if _roles(entity, rules)]
    columns = ", ".join(
        f"null::varchar as {role}" for role in rules.kinds if any(role in one.roles for one in described)
    )
    nobody = f"select null::bigint as unique_id{', ' if columns else ''}{columns} where false"
    found = [_select(connection, home, entity, rows, number) for entity in described]
    return connection.sql(" union all by name ".join([nobody, *filter(None, found)])).to_arrow_table()


def says_much() -> list[str]:
    """Names of the entities that say more than one thing of a person."""
    return [entity.name for entity in load_all() if len(entity.roles) > 1]


def _roles(entity: SourceEntity, rules: PeopleRules) -> bool:
    for role in entity.roles:
        if role not in rules.kinds:
            where = str(config.CONF / "sources" / f"{entity.name}.yml")
            raise UsageError(f"There is no role {role!r}", where=where, next_step=did_you_mean(role, rules.kinds))
    return bool(entity.roles)


def _select(
    connection: duckdb.DuckDBPyConnection, home: Home, entity: SourceEntity, rows: str, number: str
) -> str | None:
    """A query for the people of one entity; None where no record of it says who it is."""
    contents = connection.execute(
        f"select distinct content_sha256 from {rows} where entity = ? order by 1", [entity.name]
    ).fetchall()
    if not contents:
        return None
    files = ", ".join(quoted(entity.personal_rows(home, sha256)) for (sha256,) in contents)
    columns = ", ".join(
        f"{'personal' if column.personal else 'landed'}.{column.name}::varchar as {role}"
        for role, column in entity.roles.items()
    )
    at = "{0}._content = asked.content_sha256 and {0}._line = asked.source_line"
    return (
        f"select {number} as unique_id, {columns} from {rows} as asked "
        "join registry on registry.identifier_value = asked.record_key "
        f"join work.landed.{entity.name} as landed on {at.format('landed')} "
        f"join read_parquet([{files}], union_by_name = true) as personal on {at.format('personal')} "
        f"where asked.entity = {quoted(entity.name)}"
    )
