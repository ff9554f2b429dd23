"""A simulated shop whose contacts stand in PostgreSQL and whose tickets in a service says what its files say."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from regulars import sources, warehouse
from regulars.config import Home
from regulars.pull.pulling import pull_source
from tests.conftest import regulars
from tests.deploy.postgres import Postgres
from tests.pull.conftest import WORLD, desk_connection
from tests.pull.database import SECRET, Database
from tests.pull.help_desk import TOKEN, HelpDesk, Ticket

pytestmark = pytest.mark.postgres

DAYS = 10
ABOUT_FILES = {"source_ledger", "cleaning_log", "column_profile"}
"""Marts that count deliveries: of what is pulled, the overlap comes twice."""


def rows_by_day(folder: Path, entity: str) -> Iterator[tuple[date, dict[str, str]]]:
    for path in sorted(folder.glob(f"{entity}_*.csv.gz")):
        day = date.fromisoformat(path.name.removeprefix(f"{entity}_")[:10])
        for row in csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())):
            yield day, row


def ticket(day: date, row: dict[str, str]) -> Ticket:
    """A state of a ticket as the service tells it; it changed at noon of the day whose file has it."""
    said = {name: value or None for name, value in row.items()}
    moved = {"id": int(row["ticket_id"]), "requester": {"contact_id": int(row["contact_id"])}}
    noon = (WORLD.as_of(day) - timedelta(hours=12)).isoformat()
    return {
        **said,
        **moved,
        "rating": (row["satisfaction"] and int(row["satisfaction"])) or None,
        "changed_at": f"{noon}Z",
    }


def database_of(postgres: Postgres, inbox: Path) -> Database:
    columns = sources.load_entity("crm__contact").columns
    kinds = {"integer": "bigint", "timestamp": "timestamptz"}
    made, written = Database(postgres), ", ".join(f"{one.name} {kinds.get(one.type, 'text')}" for one in columns)
    rows = [[value or None for value in row.values()] for _, row in rows_by_day(inbox, "contact")]
    made.fill("crm.contact", written, rows)
    return made


def hashes(home: Path) -> dict[str, str]:
    tables = json.loads((home / "published" / "summary.json").read_text())["tables"]
    return {name: value for name, value in tables.items() if name not in ABOUT_FILES}


def test_marts_of_what_is_pulled_are_those_of_the_files(postgres: Postgres, conf: Path, tmp_path: Path) -> None:
    dropped, pulled = tmp_path / "dropped", tmp_path / "pulled"
    size = ("--customers", "150", "--days", str(DAYS))
    assert regulars("demo", "simulate", *size, home=dropped, world="shop").returncode == 0
    shutil.copytree(dropped, pulled)
    for path in (*(pulled / "inbox" / "crm").glob("contact_*"), *(pulled / "inbox" / "crm").glob("support_contact_*")):
        path.unlink()
    database = database_of(postgres, dropped / "inbox" / "crm")
    tickets = [ticket(*one) for one in rows_by_day(dropped / "inbox" / "crm", "support_contact")]
    assert tickets
    first, last = WORLD.alive_from, WORLD.alive_from + timedelta(days=DAYS - 1)
    with HelpDesk(tickets, page=2) as desk:
        host = f"http://127.0.0.1:{desk.port}"
        connections = {
            "AIRFLOW_CONN_CRM_DATABASE": database.uri,
            "AIRFLOW_CONN_HELP_DESK": json.dumps({"conn_type": "http", "host": host, "password": TOKEN}),
            "REGULARS_CONF": str(conf),
        }
        known = {"crm_database": database.connection, "help_desk": desk_connection(desk)}
        pull_source(Home(pulled), WORLD, "crm", first, known.__getitem__)
        # The night catches up the days that had none.
        run = regulars("-v", "run", "--business-date", str(last), home=pulled, world="shop", **connections)
    assert run.returncode == 0, run.stderr
    assert SECRET not in run.stderr + run.stdout and TOKEN not in run.stderr + run.stdout
    run = regulars("run", "--business-date", str(last), home=dropped, world="shop")
    assert run.returncode == 0, run.stderr
    assert hashes(pulled) == hashes(dropped)
    with warehouse.published(pulled / "published" / "regulars.duckdb") as connection:
        lost = connection.execute("select sum(lost_rows), sum(duplicate_rows) from source_ledger").fetchone()
    assert lost and lost[0] == 0 and lost[1] > 0
    written = [path for path in pulled.rglob("*") if path.is_file() and "inbox" not in path.parts]
    assert not [path for path in written if SECRET.encode() in path.read_bytes() or TOKEN.encode() in path.read_bytes()]
