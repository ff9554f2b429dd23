"""A plain file that nothing proves whole is held on a day with far too few rows, and taken once something proves it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from regulars import ledger
from regulars.land.volume import too_few
from tests.land.corner_shop import DAY, SALES, Shop, sales, zipped

BEFORE = [DAY - timedelta(days=ago) for ago in range(8, 0, -1)]
CUT = sales(*(row.replace("note", "today") for row in SALES[:5]))


@pytest.fixture
def used(shop: Shop) -> Shop:
    """Eight days of ten sales, then half a day."""
    for day in BEFORE:
        shop.drop(f"sale_{day}.csv", sales(*(row.replace("note", f"note of {day}") for row in SALES)))
    shop.drop(f"sale_{DAY}.csv", CUT)
    return shop


def status(shop: Shop) -> list[tuple[str, str]]:
    return [(row["status"], row["reason"]) for row in shop.rows(ledger.content) if row["business_date"] == DAY]


def test_a_day_far_below_the_days_before_is_held_with_both_figures(used: Shop) -> None:
    used.land()
    ((held, reason),) = status(used)
    assert held == "held"
    assert reason.startswith("volume: 5 rows on this day, 10 on an ordinary one")


@pytest.mark.parametrize("said", [{"rows": 5}, None])
def test_a_manifest_or_a_checksum_shows_that_a_small_day_is_whole(used: Shop, said: dict[str, int] | None) -> None:
    used.land()
    if said:
        used.drop(f"sale_{DAY}.csv.manifest.json", json.dumps(said).encode())
    else:
        used.drop(f"sale_{DAY}.csv", b"").unlink()
        used.drop(f"sale_{DAY}.csv.gz", zipped(CUT))
    used.land()
    assert ("landed", "") in status(used)


def test_the_rest_of_the_day_releases_what_was_held(used: Shop) -> None:
    used.land()
    used.drop(f"sale_{DAY}_2.csv", sales(*(row.replace("note", "later") for row in SALES[5:])))
    used.land()
    assert {held for held, _ in status(used)} == {"landed"}


def test_days_that_always_differ_and_days_without_a_history_are_not_weighed() -> None:
    assert not too_few(40, [100, 30, 110, 35, 90, 120, 40, 100])
    assert not too_few(1, [100] * 6)
    assert too_few(69, [100] * 7)
    assert not too_few(70, [100] * 7)
