"""What a newcomer does: run, run again, ask, go back; and what an odd inbox gets."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from regulars import warehouse
from regulars.config import Home
from tests.conftest import regulars


def copy_of(home: Path, to: Path) -> Home:
    """A home of one's own to write to."""
    shutil.copytree(home, to, symlinks=True)
    return Home(to)


def one(home: Home, query: str) -> object:
    with warehouse.published(home.published_database) as connection:
        return connection.execute(query).fetchone()[0]


def test_a_second_run_changes_nothing_and_does_not_load_airflow(published_home: Path, tmp_path: Path) -> None:
    home = copy_of(published_home, tmp_path / "home")
    before = home.in_front
    program = (
        "import sys; sys.argv = ['regulars', 'run']\nfrom regulars.cli import main\n"
        "try: main()\nexcept SystemExit as end: print('exit', end.code, 'airflow' in sys.modules)"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "REGULARS_HOME": str(home.root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Nothing changed" in outcome.stdout, outcome.stderr
    assert outcome.stdout.endswith("exit 0 False\n")
    assert home.in_front == before


def test_the_summary_is_computed_and_short(published_home: Path) -> None:
    outcome = regulars("run", home=published_home)
    lines = [line for line in outcome.stdout.splitlines() if line]
    assert "2,469 customers · 155,848 orders · $4.60 M · 801 with a CRM record" in lines
    assert any(line.startswith("Lost without a reason: 0 of ") for line in lines)
    assert len(lines) <= 25


def test_after_training_the_champion_scores_and_rollback_brings_the_baseline_back(
    published_home: Path, tmp_path: Path
) -> None:
    home = copy_of(published_home, tmp_path / "home")
    baseline = "select bool_or(is_baseline) from customer_score"
    assert one(home, baseline) is False
    assert regulars("rollback", home=home.root).returncode == 0
    assert one(home, baseline) is True


def test_an_old_web_source_is_shown_as_absent_and_cdnow_has_no_crm(cdnow_home: Path) -> None:
    outcome = regulars("run", home=cdnow_home, world="cdnow")
    assert "Went on without: crm (household), web (event)" in outcome.stdout
    home = Home(cdnow_home)
    assert one(home, "select count(*) from fct_order_line") == 6919
    assert one(home, "select count(*) from dim_customer") == 2357


def test_a_home_of_one_world_refuses_another(cdnow_home: Path) -> None:
    outcome = regulars("run", home=cdnow_home, world="complete_journey")
    assert outcome.returncode == 2
    assert "belongs to the world 'cdnow'" in outcome.stderr


def one_customer_inbox(home: Path) -> None:
    """Everything a night needs, of one household with two baskets."""
    household = (
        "household_id,age,income,home_ownership,marital_status,household_size,household_comp,kids_count\n1,,,,,,,\n"
    )
    lines = (
        "household_id,store_id,basket_id,product_id,quantity,sales_value,retail_disc,coupon_disc,coupon_match_disc,"
        "transaction_timestamp\n"
        "1,3,10,7,1,2.50,0.00,0.00,0.00,2017-12-31T12:00:00Z\n1,3,11,7,2,5.00,0.50,0.00,0.00,2017-12-31T15:00:00Z\n"
    )
    for source, name, text in (
        ("crm", "household_2017-12-31.csv.gz", household),
        ("transactions", "basket_line_2017-12-31.csv.gz", lines),
    ):
        folder = home / "inbox" / source
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(gzip.compress(text.encode(), mtime=0))
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {"department": "GROCERY", "brand": "Private", "product_category": "A", "product_type": "B"}
    product = {"product_id": [7], "manufacturer_id": [1], **{name: [value] for name, value in columns.items()}}
    pq.write_table(
        pa.table({**product, "package_size": ["1 LB"]}), home / "inbox" / "transactions" / "product_2017-01-01.parquet"
    )


@pytest.fixture(scope="module")
def lonely_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("lonely")
    one_customer_inbox(home)
    outcome = regulars("run", home=home, TZ="Asia/Kathmandu")
    assert outcome.returncode == 0, outcome.stderr
    assert "training refused" in outcome.stderr.lower()
    yield home


def test_one_customer_alone_gets_a_small_honest_report(lonely_home: Path) -> None:
    home = Home(lonely_home)
    assert one(home, "select count(*) from dim_customer") == 1
    with warehouse.published(home.published_database) as connection:
        row = connection.execute("select orders, net_revenue, r, f, m, rfm_segment from customer_rfm").fetchone()
        assert [str(value) for value in row] == ["2", "7.50", "1", "1", "1", "New"]
        assert connection.execute("select distinct is_baseline from customer_score").fetchall() == [(True,)]
    assert "no trained model" in regulars("run", home=lonely_home).stdout


def test_answers_come_as_csv_and_json_and_a_wrong_query_in_words(published_home: Path) -> None:
    query = "select sum(net_revenue) as net_revenue, count(*) as orders from marts.fct_order"
    told = regulars("sql", "-c", query, "--format", "csv", home=published_home)
    assert list(csv.DictReader(io.StringIO(told.stdout))) == [{"net_revenue": "4596039.58", "orders": "155848"}]
    told = regulars("sql", "-c", query, "--format", "json", home=published_home)
    assert json.loads(told.stdout) == [{"net_revenue": 4596039.58, "orders": 155848}]
    wrong = regulars("sql", "-c", "select nope from marts.fct_order", home=published_home)
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)
    assert "nope" in wrong.stderr


def test_a_runaway_query_is_stopped(published_home: Path) -> None:
    endless = "select count(*) from range(1000000000) a, range(1000000000) b"
    told = regulars("sql", "-c", endless, home=published_home, REGULARS_SQL_SECONDS="1")
    assert (told.returncode, "Stopped after 1 seconds" in told.stderr) == (2, True)


def test_a_segment_leaves_as_csv_with_its_members(published_home: Path, tmp_path: Path) -> None:
    out = tmp_path / "champions.csv"
    assert regulars("segment", "export", "rfm_champions", "--out", str(out), home=published_home).returncode == 0
    exported = list(csv.DictReader(out.open()))
    query = "select count(*) from segment_membership where segment_id = 'rfm_champions'"
    assert len(exported) == one(Home(published_home), query)
    assert all(row["transactions_record_key"] for row in exported)


@pytest.mark.parametrize(
    "arguments", [("rum",), ("run", "--nope"), ("segment", "export", "nope"), ("sql", "--format", "x")]
)
def test_a_wrong_word_is_a_usage_error(arguments: tuple[str, ...], published_home: Path) -> None:
    told = regulars(*arguments, home=published_home)
    assert (told.returncode, "Traceback" in told.stderr) == (2, False)


def test_errors_come_as_json_when_asked(tmp_path: Path) -> None:
    told = regulars("status", "--json", home=tmp_path)
    assert json.loads(told.stdout)["in_front"] is None
    told = regulars("segment", "list", "--json", home=tmp_path)
    assert (told.returncode, json.loads(told.stdout)["exit_code"]) == (1, 1)


def test_nothing_of_a_household_is_in_the_store_of_airflow(published_home: Path) -> None:
    with sqlite3.connect(published_home / "airflow" / "airflow.db") as connection:
        handed = " ".join(str(row) for row in connection.execute("select value from xcom").fetchall())
    assert "household" in handed and "record_key" not in handed and len(handed) < 20_000


def test_the_published_file_opens_in_the_oldest_client_we_promise(published_home: Path) -> None:
    client = Path(sys.executable).parents[1] / "duckdb-1.4"
    program = (
        "import duckdb, sys; print(duckdb.__version__); c = duckdb.connect(sys.argv[1], read_only=True);"
        "print(c.execute('select count(*) from marts.fct_order_line').fetchone()[0])"
    )
    database = published_home / "published" / "regulars.duckdb"
    told = subprocess.run(
        [sys.executable, "-S", "-c", program, str(database)],
        env={"PYTHONPATH": str(client)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.stdout.split() == ["1.4.4", "1469307"], told.stderr
