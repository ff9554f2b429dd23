"""The data inventory: promises from the contracts, counts from the ledger, known values from the last delivery."""

from __future__ import annotations

from datetime import timedelta

from regulars import clock
from regulars.land.inventory import inventory
from tests.land.corner_shop import DAY, END_OF_DAY, NEXT_DAY, SALES, WORLD, Shop, sales, zipped


def of_entity(shop: Shop, entity: str) -> dict:
    return {row["entity"]: row for row in inventory(shop.home, WORLD)}[entity]


def test_what_never_came_is_there_with_its_promises_and_no_figures(shop: Shop) -> None:
    found = inventory(shop.home, WORLD)
    assert [row["entity"] for row in found] == ["sale", "person", "click", "item", "till_roll", "hit", "hit_table"]
    sale = found[0]
    assert (sale["owner"], sale["cadence"], sale["key"], sale["allowed_lateness_hours"]) == (
        "tests",
        "daily",
        ["sale_id"],
        2,
    )
    assert (sale["deliveries"], sale["rows"], sale["rows_per_day"], sale["age_hours"]) == (0, 0, None, None)
    assert {column["complete"] for column in sale["columns"]} == {None}


def test_volume_is_counted_once_a_content_and_age_from_the_last_delivery(shop: Shop) -> None:
    shop.drop(f"sale_{DAY}.csv", sales(*SALES))
    shop.drop(f"sale_{DAY}_again.csv", sales(*SALES))
    shop.drop(f"sale_{NEXT_DAY}.csv", sales(*SALES[:2]))
    shop.land()
    sale = of_entity(shop, "sale")
    assert (sale["deliveries"], sale["rows"], sale["rows_per_day"]) == (3, 12, 2)
    assert (sale["last_business_date"], sale["last_known_at"]) == (NEXT_DAY, END_OF_DAY + timedelta(days=1, hours=2))
    hours = (clock.utc_now() - sale["last_known_at"]).total_seconds() / 3600
    assert abs(sale["age_hours"] - hours) < 0.2


def test_known_values_are_those_of_the_last_delivery_with_rows_personal_ones_too(shop: Shop) -> None:
    shop.drop(
        f"person_{DAY}.csv.gz", zipped(b"person_id,name,email,city\n1,Tara,,Leh\n2,,,Leh\n3,,,Leh\n4,,a@b.co,Leh\n")
    )
    shop.drop(f"sale_{DAY}.csv", sales(*SALES))
    shop.drop(f"sale_{NEXT_DAY}.csv", sales())
    shop.land()
    person = {column["name"]: column for column in of_entity(shop, "person")["columns"]}
    assert {name: column["complete"] for name, column in person.items()} == {
        "person_id": 1,
        "name": 0.25,
        "email": 0.25,
        "city": 1,
    }
    assert [name for name, column in person.items() if column["is_personal"]] == ["name", "email"]
    assert {column["complete"] for column in of_entity(shop, "sale")["columns"]} == {1}
