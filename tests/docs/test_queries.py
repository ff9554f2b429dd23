"""Every query the documents show runs on what is published, in our DuckDB and in an analyst's older one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from regulars import config, warehouse
from regulars.sql_prompt import saved_queries
from tests.docs.documents import blocks, documents, name_of

OLDER_CLIENT = Path(sys.prefix) / "duckdb-1.4"
"""Where `make test` puts the oldest client that must open what is published."""

RUN_EACH = """
import duckdb, json, sys
assert duckdb.__version__.startswith("1.4."), duckdb.__version__
connection = duckdb.connect(sys.argv[1], read_only=True)
print(json.dumps([repr(sorted(map(repr, connection.execute(query).fetchall()))) for query in json.load(sys.stdin)]))
"""


def _queries() -> dict[str, str]:
    shown = {
        f"{name_of(path)} {number}": query
        for path in documents()
        for number, query in enumerate(blocks(path, "sql"), start=1)
    }
    return shown | {f"saved {name}": entry["sql"] for name, entry in saved_queries().items()}


@pytest.fixture(scope="module")
def database(published_home: Path) -> Path:
    return (published_home / "published" / "regulars.duckdb").resolve()


@pytest.mark.parametrize("name", _queries())
def test_a_query_the_documents_show_gives_rows(database: Path, name: str) -> None:
    with warehouse.published(database) as connection:
        rows = connection.execute(_queries()[name]).fetchall()
    assert rows or "quarantine_reason" in _queries()[name]


def test_an_older_client_gives_the_same_rows(database: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", RUN_EACH, str(database)],
        input=json.dumps(list(_queries().values())),
        env={**os.environ, "PYTHONPATH": str(OLDER_CLIENT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    with warehouse.published(database) as connection:
        ours = [repr(sorted(map(repr, connection.execute(query).fetchall()))) for query in _queries().values()]
    assert json.loads(ran.stdout) == ours


def test_each_mart_is_a_parquet_file_of_the_same_rows(database: Path) -> None:
    with warehouse.published(database) as connection:
        marts = warehouse.tables(connection)
        counted = {name: connection.execute(f"select count(*) from {name}").fetchone() for name in marts}
    with warehouse.memory() as connection:
        files = {path.stem: path for path in (database.parent / "parquet").glob("*.parquet")}
        assert set(files) == set(marts)
        for name, path in files.items():
            assert connection.execute("select count(*) from read_parquet(?)", [str(path)]).fetchone() == counted[name]


def test_the_page_of_queries_shows_each_saved_query_as_it_is() -> None:
    text = (config.PROJECT / "docs" / "queries.md").read_text()
    saved = yaml.safe_load((config.PROJECT / "docs" / "queries.yml").read_text())
    sections = [
        f"## {name}\n\n{entry['title']}.\n\n```sql\n{entry['sql'].rstrip()}\n```\n" for name, entry in saved.items()
    ]
    assert text.endswith("\n".join(sections))
