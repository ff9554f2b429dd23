"""``python -m bench.identity``: how well and how fast records become persons."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from bench.measured import measured
from bench.table import Table
from regulars import warehouse
from regulars.resolve import cluster
from regulars.resolve.accuracy import Accuracy, accuracy
from regulars.resolve.components import connect
from regulars.resolve.people_file import read_people, resolve_file
from regulars.resolve.rules import load_people_rules
from regulars.warehouse import quoted

NAME_AND_ADDRESS_GOAL, ALL_FIELDS_GOAL, FAKE_PEOPLE_GOAL = 0.985, 0.999, 0.92
SHAPES = {"a chain of 300": "range, range + 1 from range(299)", "a star of 3,000": "3000, range from range(3000)"}


@click.command()
@click.option("--febrl", type=click.Path(exists=True, path_type=Path), help="Folder of the FEBRL files.")
@click.option(
    "--fake-1000", type=click.Path(exists=True, path_type=Path), help="Splink's fake_1000, with its column cluster."
)
@click.option("--persons", default=925_926, show_default=True, help="8 in 100 of them have a second record.")
def main(febrl: Path | None, fake_1000: Path | None, persons: int) -> None:
    """Accuracy on published people, and CPU seconds for a large table; a line for each figure."""
    table = Table()
    with tempfile.TemporaryDirectory(prefix="bench-identity-") as scratch:
        for number in (1, 2) if febrl else ():
            _febrl(table, febrl / f"dataset{number}.csv", Path(scratch))  # type: ignore[operator]
        if fake_1000:
            found = measured(labelled_accuracy, fake_1000, Path(scratch) / "out.csv", "unique_id", "cluster").outcome
            table.figure(f"fake_1000 of Splink: {_shares(found)}", found.f1, "F1", FAKE_PEOPLE_GOAL, is_floor=True)
        for name, edges in SHAPES.items():
            table.figure(f"components of {name}", measured(shape, edges).outcome, "CPU s", 0.1)
        path = Path(scratch) / "people.csv"
        records = measured(lay_out, path, persons).outcome
        joined = table.cost(f"{records:,} records by rules", measured(by_rules, path))
        table.figure(f"keys and components of {records:,} records", joined.cpu_seconds, "CPU s", 20)
        linked = table.cost(f"{records:,} records by rules and likeness", measured(resolved, path))
        table.figure(f"{records:,} records with likeness", linked.cpu_seconds, "CPU s", 120)
        found = measured(compared, path).outcome
        table.figure(f"{records:,} records: {_shares(found)}", found.f1, "F1")
    click.echo()
    table.tell()


def _febrl(table: Table, path: Path, scratch: Path) -> None:
    for without, goal in ((("birth_date", "national_id"), NAME_AND_ADDRESS_GOAL), ((), ALL_FIELDS_GOAL)):
        found = measured(febrl_accuracy, path, scratch / "out.csv", without).outcome
        by = "name and address" if without else "all fields"
        told = f"{path.stem} of FEBRL by {by}: {_shares(found)}"
        table.figure(told, found.f1, "F1", goal, is_floor=True)


def _shares(found: Accuracy) -> str:
    return f"precision {found.precision:.4f}, recall {found.recall:.4f}, F1 {found.f1:.4f}"


def febrl_accuracy(path: Path, out: Path, without: tuple[str, ...]) -> Accuracy:
    """Pairs implied by the clusters of a FEBRL file; its key says whose record each is."""
    return labelled_accuracy(path, out, "rec_id", "regexp_extract(rec_id, 'rec-(\\d+)-', 1)", without)


def labelled_accuracy(path: Path, out: Path, key: str, whose: str, without: tuple[str, ...] = ()) -> Accuracy:
    """Pairs implied by the clusters of a file of people, at the default threshold; ``whose`` says, in SQL, whose
    record each of its rows is.
    """
    resolve_file(path, out, key=key, without=without)
    with warehouse.memory() as connection:
        labels = f"(select {key}, {whose} as person_id from read_csv({quoted(path)}, header = true))"
        rows = f"(select cluster_id, person_id from read_csv({quoted(out)}, header = true) join {labels} using ({key}))"
        return accuracy(connection, rows)


def shape(edges: str) -> float:
    """CPU seconds for the components of a known shape, on an open connection."""
    with warehouse.memory() as connection:
        connection.execute(f"create table edge (left_id bigint, right_id bigint); insert into edge select {edges}")
        begun = time.process_time()
        connect(connection, "edge", "component")
        return time.process_time() - begun


def lay_out(path: Path, persons: int) -> int:
    """Write the table of people, and beside it whose record each is; gives how many records there are."""
    text = (Path(__file__).parent / "people.sql").read_text().replace("$persons", str(persons))
    with warehouse.memory() as connection:
        connection.execute(text)
        numbered = "select row_number() over (order by hash(person * 64 + copy)) as record_id, * from record"
        connection.execute(f"copy (select * exclude (person, copy) from ({numbered})) to {quoted(path)} (header)")
        truth = quoted(path.with_name("truth.csv"))
        connection.execute(f"copy (select record_id, person as person_id from ({numbered})) to {truth} (header)")
        return int(connection.execute("select count(*) from record").fetchall()[0][0])


def by_rules(path: Path) -> int:
    """Values in one way, edges by rule, components; gives how many."""
    import pyarrow as pa

    rules, people = load_people_rules(), read_people(path)
    with warehouse.memory() as connection:
        connection.register("read", people.append_column(cluster.ROW, pa.array(range(1, people.num_rows + 1))))
        roles = {name: name for name in people.column_names if name in rules.kinds}
        cluster.write_people(connection, "read", roles, rules)
        cluster.write_rule_edges(connection, rules.for_roles(cluster.roles_told(connection, "person")))
        connect(connection, "edge", "component")
        return len(connection.execute("select distinct least from component").fetchall())


def resolved(path: Path) -> int:
    """All of it, as `regulars resolve` does; gives the number of persons."""
    return resolve_file(path, path.with_name("out.csv"), key="record_id").persons


def compared(path: Path) -> Accuracy:
    """The clusters beside the truth."""
    with warehouse.memory() as connection:
        out, truth = (quoted(path.with_name(name)) for name in ("out.csv", "truth.csv"))
        rows = f"(select cluster_id, person_id from read_csv({out}) join read_csv({truth}) using (record_id))"
        return accuracy(connection, rows)


if __name__ == "__main__":
    main()
