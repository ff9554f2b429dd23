"""The recipes of CONTRIBUTING.md, followed to the letter on a copy of the project."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from regulars import config
from tests.docs.documents import files_shown

CONTRIBUTING = config.PROJECT / "CONTRIBUTING.md"

EVALUATE = """
import json, shutil, sys
from pathlib import Path
from regulars import config, warehouse
from regulars.segments.evaluate import evaluate_segments
from regulars.segments.traits import traits
folder = Path(sys.argv[1])
shutil.copyfile(config.home().published_database, folder / "regulars.duckdb")
warehouse.create(folder / "work.duckdb")
with warehouse.candidate(folder) as connection:
    connection.execute("create schema work.run; create schema work.score")
    connection.execute("create table work.score.customer_score as from marts.customer_score")
    connection.execute("create table work.run.origin as select as_of from marts.publication")
evaluate_segments(folder, traits())
with warehouse.candidate(folder, read_only=True) as connection:
    print(json.dumps(connection.execute(
        "select rule, count(customer_id) from work.segment.definition left join work.segment.member using (segment_id) "
        "where segment_id = 'quiet_families' group by all").fetchall()))
"""

LAND = """
import json
from regulars import config
from regulars.land.landing import land_source
print(json.dumps(land_source(config.home(), config.world(), "support")))
"""

LEARN = """
import json, sys
from datetime import date, datetime
from pathlib import Path
from regulars import config, contracts, warehouse
from regulars.build.candidate import night_origin
from tests.dbt_project.hand_made import WORLD, build_profile
def line(day, basket):
    at = datetime(2017, 12, day, 17)
    return {"household_id": 1, "basket_id": basket, "product_id": 1, "quantity": 1, "sales_value": 5,
            "transaction_timestamp": at, "_content": "a", "_line": basket, "_known_at": at}
night, folder = date(2017, 12, 31), Path(sys.argv[1])
lines = {"transactions__basket_line": [line(24, 1), line(25, 2), line(30, 3), line(30, 4)]}
build_profile(folder, config.home(), night, [night_origin(WORLD, night)], lines)
with warehouse.candidate(folder, read_only=True) as connection:
    row = connection.execute("select order_days_7d from marts.customer_features").fetchall()
print(json.dumps([row, [column.name for column in contracts.features() if column.name == "order_days_7d"]]))
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what a contributor edits."""
    for name in ("conf", "expectations", "dbt_project"):
        shutil.copytree(config.PROJECT / name, tmp_path / "project" / name, ignore=shutil.ignore_patterns("target"))
    return tmp_path / "project"


def _follow(project: Path, *, under: str) -> None:
    """Write the files and apply the changes that the recipe shows below the folder ``under``."""
    followed = [shown for shown in files_shown(CONTRIBUTING) if shown[0].startswith(under)]
    assert followed
    for name, language, text in followed:
        path = project / name
        if language != "diff":
            assert not path.exists()
            path.write_text(text)
            continue
        before = "".join(f"{line[1:]}\n" for line in text.splitlines() if line.startswith(" "))
        assert path.read_text().count(before) == 1, f"{name} has no such place: {before}"
        path.write_text(path.read_text().replace(before, "".join(f"{line[1:]}\n" for line in text.splitlines())))


def _run(program: str, *arguments: Path, project: Path, home: Path) -> Any:
    settings = {"REGULARS_PROJECT": str(project), "REGULARS_HOME": str(home), "PYTHONPATH": str(config.PROJECT)}
    ran = subprocess.run(
        [sys.executable, "-c", program, *map(str, arguments)],
        env={**os.environ, **settings, "REGULARS_IDENTIFIER_KEY": "a key"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.strip().splitlines()[-1])


def test_the_segment_of_the_recipe_has_members(published_home: Path, project: Path, tmp_path: Path) -> None:
    _follow(project, under="conf/segments/")
    [[rule, members]] = _run(EVALUATE, tmp_path, project=project, home=published_home)
    assert "days since last order is more than 14" in rule
    assert 0 < members < 200


def test_the_source_of_the_recipe_lands_and_keeps_personal_columns_apart(project: Path, tmp_path: Path) -> None:
    _follow(project, under="conf/sources/")
    _follow(project, under="expectations/")
    config.load_yaml(project / "expectations" / "landed" / "support__ticket.yml")
    world = project / "conf" / "worlds" / "complete_journey.yml"
    world.write_text(world.read_text().replace("optional: [web__event]", "optional: [web__event, support__ticket]"))
    home, text = (
        tmp_path / "home",
        "ticket_id,household_id,opened_at,topic,email\n1,7,2017-12-30T10:00:00Z,late,a@b.c\n",
    )
    (home / "inbox" / "support").mkdir(parents=True)
    (home / "inbox" / "support" / "ticket_2017-12-30.csv.gz").write_bytes(gzip.compress(text.encode()))
    counts = _run(LAND, project=project, home=home)["entities"]["support__ticket"]
    assert (counts["read_rows"], counts["accepted_rows"]) == (1, 1)
    assert [path.parts[len(home.parts)] for path in home.rglob("*.parquet")].count("personal") == 1


def test_the_feature_of_the_recipe_counts_and_is_learned_from(project: Path, tmp_path: Path) -> None:
    _follow(project, under="dbt_project/")
    rows, learned = _run(LEARN, tmp_path / "night", project=project, home=tmp_path / "home")
    assert rows == [[2]]
    assert learned == ["order_days_7d"]
