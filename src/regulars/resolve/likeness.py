"""Likeness in the night: weights that stay, and only pairs with a changed record compared.

What two records say of each other must not change because somebody else signed up. So weights and the frequency of
values are learned from the first 125, 250, 500, 1,000, … people of each entity in the order in which they became known,
as they were delivered first: a set that only a doubling changes, and that every rebuild and backfill finds again. All
entities have a part in it, as one alone may say nothing of where people live. They stand in
``personal/likeness/<what they were learned from>/``, with what was compared last; all of it can be made anew.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import config, warehouse
from regulars.config import Home
from regulars.durable import remove_tree, write_text, write_whole
from regulars.failpoint import failpoint
from regulars.resolve.cluster import ROW, roles_told, write_descriptions, write_people, write_rule_edges
from regulars.resolve.linking import LIKENESS, compare
from regulars.resolve.people_of_night import people_of_night, says_much
from regulars.resolve.rules import FILE, PeopleRules
from regulars.resolve.weights import Weights, learn
from regulars.warehouse import quoted

if TYPE_CHECKING:
    import duckdb

FEWEST_PEOPLE = 1_000
"""Below, a night joins by its rules alone; at each doubling of an entity weights are learned anew."""

_FEWEST_OF_AN_ENTITY = FEWEST_PEOPLE // 8
"""One with fewer has no part in it."""

_LEARNED_FROM = f"""
create or replace temp table learned_from as
select
    row_number() over (order by known_at, entity, record_key) as number,
    entity, record_key, content_sha256, source_line
from (
    select
        *,
        count(*) over (partition by entity) as of_entity,
        row_number() over (partition by entity order by known_at, record_key) as place
    from work.intermediate.int_identity__people_described
    where is_first and entity in ({{entities}})
)
where place <= {_FEWEST_OF_AN_ENTITY} << (length(bin(of_entity // {_FEWEST_OF_AN_ENTITY})) - 1)
    and of_entity >= {_FEWEST_OF_AN_ENTITY}
"""

_WEIGHTS, _FREQUENCY, _COMPARED = "weights.json", "frequency.parquet", "compared.parquet"


@dataclass(frozen=True)
class Kept:
    """The ``folder`` that holds weights, for the ``roles`` they were learned for."""

    folder: Path
    roles: tuple[str, ...]
    weights: Weights


def kept_weights(night: duckdb.DuckDBPyConnection, home: Home, rules: PeopleRules) -> Kept | None:
    """The weights for the people of a candidate, learned now where nobody has yet; None: there are too few people.

    Weights of other people are removed: a night that needs them again learns the same again.
    """
    entities = ", ".join(quoted(name) for name in says_much()) or "null"
    ((people,),) = night.execute(
        "select coalesce(sum(people), 0) from (select count(*) as people "
        "from work.intermediate.int_identity__people_described "
        f"where is_first and entity in ({entities}) group by entity) where people >= {_FEWEST_OF_AN_ENTITY}"
    ).fetchall()
    if people < FEWEST_PEOPLE:
        return None
    night.execute(_LEARNED_FROM.format(entities=entities))
    folder = home.personal / "likeness" / _fingerprint(night)
    if not (folder / _WEIGHTS).exists():
        _learn(night, home, rules, folder)
    for other in folder.parent.iterdir():
        if other != folder:
            remove_tree(other)
    said = json.loads((folder / _WEIGHTS).read_text())
    blocking, left_out = (tuple(map(tuple, said[name])) for name in ("blocking", "left_out"))
    return Kept(folder, tuple(said["roles"]), Weights(blocking, left_out, said["model"]))


def _fingerprint(night: duckdb.DuckDBPyConnection) -> str:
    """Of the rows that are learned from, and of the rules."""
    row = night.execute("select bit_xor(md5_number(learned_from::varchar))::varchar from learned_from").fetchone()
    told = (config.CONF / "identity" / FILE).read_text()
    return hashlib.sha256(f"{row}\0{told}".encode()).hexdigest()[:16]


def _learn(night: duckdb.DuckDBPyConnection, home: Home, rules: PeopleRules, folder: Path) -> None:
    people = people_of_night(night, home, rules, "learned_from", "asked.number")
    with warehouse.memory(spill=home.personal) as connection:
        connection.register("read", people.rename_columns([ROW, *people.column_names[1:]]))
        write_people(connection, "read", {role: role for role in people.column_names[1:]}, rules)
        roles = roles_told(connection, "person")
        mine = rules.for_roles(roles)
        write_rule_edges(connection, mine)
        write_descriptions(connection)
        weights = learn(connection, "description", mine)
        counted = " union all ".join(
            f"select '{role}' as role, {role} as value, count(*) / sum(count(*)) over () as share from person "
            f"where {role} is not null group by {role}"
            for role in roles
        )
        write_whole(
            folder / _FREQUENCY,
            lambda part: connection.execute(f"copy (from ({counted}) order by all) to {quoted(part)} (format parquet)"),
        )
    failpoint("resolve.before_weights")
    # Last, since who finds it takes all of it as learned.
    said = {"roles": roles, "blocking": weights.blocking, "left_out": weights.left_out, "model": weights.model}
    write_text(folder / _WEIGHTS, json.dumps(said))


def add_likeness(connection: duckdb.DuckDBPyConnection, rules: PeopleRules, kept: Kept) -> None:
    """Add to the table edge the pairs of the table person that are one person by likeness.

    Pairs of which neither record changed since they were compared last are taken from then. Who says one thing only, as
    a guest with an address, is left to the rules.
    """
    write_descriptions(connection)
    mine = rules.for_roles(kept.roles)
    compared = [each.role for each in mine.comparisons]
    said = " + ".join(f"({role} is not null)::integer" for role in compared)
    connection.execute(f"delete from description where {said} < 2")
    path = kept.folder / _COMPARED
    nothing = "select null::bigint as unique_id, null::varchar as said, null::struct(other bigint, score double, "
    nothing += "because varchar)[] as partners where false"
    connection.execute(
        f"create or replace table before as {f'from read_parquet({quoted(path)})' if path.exists() else nothing}"
    )
    connection.execute(
        "create or replace table described as select *, "
        f"md5(row({', '.join(compared)})::varchar) as said from description"
    )
    connection.execute(
        "create or replace table compared as select described.* exclude (said), "
        "before.unique_id is null as is_changed from described left join before using (unique_id, said)"
    )
    connection.execute(f"create or replace table frequency as from read_parquet({quoted(kept.folder / _FREQUENCY)})")
    connection.execute(
        "insert into edge select before.unique_id, pair.other, ?, pair.score, pair.because from before "
        "join described as one using (unique_id, said), unnest(before.partners) as told(pair) "
        "join compared as other on other.unique_id = pair.other and not other.is_changed",
        [LIKENESS],
    )
    _compare_changed(connection, mine, kept)
    partners = (
        "select unique_id, said, list(struct_pack(other := right_id, score := score, because := because) "
        "order by right_id) filter (right_id is not null) as partners from described "
        f"left join edge on edge.left_id = unique_id and rule = '{LIKENESS}' group by all order by unique_id"
    )
    write_whole(path, lambda part: connection.execute(f"copy ({partners}) to {quoted(part)} (format parquet)"))


def _compare_changed(connection: duckdb.DuckDBPyConnection, rules: PeopleRules, kept: Kept) -> None:
    ((changed,),) = connection.execute("select count(*) from compared where is_changed").fetchall()
    if changed:
        compare(
            connection,
            "compared",
            rules,
            kept.weights,
            rules.threshold,
            "edge",
            only="(l.is_changed or r.is_changed)",
            frequency="frequency",
        )
