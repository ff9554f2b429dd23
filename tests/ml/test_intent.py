"""Purchase intent: the exported line of JSON says what scikit-learn says, and refuses what it was not trained on."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ml.datasets.frame import Frame, Rows
from ml.datasets.schema import Feature
from ml.evaluation.holdout import evaluate_holdout
from ml.models.baseline import fit_baseline, predict_baseline, untrained_baseline
from ml.models.fit import TrainingRefused, fit_at
from ml.models.logistic import Logistic, fit_logistic
from ml.models.spec import ModelSpec, load_spec
from ml.registry.export import exported_champion
from ml.registry.store import Registry
from ml.scoring.intent import FORMAT, IntentModel, Term, band, load_intent, score
from regulars import config
from regulars.cli_model import model as model_verbs
from regulars.errors import DataHeld, RegularsError, UsageError

FEATURES = (
    Feature("events", "BIGINT"),
    Feature("cart_value", "DECIMAL(18,2)"),
    Feature("is_known", "BOOLEAN"),
    Feature("never_varies", "BIGINT"),
)
WEEKS = [datetime(2025, 3, 3) + timedelta(days=7 * number) for number in range(5)]
END = WEEKS[-1] + timedelta(days=7)
CARD = {"model": "purchase_intent", "as_of": END.isoformat(), "parameters": {"bands": {"high": 0.6, "medium": 0.3}}}
SHIPPED = config.PROJECT / "conf"


@pytest.fixture(autouse=True)
def shipped_conf(small_conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "CONF", SHIPPED)


@pytest.fixture
def intent() -> ModelSpec:
    return load_spec("purchase_intent")


def visits(count: int = 200, seed: int = 3) -> Frame:
    """``count`` moments of as many visits a week; who has much in the cart and is known orders more often."""
    random = np.random.default_rng(seed)
    rows = count * len(WEEKS)
    events = random.integers(1, 40, rows)
    value = np.round(random.exponential(30, rows) * (random.random(rows) < 0.6), 2)
    known = random.random(rows) < 0.4
    log_odds = -1.5 + 0.6 * np.log1p(value) - 0.5 * np.log1p(events) + 0.8 * known
    step = np.where(value > 0, 2, 1).astype(float)
    ordered = (random.random(rows) < 1 / (1 + np.exp(-log_odds))).astype(float)
    week = np.repeat(np.array(WEEKS, "datetime64[us]"), count)
    matrix = np.column_stack([events, value, known, np.full(rows, 7)]).astype(float)
    given = Rows(np.arange(rows), matrix, {"funnel_step": step})
    return Frame(FEATURES, given, week, week + np.timedelta64(7, "D"), ordered)


def line_of(fitted: Logistic, folder: Path) -> str:
    """What the registry gives of ``fitted`` once it is champion."""
    registry = Registry(folder)
    registry.promote("purchase_intent", registry.save("purchase_intent", fitted, CARD, {}))
    return exported_champion(registry, "purchase_intent")


def test_a_score_is_that_of_scikit_learn_to_twelve_places(tmp_path: Path) -> None:
    from sklearn.compose import ColumnTransformer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    frame = visits()
    logs = ColumnTransformer([("log", FunctionTransformer(np.log1p), [0, 1, 3])], remainder="passthrough")
    line = LogisticRegression(solver="newton-cholesky", tol=1e-10)
    rival = make_pipeline(logs, StandardScaler(), line).fit(frame.rows.matrix, frame.label)
    model = load_intent(line_of(fit_logistic(frame), tmp_path))
    mine = np.array([score(model, _mapping(row)) for row in frame.rows.matrix])
    assert np.abs(mine - rival.predict_proba(frame.rows.matrix)[:, 1]).max() < 1e-12


def test_one_moment_at_a_time_is_the_batch_unknown_values_too(tmp_path: Path) -> None:
    frame = visits()
    frame.rows.matrix[::7, 1] = np.nan
    fitted = fit_logistic(frame)
    model = load_intent(line_of(fitted, tmp_path))
    one_by_one = [score(model, _mapping(row)) for row in frame.rows.matrix]
    batch = fitted.predict(frame.rows.matrix).value
    assert np.abs(np.array(one_by_one) - batch).max() < 1e-12
    assert len({round(value, 6) for value in one_by_one}) > 500


def test_a_score_worked_out_by_hand() -> None:
    terms = (Term("events", True, 1.0, 2.0, 0.5), Term("is_known", False, 0.25, 0.5, -1.0))
    model = IntentModel("v", "h", terms, 0.1, 0.6, 0.3)
    log_odds = 0.1 + 0.5 * (math.log(4) - 1) / 2 - (1 - 0.25) / 0.5
    assert score(model, {"events": 3, "is_known": True}) == pytest.approx(1 / (1 + math.exp(-log_odds)), abs=1e-15)
    assert score(model, {"events": Decimal(3), "is_known": None}) == pytest.approx(
        1 / (1 + math.exp(-(0.1 + 0.5 * (math.log(4) - 1) / 2))), abs=1e-15
    )
    nothing = {"events": 0, "is_known": 0}
    assert [score(replace(model, intercept=certain), nothing) for certain in (2000.0, -2000.0)] == [1, 0]


@pytest.mark.parametrize(
    ("probability", "name"), [(0.6, "high"), (0.599999, "medium"), (0.3, "medium"), (0.299999, "low")]
)
def test_a_band_begins_at_its_bound(probability: float, name: str) -> None:
    assert band(IntentModel("v", "h", (), 0.0, 0.6, 0.3), probability) == name


def test_other_features_are_refused_with_the_nearest_name(tmp_path: Path) -> None:
    model = load_intent(line_of(fit_logistic(visits()), tmp_path))
    row = _mapping(visits().rows.matrix[0])
    row["event"] = row.pop("events")
    with pytest.raises(UsageError, match=r"'events' lacks\. Did you mean 'event'"):
        score(model, row)
    with pytest.raises(UsageError, match="trained on other features: event, events"):
        model.refuse_other_features(row)


@pytest.mark.parametrize(
    "spoil", [{"format": "regulars.logistic/2"}, {"features": [{"name": "events"}]}, {"bands": None}]
)
def test_a_line_of_another_format_is_refused(spoil: dict[str, object], tmp_path: Path) -> None:
    told = json.loads(line_of(fit_logistic(visits()), tmp_path))
    assert told["format"] == FORMAT and told["schema_hash"] and told["version"]
    with pytest.raises(DataHeld, match="denied: this is no model in the format"):
        load_intent(json.dumps(told | spoil))


def test_the_same_visits_give_the_same_bytes_and_a_changed_file_is_refused(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "a")
    first = registry.save("purchase_intent", fit_logistic(visits()), CARD, {})
    assert registry.save("purchase_intent", fit_logistic(visits()), CARD, {}) == first
    other = Registry(tmp_path / "b").save("purchase_intent", fit_logistic(visits(seed=4)), CARD, {})
    assert other != first
    assert registry.load("purchase_intent", first).ensemble == fit_logistic(visits())
    path = tmp_path / "a" / "purchase_intent" / first / "logistic.json"
    path.write_text(path.read_text().replace('"intercept": ', '"intercept": 1'))
    with pytest.raises(DataHeld, match="denied"):
        registry.load("purchase_intent", first)


def test_who_scores_a_stream_loads_no_library_of_arrays_models_or_tables(tmp_path: Path) -> None:
    line = line_of(fit_logistic(visits()), tmp_path)
    script = (
        "import sys; from ml.scoring.intent import load_intent, score; from ml.scoring.visit import VisitSoFar; "
        "told = score(load_intent(sys.stdin.read()), dict(events=3, cart_value=9, is_known=True, never_varies=7)); "
        "print(0 < told < 1, VisitSoFar(0, 0).features()['events'], "
        "sorted({'numpy', 'pandas', 'sklearn', 'lightgbm', 'duckdb', 'pyarrow'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], input=line, capture_output=True, text=True, check=False)
    assert done.stdout == "True 0 []\n", done.stderr


def test_the_command_prints_the_champion_as_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_HOME", str(tmp_path))
    line = line_of(fit_logistic(visits()), tmp_path / "models")
    told = CliRunner().invoke(model_verbs, ["export", "purchase_intent"])
    assert told.output == f"{line}\n" and "\n" not in line
    assert load_intent(told.output).version in Registry(tmp_path / "models").versions("purchase_intent")


def test_without_a_champion_there_is_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(RegularsError, match="no champion to export"):
        exported_champion(Registry(tmp_path), "purchase_intent")
    with pytest.raises(UsageError, match="made of trees"):
        exported_champion(Registry(tmp_path), "cart_recovery")


def test_the_fit_beats_the_rule_on_a_week_it_has_not_seen(intent: ModelSpec) -> None:
    quality, fit = evaluate_holdout(visits(400), intent, WEEKS[-1])
    assert isinstance(fit.ensemble, Logistic)
    assert fit.origins == WEEKS[:-1] and quality.rows == 400
    assert quality.metrics["model"]["roc_auc"] > quality.metrics["baseline"]["roc_auc"] + 0.02
    assert quality.metrics["model"]["ece"] < 0.08


@pytest.mark.parametrize(
    ("spoiled", "why"),
    [
        (visits(30), "30 visits, fewer than 50"),
        (replace(visits(), label=np.zeros(1000)), "the label is 0 for everybody"),
        (replace(visits(), label=np.ones(1000)), "the label is 1 for everybody"),
        (
            replace(visits(), rows=replace(visits().rows, matrix=np.ones((1000, 4)))),
            "every feature has one value only",
        ),
    ],
)
def test_visits_that_teach_nothing_are_refused(intent: ModelSpec, spoiled: Frame, why: str) -> None:
    with pytest.raises(TrainingRefused, match=why):
        fit_at(spoiled, intent, END)


def test_few_visits_with_extreme_values_give_no_nonsense() -> None:
    frame = visits(60)
    matrix = frame.rows.matrix.copy()
    matrix[0, 1], matrix[1, 0] = 1e12, np.nan
    fitted = fit_logistic(replace(frame, rows=replace(frame.rows, matrix=matrix)))
    said = fitted.predict(matrix).value
    assert np.isfinite(said).all() and ((said > 0) & (said < 1)).all()
    assert fitted.coefficients[3] == 0


def test_the_rule_is_a_share_that_rises_with_the_funnel_and_is_none_before_it_was_learned(intent: ModelSpec) -> None:
    frame = visits()
    steps = frame.rows.rule_inputs["funnel_step"]
    said = predict_baseline(intent, fit_baseline(intent, frame), frame.rows).value
    for step in (1, 2):
        assert said[steps == step] == pytest.approx(frame.label[steps == step].mean(), abs=1e-6)
    untrained = predict_baseline(intent, untrained_baseline(intent), frame.rows)
    assert np.isnan(untrained.value).all() and (untrained.ranking == steps).all()


def _mapping(row: np.ndarray) -> dict[str, float | None]:
    names = (feature.name for feature in FEATURES)
    return {name: None if np.isnan(value) else float(value) for name, value in zip(names, row, strict=True)}
