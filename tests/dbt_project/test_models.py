"""Every model with logic is pinned by a unit test of dbt, and every mart says what it is."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from regulars import config, contracts
from regulars.build import layers
from regulars.build.candidate import Origin
from tests.dbt_project.hand_made import build_everything

ORIGIN = Origin(datetime(2018, 1, 1, 5), datetime(2018, 1, 1, 11), 28)
PLAIN = re.compile(r"select\s+[\w\s,]+from\s+\{\{\s*source\([^)]*\)\s*\}\}\s*")
"""Nothing but columns of one source."""

BUGS = {
    "int_rfm__customers_scored": ("days_before <= 365", "days_before <= 366"),
    "int_customers__orders_by_origin": ("origin.as_of > version.ordered_at", "origin.as_of >= version.ordered_at"),
    "int_orders__orders_versioned": ("updated_at = max(updated_at)", "updated_at <= max(updated_at)"),
    "int_orders__order_lines_counted": ("line.known_at < placed.replaced_at", "line.known_at <= placed.replaced_at"),
    "int_customers__revenue_by_origin": ("-refund.amount", "refund.amount"),
    "int_exports__orders_latest": ("delivered.turn desc", "delivered.turn asc"),
    "int_exports__lines_valued": ("weights = 0 then 1", "weights = 0 then 0"),
    "int_exports__lines_priced": ("turn <= left_cents", "turn < left_cents"),
    "int_exports__refunds": ("least(placed", "greatest(placed"),
    "int_web__sessions_summed": ("over in_turn > ", "over in_turn >= "),
    "int_web__half_hours_counted": ("type = 'page'", "type <> 'page'"),
    "int_web__visitors_touched": ("session.ended_at > ", "session.ended_at >= "),
    "int_web__carts_touched": ("and not is_abandoned", "and is_abandoned"),
    "stg_export__event": ("or anonymous_id is not null)", "or anonymous_id is null)"),
    "int_exports__visitors_identified": ("is distinct from record_key", "is not distinct from record_key"),
    "int_exports__purchases": ("('event_name') }} and not is_envelope", "('event_name') }}"),
    "int_exports__purchase_rows": ("where not is_elsewhere", "where is_elsewhere"),
    "int_web__interactions_unioned": ("visitor_id is not null and is_of_visit", "is_of_visit"),
    "fct_interaction_duplicate": ("where turn > 1", "where turn > 0"),
    "fct_session": ("session.visitor_id, session.business_date)", "session.visitor_id)"),
    "int_web__events_deduped": ("payload_hash != first_payload_hash", "payload_hash = first_payload_hash"),
    "int_features__orders_counted": ("days_before <= 28", "days_before < 28"),
    "int_behaviour__visits_counted": ("days_before <= 28) as sessions", "days_before < 28) as sessions"),
    "int_behaviour__views_timed": ("event.next_at <= session.ended_at", "true"),
    "int_behaviour__carts_latest": ("and cart.order_id is null", ""),
    "int_behaviour__orders_weighed": ("where refund.is_return", ""),
    "int_behaviour__engagements_counted": ("days_before <= 90) as social_e", "days_before < 90) as social_e"),
    "int_profile__enrichments_versioned": ("expires_at <= origin.as_of then", "expires_at < origin.as_of then"),
    "int_profile__customers_enriched": ("where not is_allowed", "where is_allowed"),
    "enrichment_match": ("where said.is_latest", "where true"),
    "fct_social_engagement": ("known_at desc", "known_at asc"),
    "int_profile__households_versioned": ("known_from = lag(known_until)", "known_from >= lag(known_until)"),
    "int_identity__contacts_versioned": ("contact.known_until > contact.known_at", "true"),
    "int_consent__decisions": ("min(known_at)", "max(known_at)"),
    "int_training__customer_labels": ("happened_at >= horizon.as_of", "happened_at > horizon.as_of"),
    "int_training__scores_ripened": (
        "score.horizon_days = label.horizon_days",
        "score.horizon_days >= label.horizon_days",
    ),
    "int_forecast__purchases": ("refund.known_from < placed.known_until", "refund.known_from <= placed.known_until"),
    "int_moments__visits_followed": ("where orders_so_far = 0", "where true"),
    "int_moments__campaigns_answered": ("contact.answer_until > event", "contact.answer_until >= event"),
    "int_moments__carts_left": ("event.event_at < touched.as_of", "event.event_at <= touched.as_of"),
    "int_moments__carts_labelled": ("carts.as_of <= placed.ordered_at", "carts.as_of < placed.ordered_at"),
    "int_behaviour__carts_open": ("where objector.customer_id is null", ""),
    "customer_rfm": ("described.tenure_days <=", "described.tenure_days <"),
    "segment_membership": ("orders.ordered_at < origin.as_of", "orders.ordered_at <= origin.as_of"),
    "segment_change": ("earlier.as_of >= origin", "earlier.as_of > origin"),
    "int_quality__statements_compared": ("refund.amount <= placed", "refund.amount < placed"),
    "int_quality__measures_listed": ("business_date - 365", "business_date - 366"),
    "int_quality__outliers_bounded": ("mean + 3", "mean + 2"),
    "column_profile": ("known_rows < threshold", "known_rows <= threshold"),
    "quality_finding": ("listed.value > bound.highest", "listed.value >= bound.highest"),
    "quality_check": ("max(found_rows)", "count(*)"),
    "source_ledger": (
        "coalesce(landed.quarantined_rows, 0) - coalesce(kept",
        "coalesce(landed.quarantined_rows, 0) + coalesce(kept",
    ),
}
"""For each model a slip of the pen, as text and what it becomes."""

SHARED_BUGS = {
    "consent": ("where not is_allowed", "where is_allowed", {"int_consent__objectors", "int_moments__objectors"}),
}
"""The same for macros, and the models that are nothing else."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[config.Home]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REGULARS_HOME", str(tmp_path_factory.mktemp("home")))
        yield config.home()


@pytest.fixture(scope="module")
def empty_candidate(home: config.Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_everything(tmp_path_factory.mktemp("candidate"), home, date(2017, 12, 31), [ORIGIN])


@pytest.fixture(scope="module")
def manifest(empty_candidate: Path) -> dict[str, Any]:
    return json.loads(contracts.manifest_path().read_text())


def _models(manifest: dict[str, Any], schema: str = "") -> dict[str, dict[str, Any]]:
    nodes = (node for node in manifest["nodes"].values() if node["resource_type"] == "model")
    return {node["name"]: node for node in nodes if schema in ("", node["schema"])}


def test_every_unit_test_holds(empty_candidate: Path, manifest: dict[str, Any]) -> None:
    passed = layers.run_unit_tests(empty_candidate)["unit_tests"]
    assert passed == len(manifest["unit_tests"]) > 0


def test_a_model_with_logic_has_a_unit_test(manifest: dict[str, Any]) -> None:
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    untested = []
    for name, node in _models(manifest).items():
        sql = re.sub(r"--[^\n]*", "", node["raw_code"]).strip()
        if name not in tested and not PLAIN.fullmatch(sql) and " from " in re.sub(r"\s", " ", sql):
            untested.append(f"{node['original_file_path']}: add a unit test beside it")
    assert not untested, "\n".join(untested)


def test_unit_tests_find_planted_bugs(
    empty_candidate: Path, home: config.Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(config.PROJECT / "dbt_project", tmp_path / "dbt_project")
    for model, (text, slip) in BUGS.items():
        (path,) = (tmp_path / "dbt_project" / "models").rglob(f"{model}.sql")
        assert text in path.read_text(), f"{model} no longer says '{text}'"
        path.write_text(path.read_text().replace(text, slip))
    for macro, (text, slip, _) in SHARED_BUGS.items():
        path = tmp_path / "dbt_project" / "macros" / f"{macro}.sql"
        assert path.read_text().count(text) == 1, f"{macro} no longer says '{text}' once"
        path.write_text(path.read_text().replace(text, slip))
    monkeypatch.setattr(config, "PROJECT", tmp_path)
    with pytest.raises(Exception, match="dbt did not finish"):
        layers.run_unit_tests(empty_candidate)
    results = json.loads((home.root / "dbt" / "run_results.json").read_text())["results"]
    failing = {result["unique_id"].split(".")[2] for result in results if result["status"] == "fail"}
    assert failing == set(BUGS).union(*(models for _, _, models in SHARED_BUGS.values()))


def test_a_mart_has_an_enforced_contract_and_says_its_grain_and_key(manifest: dict[str, Any]) -> None:
    marts = _models(manifest, "marts")
    assert marts
    for name, node in marts.items():
        key = node["config"]["meta"]["key"]
        assert node["config"]["contract"]["enforced"], name
        assert node["description"].startswith("One row"), name
        assert f"Key: {', '.join(key)}." in node["description"], name
        assert set(key) <= set(node["columns"]), name
        assert all(column["description"] and column["data_type"] for column in node["columns"].values()), name


def test_a_feature_says_its_unit_its_window_and_what_null_means(manifest: dict[str, Any]) -> None:
    marts = _models(manifest, "marts")
    features = marts["customer_features"]["columns"].values()
    assert any(column["config"]["meta"].get("feature") for column in features)
    columns = [*features, *(marts["customer_behaviour"]["columns"][name] for name in _behaviour(marts))]
    for column in columns:
        meta = column["config"]["meta"]
        assert all(meta[key] for key in ("unit", "window", "null_means", "label")), column["name"]
        assert meta["personal"] is False, column["name"]
    for column in (column for column in features if column["config"]["meta"].get("feature")):
        named = set(re.findall(r"\{(\w+)\}", column["config"]["meta"]["said"]))
        assert named and named <= {"value", *marts["customer_features"]["columns"]}, column["name"]
        assert column["config"]["meta"]["about"], column["name"]
    labels = [column["config"]["meta"]["label"] for column in columns]
    assert len(set(labels)) == len(labels)


def _behaviour(marts: dict[str, dict[str, Any]]) -> list[str]:
    """What customer_behaviour has beside its key, which customer_features has too."""
    return [name for name in marts["customer_behaviour"]["columns"] if name not in ("customer_id", "as_of")]


def test_models_keep_to_the_folders_and_names_of_their_layer(manifest: dict[str, Any]) -> None:
    for name, node in _models(manifest).items():
        layer, folder = Path(node["path"]).parts[:2]
        stems = {"staging": f"stg_{folder}__", "intermediate": f"int_{folder}__", "marts": ""}
        assert name.startswith(stems[layer]), node["path"]


def test_every_feature_can_be_traced_to_the_entities_its_tables_are_made_of(manifest: dict[str, Any]) -> None:
    behind = contracts.entities_behind_features()
    assert list(behind) == [column.name for column in contracts.features()]
    assert "transactions__refund" in behind["net_revenue_28d"]
    assert "transactions__refund" not in behind["order_days_28d"]
    assert all("transactions__order_line" in entities for entities in behind.values())
    assert not any(entity.startswith("web") for entities in behind.values() for entity in entities)


def test_exposures_rest_on_marts_only(manifest: dict[str, Any]) -> None:
    marts = {node["unique_id"] for node in _models(manifest, "marts").values()}
    assert manifest["exposures"]
    for exposure in manifest["exposures"].values():
        assert set(exposure["depends_on"]["nodes"]) <= marts, exposure["name"]
