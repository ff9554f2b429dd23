"""Contracts as the marts have them, a `conf` of one's own, and a tiny candidate."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from regulars import config, warehouse
from regulars.segments.traits import LEARNED_MARTS, MARTS, Trait, traits_of

MODELS = ("churn", "ltv")
AS_OF = datetime(2018, 1, 1, 5)


@dataclass(frozen=True)
class ContractColumn:
    name: str
    type: str
    meta: dict[str, Any] = field(default_factory=dict, hash=False)


def contract_columns() -> dict[str, list[ContractColumn]]:
    """The columns of the marts as the dbt project declares them."""
    columns: dict[str, list[ContractColumn]] = {}
    for path in sorted((config.PROJECT / "dbt_project" / "models" / "marts").rglob("*.yml")):
        for model in yaml.safe_load(path.read_text()).get("models", []):
            if model["name"] in MARTS:
                columns[model["name"]] = [
                    ContractColumn(entry["name"], entry["data_type"], entry.get("config", {}).get("meta", {}))
                    for entry in model["columns"]
                ]
    return columns


@pytest.fixture(scope="session")
def contract_traits() -> dict[str, Trait]:
    return traits_of(contract_columns(), MODELS)


@pytest.fixture
def home_with_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where dbt has left a manifest of the contracts, as far as it is read."""
    nodes = {
        mart: {
            "name": mart,
            "resource_type": "model",
            "schema": "marts",
            "columns": {each.name: {"data_type": each.type, "description": "", "meta": each.meta} for each in columns},
        }
        for mart, columns in contract_columns().items()
    }
    path = tmp_path / "home" / "dbt" / "manifest.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"nodes": nodes}))
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def contract_candidate(tmp_path: Path) -> Path:
    """A candidate of one customer, with every column of the contracts, of its type, all null but the keys."""
    folder = tmp_path / "contract_candidate"
    for name in ("regulars", "work"):
        warehouse.create(folder / f"{name}.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute("create schema marts; create schema work.run; create schema work.score")
        connection.execute(f"create table work.run.origin as select timestamp '{AS_OF}' as as_of")
        connection.execute(
            "create table marts.bridge_customer_identifier (customer_id bigint, source text, record_key text)"
        )
        for mart, columns in contract_columns().items():
            table = f"work.score.{mart}" if mart in LEARNED_MARTS else f"marts.{mart}"
            connection.execute(f"create table {table} ({', '.join(f'{each.name} {each.type}' for each in columns)})")
            keys = {each.name for each in columns} & {"customer_id", "as_of"}
            values = ", ".join("1" if key == "customer_id" else f"timestamp '{AS_OF}'" for key in sorted(keys))
            connection.execute(f"insert into {table} ({', '.join(sorted(keys))}) values ({values})")
        connection.execute("update work.score.customer_score set model = 'churn', probability = 0.5, decile = 10")
        connection.execute("update marts.customer_rfm set m = 4, rfm_segment = 'At Risk'")
    return folder


@pytest.fixture(scope="session")
def traits() -> dict[str, Trait]:
    """A handful of traits of every kind, from three marts and two models."""
    columns = {
        "dim_customer": [
            ContractColumn("customer_id", "bigint"),
            ContractColumn("has_crm_record", "boolean"),
            ContractColumn("home_ownership", "varchar"),
            ContractColumn("kids_count", "varchar"),
            ContractColumn("first_order_at", "timestamp"),
        ],
        "customer_features": [
            ContractColumn("customer_id", "bigint"),
            ContractColumn("as_of", "timestamp"),
            ContractColumn("orders", "bigint", {"unit": "orders"}),
            ContractColumn("orders_28d", "bigint", {"unit": "orders"}),
            ContractColumn("weekend_share", "double", {"unit": "share"}),
            ContractColumn("net_revenue_84d", "decimal(18,2)", {"unit": "currency"}),
            ContractColumn("lifecycle_stage", "varchar", {"values": {"active": "Still buys.", "churned": "Does not."}}),
        ],
        "customer_behaviour": [ContractColumn("customer_id", "bigint"), ContractColumn("as_of", "timestamp")],
        "customer_rfm": [
            ContractColumn("customer_id", "bigint"),
            ContractColumn("as_of", "timestamp"),
            ContractColumn("days_since_last_order", "integer", {"unit": "days"}),
            ContractColumn("orders", "integer", {"unit": "orders"}),
            ContractColumn("m", "integer", {"label": "revenue score"}),
            ContractColumn("rfm_segment", "varchar", {"label": "RFM segment"}),
        ],
        "customer_cluster": [
            ContractColumn("customer_id", "bigint"),
            ContractColumn("as_of", "timestamp"),
            ContractColumn("cluster_id", "integer", {"label": "cluster"}),
        ],
        "customer_score": [
            ContractColumn("customer_id", "bigint"),
            ContractColumn("as_of", "timestamp"),
            ContractColumn("model", "varchar"),
            ContractColumn("probability", "decimal(9,6)", {"unit": "probability", "models": ["churn"]}),
            ContractColumn("amount", "decimal(18,2)", {"unit": "currency", "models": ["ltv"]}),
            ContractColumn("decile", "integer"),
        ],
    }
    return traits_of(columns, MODELS)


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `conf` with the project's schemas and RFM names, and no segment yet."""
    folder = tmp_path / "conf"
    for name in ("segments", "rfm"):
        (folder / name).mkdir(parents=True)
        shutil.copy(config.CONF / name / "schema.json", folder / name)
    shutil.copy(config.CONF / "rfm" / "names.yml", folder / "rfm")
    (folder / "segments" / "lists").mkdir()
    monkeypatch.setattr(config, "CONF", folder)
    return folder


@pytest.fixture
def write_segment(conf: Path) -> Callable[[str, str], Path]:
    """Writes one file of conf/segments: its id, and what stands below name and description (lines 1 and 2)."""

    def write(segment_id: str, below: str) -> Path:
        path = conf / "segments" / f"{segment_id}.yml"
        path.write_text(f"name: {segment_id}\ndescription: For a test.\n{below}")
        return path

    return write


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """A candidate of six customers, with rows that belong to no customer, to another night and to another model."""
    folder = tmp_path / "candidate"
    warehouse.create(folder / "regulars.duckdb")
    warehouse.create(folder / "work.duckdb")
    with warehouse.candidate(folder) as connection:
        connection.execute(_CANDIDATE)
    return folder


_CANDIDATE = """
create schema marts;
create schema work.run;
create schema work.score;
create table work.run.origin as select timestamp '2018-01-01 05:00' as as_of, timestamp '2018-01-01 11:00' as known_by;
create table marts.dim_customer as
select * from (values
    (1, true, 'Homeowner', '0', timestamp '2017-01-02'),
    (2, true, 'Renter', '3+', timestamp '2017-02-02'),
    (3, true, null, '1', timestamp '2017-03-02'),
    (4, false, null, null, timestamp '2017-04-02'),
    (5, true, 'x'' or 1=1 --', '2', null),
    (6, false, null, null, timestamp '2017-06-02')
) as rows (customer_id, has_crm_record, home_ownership, kids_count, first_order_at);
create table marts.customer_features as
select *, timestamp '2018-01-01 05:00' as as_of from (values
    (1, 40, 4, 0.25::double, 120.50::decimal(18, 2), 'active'),
    (2, 12, 0, 0.5, 0.00, 'churned'),
    (3, 3, 1, null, 9.99, 'active'),
    (4, 1, 0, 0.0, 0.00, 'churned')
) as rows (customer_id, orders, orders_28d, weekend_share, net_revenue_84d, lifecycle_stage);
insert into marts.customer_features
values (6, 99, 99, 0.9, 99.00, 'active', timestamp '2017-12-31 05:00');
create table marts.customer_rfm as
select *, timestamp '2018-01-01 05:00' as as_of from (values
    (1, 2, 40, 5, 'Champions'), (2, 60, 12, 4, 'At Risk'), (3, 20, 3, 1, 'Needs Attention')
) as rows (customer_id, days_since_last_order, orders, m, rfm_segment);
create table work.score.customer_score as
select *, timestamp '2018-01-01 05:00' as as_of from (values
    (1, 'churn', 0.040000::decimal(9, 6), null::decimal(18, 2), 1),
    (2, 'churn', 0.500000, null, 9),
    (3, 'churn', 0.499999, null, 8),
    (77, 'churn', 0.990000, null, 10),
    (1, 'ltv', null, 300.00, 10),
    (2, 'ltv', null, 20.00, 4)
) as rows (customer_id, model, probability, amount, decile);
create table work.score.customer_cluster as
select *, timestamp '2018-01-01 05:00' as as_of from (values (1, 4), (2, 7), (3, 4)) as rows (customer_id, cluster_id);
create table marts.bridge_customer_identifier as
select * from (values
    (1, 'crm', '101', 'household'), (1, 'transactions', '101', 'household'), (2, 'crm', '102', 'household'),
    (5, 'crm', '105; drop table x', 'household'), (77, 'crm', '177', 'household')
) as rows (customer_id, source, record_key, identifier_type)
"""
