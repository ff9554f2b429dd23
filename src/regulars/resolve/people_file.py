"""Any table of people as a CSV file: its columns guessed, its records grouped into persons."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from regulars import warehouse
from regulars.durable import write_whole
from regulars.errors import RegularsError, UsageError, did_you_mean
from regulars.resolve.cluster import ROW, cluster
from regulars.resolve.rules import PeopleRules, load_people_rules
from regulars.resolve.weights import Weights
from regulars.warehouse import named, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_SEPARATORS = ",;\t|"
_SAYS_KEY = re.compile(r"(^|_)(id|key|nr|no|number|uid|uuid)$")


@dataclass(frozen=True)
class Columns:
    """What the columns of a table are: its ``key``, which no two rows share, and the ``roles`` by column."""

    key: str
    roles: dict[str, str]


@dataclass(frozen=True)
class Resolved:
    """What came of a file: ``records`` read, ``persons`` they stand for, by which ``columns``, and what was
    ``compared`` for likeness.
    """

    records: int
    persons: int
    columns: Columns
    compared: Weights


def resolve_file(
    path: Path,
    out: Path,
    *,
    key: str | None = None,
    mapped: Mapping[str, str] | None = None,
    without: Collection[str] = (),
    threshold: float | None = None,
    why: Path | None = None,
) -> Resolved:
    """Group the records of the CSV file ``path`` into persons and write ``out``: its key column, and cluster_id (whole
    numbers from 1 in the order in which persons appear).

    ``mapped``: columns by role, in place of guessing; ``without``: roles to leave unused; ``threshold``: the
    probability from which two records are one person, else that of `people.yml`; ``why``: a file for the edges, each
    with the keys of its two rows. Raises UsageError for a column or role that is not there, RegularsError for a file
    that cannot be read.
    """
    import pyarrow as pa

    rules = load_people_rules()
    people = read_people(path)
    columns = Columns(_key(people, key, path), _roles(people, rules, mapped, without, key, path))
    with warehouse.memory() as connection:
        connection.register("read", people.append_column(ROW, pa.array(range(1, people.num_rows + 1))))
        compared = cluster(connection, "read", columns.roles, rules, threshold or rules.threshold)
        persons = _write(connection, columns.key, out)
        if why:
            _write_why(connection, columns.key, why)
    return Resolved(people.num_rows, persons, columns, compared)


def read_people(path: Path) -> pa.Table:
    """Every column of a CSV file as text, blanks as null; names without the spaces around them.

    Raises RegularsError that says what is wrong: missing, not UTF-8, a row with more or fewer fields, a name twice.
    """
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    header, separator = _header(path)
    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(column_names=header, skip_rows=1),
            parse_options=arrow_csv.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True, null_values=[""]
            ),
        )
    except pa.ArrowInvalid as broken:
        told = str(broken).splitlines()[0].split(": ")[0:2]
        raise RegularsError(
            f"This file cannot be read as CSV ({'; '.join(told)})",
            where=str(path),
            next_step="save it as CSV in UTF-8, with as many fields in each row as in the first",
        ) from None
    if not table.num_rows:
        raise RegularsError("There is no row below the header", where=str(path))
    return table


def _header(path: Path) -> tuple[list[str], str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline()
    except (OSError, UnicodeDecodeError) as broken:
        told = "is not UTF-8" if isinstance(broken, UnicodeDecodeError) else "cannot be opened"
        raise RegularsError(f"The file {told}", where=str(path), next_step="name a CSV file saved as UTF-8") from None
    separator = max(_SEPARATORS, key=line.count)
    names = [name.strip() for name in next(csv.reader([line], delimiter=separator), [])]
    twice = sorted({name for name in names if names.count(name) > 1})
    if len(names) < 2 or twice or "" in names:
        what = f"the column {twice[0]!r} twice" if twice else "a column without a name" if "" in names else "one column"
        raise RegularsError(
            f"The first row has {what}", where=str(path), next_step="give each column a name of its own"
        )
    return names, separator


def _key(people: pa.Table, wanted: str | None, path: Path) -> str:
    """The column ``wanted``, else the first that no two rows share, one whose name says so before others."""
    names = people.column_names
    if wanted is not None and wanted not in names:
        raise UsageError(f"There is no column {wanted!r}", where=str(path), next_step=did_you_mean(wanted, names))
    for name in [wanted] if wanted else sorted(names, key=lambda name: not _SAYS_KEY.search(_plain(name))):
        column = people.column(name)
        if not column.null_count and len(column.unique()) == people.num_rows:
            return name
    told = f"The column {wanted!r} has a blank or the same value twice" if wanted else "No column tells every row apart"
    raise UsageError(told, where=str(path), next_step="name the column that does with --key")


def _roles(
    people: pa.Table,
    rules: PeopleRules,
    mapped: Mapping[str, str] | None,
    without: Collection[str],
    key: str | None,
    path: Path,
) -> dict[str, str]:
    """Columns by role: those ``mapped``, else those whose name people.yml knows."""
    for role in [*(mapped or {}), *without]:
        if role not in rules.kinds:
            raise UsageError(f"There is no role {role!r}", next_step=did_you_mean(role, rules.kinds))
    if mapped:
        for column in mapped.values():
            if column not in people.column_names:
                told = did_you_mean(column, people.column_names)
                raise UsageError(f"There is no column {column!r}", where=str(path), next_step=told)
        found = dict(mapped)
    else:
        plain = {_plain(name): name for name in reversed(people.column_names) if name != key}
        found = {
            role: plain[next(name for name in names if name in plain)]
            for role, names in rules.names.items()
            if any(name in plain for name in names)
        }
    found = {role: column for role, column in found.items() if role not in without}
    if not set(found) - {"country"}:
        raise UsageError(
            "No column of this file is known as part of a person",
            where=str(path),
            next_step="say which is which: --map first_name=COLUMN --map email=COLUMN …",
        )
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).casefold()).strip("_")


def _write(connection: duckdb.DuckDBPyConnection, key: str, out: Path) -> int:
    """The file of clusters; gives how many there are."""
    connection.execute(
        "create or replace temp table grouped as "
        "select unique_id, dense_rank() over (order by coalesce(component.least, unique_id)) as cluster_id "
        "from person left join component on component.node = person.unique_id"
    )
    rows = (
        f"select read.{named(key)}, grouped.cluster_id from read "
        f"join grouped on grouped.unique_id = read.{ROW} order by grouped.unique_id"
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, lambda part: connection.execute(f"copy ({rows}) to {quoted(part)} (format csv, header)"))
    (clusters,) = connection.execute("select max(cluster_id) from grouped").fetchone() or (0,)
    return clusters


def _write_why(connection: duckdb.DuckDBPyConnection, key: str, why: Path) -> None:
    """The file of edges: the keys of two rows, the rule or likeness, its score (0 to 1), and what holds in words."""
    edges = (
        f"select one.{named(key)} as {named(f'left_{key}')}, other.{named(key)} as {named(f'right_{key}')}, rule, "
        f"round(score, 4) as score, because from edge join read as one on one.{ROW} = left_id "
        f"join read as other on other.{ROW} = right_id order by left_id, right_id, rule"
    )
    why.parent.mkdir(parents=True, exist_ok=True)
    write_whole(why, lambda part: connection.execute(f"copy ({edges}) to {quoted(part)} (format csv, header)"))
