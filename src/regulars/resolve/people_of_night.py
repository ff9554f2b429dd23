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


def people_of_night(connection: duckdb.DuckDBPyConnection, home: Home, rules: PeopleRules) -> pa.Table:
    """The people of a candidate's records: unique_id, the record's own number, and a text column a role.

    ``connection``: the candidate, with the temporary table registry. Null: the source does not say. A record has no row
    where no source says who it is. Raises UsageError where a contract names a role that `people.yml` does not know.
    """
    found = [_select(connection, home, entity) for entity in load_all() if _roles(entity, rules)]
    columns = ", ".join(f"null::varchar as {role}" for role in rules.kinds)
    nobody = f"select null::bigint as unique_id, {columns} where false"
    return connection.execute(" union all by name ".join([nobody, *filter(None, found)])).to_arrow_table()


def _roles(entity: SourceEntity, rules: PeopleRules) -> bool:
    for role in entity.roles:
        if role not in rules.kinds:
            where = str(config.CONF / "sources" / f"{entity.name}.yml")
            raise UsageError(f"There is no role {role!r}", where=where, next_step=did_you_mean(role, rules.kinds))
    return bool(entity.roles)


def _select(connection: duckdb.DuckDBPyConnection, home: Home, entity: SourceEntity) -> str | None:
    """A query for the people of one entity; None where no record of it says who it is."""
    contents = connection.execute(
        "select distinct content_sha256 from work.intermediate.int_identity__people_latest where entity = ? order by 1",
        [entity.name],
    ).fetchall()
    if not contents:
        return None
    files = ", ".join(quoted(entity.personal_rows(home, sha256)) for (sha256,) in contents)
    columns = ", ".join(
        f"{'personal' if column.personal else 'landed'}.{column.name}::varchar as {role}"
        for role, column in entity.roles.items()
    )
    at = "{0}._content = latest.content_sha256 and {0}._line = latest.source_line"
    return (
        f"select registry.customer_id as unique_id, {columns} "
        "from work.intermediate.int_identity__people_latest as latest "
        "join registry on registry.identifier_value = latest.record_key "
        f"join work.landed.{entity.name} as landed on {at.format('landed')} "
        f"join read_parquet([{files}], union_by_name = true) as personal on {at.format('personal')} "
        f"where latest.entity = {quoted(entity.name)}"
    )
