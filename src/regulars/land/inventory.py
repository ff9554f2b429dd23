"""The data inventory: what each source has promised, by its contract, beside what it really delivers, by the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from statistics import median_low
from typing import Any

import sqlalchemy as sa

from regulars import clock, contracts, ledger, warehouse
from regulars.config import Home, World
from regulars.land.storage import Storage
from regulars.sources import SourceEntity, load_entities, load_pull

Row = dict[str, Any]


def inventory(home: Home, world: World, learned: Sequence[str] = ()) -> list[Row]:
    """One row an entity the world takes, required ones first.

    From its contract: owner, access (by which way it comes), cadence, format, key, allowed_lateness_hours (a file may
    come so long after the end of its business date), max_bad_rate, is_personal and columns. From the ledger:
    deliveries, rows (of all contents), the lower median of rows_per_day over business dates, last_business_date,
    last_known_at, and age_hours since then by our clock; null when nothing was delivered. ``complete`` of a column is
    its share of values that are known in the last delivery with rows, from 0 to 1; null when there is none.
    ``unfit``: why the publication in front found it not fit for use; null where it is, or nobody has looked.

    How relevant it is: ``customer_share``, of the published customers those it says something of, null where nothing
    is published or it names no customer; ``feature_share``, of the features ``learned`` by champions those made of
    tables it feeds, null without any.

    ``bought``: null but of what is bought: provider, licence and expires_after_days of its contract, and as published
    newest_data_date and match_rate, both null where nothing is.
    """
    store, unfit, covered = ledger.Ledger(home.operations_url), _unfit(home), _covered(home)
    matched = _matched(home)
    behind = contracts.entities_behind_features() if learned else {}
    return [
        _described(home, store, entity, entity.name in world.required, unfit)
        | {
            "customer_share": covered.get(entity.name),
            "feature_share": _share([entity.name in behind.get(name, ()) for name in learned]),
            "bought": _bought(entity, matched),
        }
        for entity in load_entities(world)
    ]


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None


def _covered(home: Home) -> dict[str, float]:
    """Of the published customers, the share each entity says something of."""
    if not home.in_front:
        return {}
    with warehouse.published(home.published_database) as connection:
        if "customers" not in {name for name, *_ in connection.execute("describe source_ledger").fetchall()}:
            return {}  # published before it was counted
        rows = connection.execute(
            "select source || '__' || entity, round(customers / (select count(*) from dim_customer), 4) "
            "from source_ledger where customers is not null"
        ).fetchall()
    return dict(rows)


def _bought(entity: SourceEntity, matched: dict[str, tuple[Any, ...]]) -> Row | None:
    if entity.enriches is None:
        return None
    terms = {name: getattr(entity.enriches, name) for name in ("provider", "licence", "expires_after_days")}
    newest, rate = matched.get(entity.name, (None, None))
    return terms | {"newest_data_date": newest, "match_rate": rate}


def _matched(home: Home) -> dict[str, tuple[Any, ...]]:
    """Newest date and match rate of what is bought, by entity, as published."""
    if not home.in_front:
        return {}
    with warehouse.published(home.published_database) as connection:
        if "enrichment_match" not in warehouse.tables(connection):
            return {}  # published before anything was bought
        rows = connection.execute(
            "select source || '__' || entity, newest_data_date, match_rate from enrichment_match"
        ).fetchall()
    return {name: (newest, rate) for name, newest, rate in rows}


def _described(
    home: Home, store: ledger.Ledger, entity: SourceEntity, is_required: bool, unfit: dict[tuple[str, str], str]
) -> Row:
    arrived = _delivered(store, entity)
    by_day: Counter[Any] = Counter()
    for row in {row["content_sha256"]: row for row in arrived}.values():
        by_day[row["partition"]] += row["read_rows"]
    last_known_at = max((row["known_at"] for row in arrived), default=None)
    age = (clock.utc_now() - last_known_at).total_seconds() / 3600 if last_known_at else None
    complete = _completeness(home, entity, arrived)
    return {
        "source": entity.source,
        "entity": entity.entity,
        "description": entity.description,
        "owner": entity.owner,
        "access": pull.access if (pull := load_pull(entity.name)) else "files",
        "cadence": entity.cadence,
        "format": entity.format,
        "key": list(entity.key),
        "is_required": is_required,
        "is_personal": entity.is_personal,
        "allowed_lateness_hours": entity.declared_delay_hours,
        "max_bad_rate": entity.max_bad_rate,
        "deliveries": len(arrived),
        "rows": by_day.total(),
        "rows_per_day": median_low(by_day.values()) if by_day else None,
        "last_business_date": max((row["business_date"] for row in arrived), default=None),
        "last_known_at": last_known_at,
        "age_hours": None if age is None else round(age, 1),
        "columns": [
            {
                "name": column.name,
                "type": column.type,
                "is_required": column.required,
                "is_personal": column.personal,
                "complete": complete.get(column.name),
                "unfit": unfit.get((entity.name, column.name)),
            }
            for column in entity.columns
        ],
    }


def _unfit(home: Home) -> dict[tuple[str, str], str]:
    """Why columns of entities are not fit for use, as published."""
    if not home.published_database.exists():
        return {}
    with warehouse.published(home.published_database) as connection:
        profiled = "select count(*) from duckdb_tables() where table_name = 'column_profile'"
        if connection.execute(profiled).fetchone() == (0,):
            return {}
        found = connection.execute("select source, entity, column_name, reason from column_profile where not is_fit")
        return {(f"{source}__{entity}", name): reason for source, entity, name, reason in found.fetchall()}


def _delivered(store: ledger.Ledger, entity: SourceEntity) -> list[Row]:
    """Deliveries of an entity in the order they were landed, with what became of their contents."""
    content, delivery = ledger.content, ledger.delivery
    same = [delivery.c[name] == content.c[name] for name in ("source", "entity", "content_sha256")]
    query = (
        sa.select(delivery, content.c.business_date.label("partition"), content.c.read_rows, content.c.accepted_rows)
        .join(content, sa.and_(*same))
        .where(content.c.source == entity.source, content.c.entity == entity.entity)
        .order_by(delivery.c.business_date, delivery.c.landed_at, delivery.c.name, delivery.c.content_sha256)
    )
    return store.rows(query)


def _completeness(home: Home, entity: SourceEntity, arrived: list[Row]) -> dict[str, float]:
    last = next((row for row in reversed(arrived) if row["accepted_rows"]), None)
    if last is None:
        return {}
    storage, sha256 = Storage(home, entity), last["content_sha256"]
    found = _known_share(storage.accepted(sha256, last["partition"]), [column.name for column in entity.landed_columns])
    if entity.is_personal:
        found |= _known_share(storage.personal(sha256), [column.name for column in entity.personal_columns])
    return found


def _known_share(path: Path, names: list[str]) -> dict[str, float]:
    if not path.exists():
        return {}
    counts = ", ".join(f'count("{name}")' for name in names)
    with warehouse.memory() as connection:
        counted = connection.execute(
            f"select count(*), {counts} from read_parquet(?, hive_partitioning = false)", [str(path)]
        ).fetchone()
    rows, *known = counted or (0,)
    return {name: round(value / rows, 4) for name, value in zip(names, known, strict=True)} if rows else {}
