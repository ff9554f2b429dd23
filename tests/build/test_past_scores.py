"""Which published scores are due: those whose horizon has passed by the night, and which were not measured before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from regulars.build.past_scores import bind_past_scores
from regulars.config import Home
from regulars.warehouse import memory, quoted

NIGHT = date(2017, 12, 31)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def connection() -> Iterator[Any]:
    with memory() as opened:
        opened.execute("attach ':memory:' as work; create schema work.previous")
        opened.execute("create table work.previous.model_quality (model varchar, origin timestamp, basis varchar)")
        yield opened


def keep(connection: Any, home: Home, days_before: int, customers: int = 3) -> None:
    """Scores of the night so many days before, of churn over 28 days and ltv over 7, with the mart's other columns."""
    night = NIGHT - timedelta(days=days_before)
    home.scores.mkdir(exist_ok=True)
    connection.execute(
        f"copy (select i as customer_id, timestamp '{night}' + interval 29 hour as as_of, model, 'v' as version, "
        "days as horizon_days, 0.5::decimal(9, 6) as probability, null::decimal(18, 2) as amount, 5 as decile, "
        "false as is_baseline, null::varchar as baseline_reason "
        f"from range({customers}) as r (i), (values ('churn', 28), ('ltv', 7)) as m (model, days)) "
        f"to {quoted(home.scores / f'{night}.parquet')} (format parquet)"
    )


def bound(connection: Any, home: Home, night: date | None = NIGHT) -> list[tuple[int, str]]:
    """Days before the night, and the model, of what is bound."""
    bind_past_scores(connection, home, night)
    found = connection.execute(
        "select distinct as_of, model from work.previous.customer_score order by as_of desc, model"
    ).fetchall()
    return [((NIGHT - (as_of - timedelta(hours=29)).date()).days, model) for as_of, model in found]


def test_a_score_is_due_on_the_night_of_the_last_day_of_its_horizon(connection: Any, home: Home) -> None:
    for days_before in (0, 6, 7, 27, 28):
        keep(connection, home, days_before)
    keep(connection, home, -7)
    assert bound(connection, home) == [(7, "ltv"), (27, "ltv"), (28, "churn"), (28, "ltv")]
    assert connection.execute("select count(*) from work.previous.customer_score").fetchone() == (12,)


def test_what_was_measured_is_not_due_again_and_a_trial_is_no_measurement(connection: Any, home: Home) -> None:
    for days_before in (28, 29):
        keep(connection, home, days_before)
    connection.execute(
        f"insert into work.previous.model_quality select 'churn', timestamp '{NIGHT}' + interval 29 hour - to_days(d), "
        "b from (values (28, 'live'), (29, 'trial')) as m (d, b)"
    )
    assert bound(connection, home) == [(28, "ltv"), (29, "churn"), (29, "ltv")]


def test_a_training_frame_and_a_first_night_have_none(connection: Any, home: Home) -> None:
    assert bound(connection, home) == []
    connection.execute("drop table work.previous.customer_score")
    keep(connection, home, 28)
    assert bound(connection, home, None) == []
